//! Losses: functions of logits and targets, none of which knows a model.

mod cross_entropy;
mod pretraining;

pub use cross_entropy::{IGNORE_INDEX, LabelError, cross_entropy, labelled_cross_entropy};
pub use pretraining::pretraining;

use burn::tensor::Tensor;

/// A loss, and what it is the sum of.
#[derive(Clone, Debug)]
pub struct Loss {
    /// What is minimised: `[1]`.
    pub total: Tensor<1>,
    /// The terms, by name: `[1]` each.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}
