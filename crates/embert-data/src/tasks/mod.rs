//! Data of tasks: files of examples, and what a model gets of them.
//!
//! | task | a file | examples | what a model gets |
//! | --- | --- | --- | --- |
//! | classify a text or a pair, or give it a number | CSV, TSV, JSON lines, Parquet | [`sequence`] | ids, and a class, a number or several classes |
//! | classify each word | CoNLL, JSON lines, Parquet | [`tokens`] | ids, and a class or [`IGNORE_INDEX`] for each |
//! | find the answer in a text | SQuAD, JSON lines, Parquet | [`answers`] | windows, and where the answer stands in each |
//! | choose one of several answers | CSV, TSV, JSON lines, Parquet | [`choices`] | ids of a question with each of its answers |
//! | embed texts | CSV, TSV, JSON lines, Parquet | [`embedding`] | ids of anchors, of what belongs to them and of what does not |
//!
//! Each has a `read` that gives [`Examples`], one after the other as they are asked for, and a `features` that takes as
//! many of them as the caller has memory for. All files but Parquet may be compressed (`.gz`, `.zst`). [`LabelSet`] has the classes'
//! names and ids.

mod alignment;
pub mod answers;
pub mod choices;
mod conll;
pub mod embedding;
mod examples;
mod labels;
pub mod sequence;
mod spans;
mod squad;
pub mod tokens;
mod windows;

pub use embert_objectives::IGNORE_INDEX;
pub use examples::{Examples, Origin};
pub use labels::LabelSet;
