//! Losses: functions of logits and targets, none of which knows a model.

mod cross_entropy;
mod pretraining;
mod scores;
mod span;

pub use cross_entropy::{IGNORE_INDEX, LabelError, cross_entropy, labelled_cross_entropy};
pub use pretraining::{PreTrainingLoss, pretraining};
pub use scores::{binary_cross_entropy, mean_squared_error};
pub use span::answer_span;
