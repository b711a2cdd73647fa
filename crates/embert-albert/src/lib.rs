//! ALBERT (Lan et al. 2019): BERT with far fewer parameters,
//!
//! - a factorised embedding: words are `embedding_size` wide, and one
//!   projection takes them to `hidden_size` (section 3.1),
//! - one group of layers that is run again and again, one parameter set in
//!   memory, in the optimiser and in the file,
//! - sentence order in next sentence's stead: are the two segments swapped?
//!
//! The vocabulary is SentencePiece's Unigram: `embert-tokenizer`.

mod config;
mod encoder;
mod heads;
mod layout;
mod model;
mod presets;

pub use config::AlbertConfig;
pub use encoder::{AlbertEncoder, LayerGroup};
pub use layout::ALBERT_LAYOUT;
pub use model::{
    Albert, AlbertForMaskedLm, AlbertForMultipleChoice, AlbertForPreTraining, AlbertForQuestionAnswering,
    AlbertForSequenceClassification, AlbertForTokenClassification, AlbertModel,
};
pub use presets::PRESETS;
