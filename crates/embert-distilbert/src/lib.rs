//! DistilBERT (Sanh et al. 2019): a BERT with half the layers, trained to
//! match the whole one,
//!
//! - without segments and without a pooler,
//! - whose classifier of sequences has a map and a ReLU of its own,
//! - and which starts as every other layer of its teacher ([`student_of`]).

mod config;
mod heads;
mod layout;
mod model;
mod presets;
mod student;

pub use config::DistilBertConfig;
pub use layout::DISTILBERT_LAYOUT;
pub use model::{
    DistilBert, DistilBertForMaskedLm, DistilBertForMultipleChoice, DistilBertForQuestionAnswering,
    DistilBertForSequenceClassification, DistilBertForTokenClassification, DistilBertModel,
};
pub use presets::PRESETS;
pub use student::{student_config, student_of};
