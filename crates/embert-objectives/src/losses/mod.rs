//! Losses: functions of logits and targets, none of which knows a model.

mod cross_entropy;
mod distillation;
mod loss;
mod pretraining;
mod scores;
mod similarity;
mod span;

use burn::tensor::Tensor;

pub use crate::IGNORE_INDEX;
pub use cross_entropy::{CrossEntropy, LabelError, cross_entropy, labelled_cross_entropy};
pub use distillation::{Distillation, LayerMap, Pupil};
pub use loss::Loss;
pub use pretraining::{SentencePair, masked_lm, pretraining};
pub use scores::{binary_cross_entropy, mean_squared_error};
pub use similarity::{cosine_error, in_batch_negatives};
pub use span::answer_span;

/// The sum of all, a row at a time: a large matrix Burn adds up on all threads, in an order that depends on them.
fn sum_by_rows(matrix: Tensor<2>) -> Tensor<1> {
    matrix.sum_dim(1).sum()
}
