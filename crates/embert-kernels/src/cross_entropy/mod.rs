//! The likelihood of a class, by scores of all.

#[cfg(feature = "flex")]
mod flex;

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};

/// `-log softmax(logits)[target]`, for each row. Over a whole vocabulary it makes no second copy of the scores.
///
/// # Shapes
/// - `logits`: `[rows, classes]`
/// - `targets`: a class below `classes` for each row
/// - result: `[rows]`
pub fn negative_log_likelihood(logits: Tensor<2>, targets: &[u32]) -> Tensor<1> {
    #[cfg(feature = "flex")]
    if crate::flex::is_flex(&logits) {
        return flex::likelihood(logits, targets);
    }
    let rows = targets.len();
    let classes: Vec<i32> = targets.iter().map(|&target| target as i32).collect();
    let classes: Tensor<2, Int> = Tensor::from_data(TensorData::new(classes, [rows, 1]), &logits.device().inner());
    log_softmax(logits, 1).gather(1, classes).neg().reshape([rows])
}
