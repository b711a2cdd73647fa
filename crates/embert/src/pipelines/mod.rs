//! From texts to answers: what every pipeline is, and a file for each kind of answer.

mod answer;
mod attention;
mod builder;
mod classify;
mod embed;
mod entities;
mod fill_mask;
mod pipeline;
mod places;
mod reader;
mod rerank;
mod stream;
mod tag;
mod zero_shot;

pub use answer::{Answer, Answerer, Answering, Answers};
pub use attention::{AttentionMapper, AttentionMapping};
pub use builder::Builder;
pub use classify::{Classification, Classifier, Scored};
pub use embed::{Embedder, Embedding};
pub use entities::Aggregation;
pub use fill_mask::{Fill, FillMask, Filled, MaskFilling};
pub use pipeline::{Pipeline, Task};
pub use reader::Passage;
pub use rerank::{Ranked, Reranker, Reranking};
pub use stream::Stream;
pub use tag::{Entity, Tagger, Tagging};
pub use zero_shot::{Candidates, ZeroShot, ZeroShotClassification};
