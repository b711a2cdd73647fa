//! Cross-entropy between scores and classes.

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};

/// The label of a row that is not to be predicted (Hugging Face's and PyTorch's `ignore_index`).
pub const IGNORE_INDEX: i64 = -100;

/// A target that is no class.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a label is {label}; there are {classes} classes, so 0 to {} are valid", classes - 1)]
pub struct LabelError {
    label: i64,
    classes: usize,
}

/// `-log softmax(logits)[target]`, the mean over the rows; NaN where there is
/// no row, as in PyTorch.
///
/// # Shapes
/// - `logits`: `[rows, classes]`
/// - `targets`: a class for each row
/// - result: `[1]`
///
/// # Errors
/// Where a target is not a class.
pub fn cross_entropy(logits: Tensor<2>, targets: &[u32]) -> Result<Tensor<1>, LabelError> {
    let [rows, classes] = logits.dims();
    let device = logits.device().inner();
    if let Some(&label) = targets.iter().find(|&&target| target as usize >= classes) {
        return Err(LabelError { label: label.into(), classes });
    }
    if rows == 0 {
        return Ok(Tensor::from_data([f32::NAN], &device));
    }
    let targets: Vec<i32> = targets.iter().map(|&target| target as i32).collect();
    let targets: Tensor<2, Int> = Tensor::from_data(TensorData::new(targets, [rows, 1]), &device);
    let likelihood = log_softmax(logits, 1).gather(1, targets); // [rows, 1]
    Ok(likelihood.mean().neg())
}

/// [`cross_entropy`] over the rows whose label is not [`IGNORE_INDEX`].
///
/// # Shapes
/// - `logits`: `[rows, classes]`
/// - `labels`: a class, or [`IGNORE_INDEX`], for each row
/// - result: `[1]`
///
/// # Errors
/// Where a label is neither.
pub fn labelled_cross_entropy(logits: Tensor<2>, labels: &[i64]) -> Result<Tensor<1>, LabelError> {
    let [_, classes] = logits.dims();
    let device = logits.device().inner();
    let labelled = (0_i32..).zip(labels).filter(|(_, label)| **label != IGNORE_INDEX);
    let (rows, targets): (Vec<i32>, Vec<u32>) = labelled
        .map(|(row, &label)| {
            let target = u32::try_from(label).map_err(|_| LabelError { label, classes })?;
            Ok((row, target))
        })
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .unzip();
    if rows.is_empty() {
        return Ok(Tensor::from_data([f32::NAN], &device));
    }
    cross_entropy(logits.select(0, Tensor::from_ints(rows.as_slice(), &device)), &targets)
}
