//! Losses of scores that stand for themselves: numbers, and classes that do
//! not exclude each other.

use burn::tensor::{Tensor, TensorData, activation::relu};

use super::{LabelError, cross_entropy::check_count};

/// `(score - target)²`, the mean over all.
///
/// # Shapes
/// - `scores`: `[rows, numbers]`
/// - `targets`: a number for each of them, row after row
/// - result: `[1]`
///
/// # Errors
/// Where there are not as many targets as scores.
pub fn mean_squared_error(scores: Tensor<2>, targets: &[f32]) -> Result<Tensor<1>, LabelError> {
    let targets = like(&scores, targets)?;
    let difference = scores - targets;
    Ok((difference.clone() * difference).mean())
}

/// `-y log σ(x) - (1 - y) log(1 - σ(x))`, the mean over all classes of all
/// rows.
///
/// # Shapes
/// - `logits`: `[rows, classes]`
/// - `targets`: 1 for each class that holds and 0 for each that does not, or a
///   probability, row after row
/// - result: `[1]`
///
/// # Errors
/// Where there are not as many targets as scores.
pub fn binary_cross_entropy(logits: Tensor<2>, targets: &[f32]) -> Result<Tensor<1>, LabelError> {
    let targets = like(&logits, targets)?;
    // max(x, 0) - x y + log(1 + exp(-|x|)): nothing overflows.
    let softplus = logits.clone().abs().neg().exp().log1p();
    Ok((relu(logits.clone()) - logits * targets + softplus).mean())
}

fn like(scores: &Tensor<2>, targets: &[f32]) -> Result<Tensor<2>, LabelError> {
    let shape = scores.dims();
    check_count(targets.len(), shape.iter().product())?;
    Ok(Tensor::from_data(TensorData::new(targets.to_vec(), shape), &scores.device().inner()))
}
