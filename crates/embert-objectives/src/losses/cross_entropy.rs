//! Cross-entropy between scores and classes.

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};

/// The label of a row that is not to be predicted (Hugging Face's and PyTorch's `ignore_index`).
pub const IGNORE_INDEX: i64 = -100;

/// Labels that the scores cannot be compared with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LabelError {
    /// A target that is no class.
    #[error("a label is {label}; there are {classes} classes, so 0 to {} are valid", classes - 1)]
    NoClass {
        /// The target.
        label: i64,
        /// How many classes there are.
        classes: usize,
    },
    /// There are more labels than there is to be labelled, or fewer.
    #[error("there are {found} labels; {expected} are expected")]
    Count {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
}

/// # Errors
/// Where there are not as many labels as there is to be labelled.
pub(super) fn check_count(found: usize, expected: usize) -> Result<(), LabelError> {
    if found == expected { Ok(()) } else { Err(LabelError::Count { found, expected }) }
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
/// Where a target is not a class, or there is not one for each row.
pub fn cross_entropy(logits: Tensor<2>, targets: &[u32]) -> Result<Tensor<1>, LabelError> {
    let [rows, classes] = logits.dims();
    check_count(targets.len(), rows)?;
    let device = logits.device().inner();
    if let Some(&label) = targets.iter().find(|&&target| target as usize >= classes) {
        return Err(LabelError::NoClass { label: label.into(), classes });
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
/// Where a label is neither, or there is not one for each row.
pub fn labelled_cross_entropy(logits: Tensor<2>, labels: &[i64]) -> Result<Tensor<1>, LabelError> {
    let [rows, classes] = logits.dims();
    check_count(labels.len(), rows)?;
    let device = logits.device().inner();
    let labelled = (0_i32..).zip(labels).filter(|(_, label)| **label != IGNORE_INDEX);
    let (rows, targets): (Vec<i32>, Vec<u32>) = labelled
        .map(|(row, &label)| {
            let target = u32::try_from(label).map_err(|_| LabelError::NoClass { label, classes })?;
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
