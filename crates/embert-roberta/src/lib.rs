//! RoBERTa (Liu et al. 2019): BERT, trained longer on more, and with
//!
//! - positions that count from the padding's id ([`Positions::AfterPadding`](embert_core::Positions)),
//! - no next-sentence prediction, and so no segments,
//! - a head of its own for sequences: dropout, map, tanh, dropout, map, in the pooler's stead,
//! - a masked-LM head that is always GELU, whatever `hidden_act` says.
//!
//! The vocabulary is byte-level BPE: `embert-tokenizer`.

mod config;
mod heads;
mod layout;
mod model;
mod presets;

pub use config::RobertaConfig;
pub use layout::ROBERTA_LAYOUT;
pub use model::{
    Roberta, RobertaForMaskedLm, RobertaForMultipleChoice, RobertaForQuestionAnswering,
    RobertaForSequenceClassification, RobertaForTokenClassification, RobertaModel,
};
pub use presets::PRESETS;
