//! From texts to answers, a file for each kind of answer.

mod answer;
mod classify;
mod embed;
mod entities;
mod fill_mask;
mod places;
mod reader;
mod tag;

pub use answer::{Answer, AnswerSettings, Answerer, Answers};
pub use classify::{Classifier, Scored};
pub use embed::{EmbedSettings, SentenceEmbedder};
pub use entities::Aggregation;
pub use fill_mask::{Fill, FillMask, Filled};
pub use reader::{Passage, ReadSettings};
pub use tag::{Entity, TagSettings, Tagger};
