//! How good the answers of a fine-tuned model are, as the libraries that papers quote count it.
//!
//! | task | figures | as counted by |
//! | --- | --- | --- |
//! | one class of each text | [`accuracy`], [`binary_f1`], [`macro_f1`], [`matthews_correlation`] | scikit-learn |
//! | several classes of each text | [`LabelCounts`] | scikit-learn |
//! | a number of each text | [`pearson`], [`spearman`], [`mean_squared_error`] | SciPy, scikit-learn |
//! | a tag of each word | [`EntityCounts`], [`token_accuracy`] | seqeval 1.2.2, its default mode |
//! | a stretch of a text | [`squad`], [`squad_v2`] | SQuAD's own scripts |
//!
//! [`Metrics`] has the figures of a task in one value. Predictions and truths are looked at in pairs: what has no
//! partner is left out. `cargo xtask metrics` compares all of it with those libraries again.

mod answers;
mod characters;
mod classes;
mod correlation;
mod counts;
mod entities;
mod report;

pub use answers::{Answered, normalize_answer, squad, squad_v2};
pub use classes::{LabelCounts, accuracy, binary_f1, macro_f1, matthews_correlation};
pub use correlation::{mean_squared_error, pearson, spearman};
pub use counts::Counts;
pub use entities::{EntityCounts, is_bio, token_accuracy};
pub use report::Metrics;
