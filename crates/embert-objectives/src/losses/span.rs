//! The loss of an answer's start and end (BERT, section 4.2).

use burn::tensor::Tensor;

use super::{IGNORE_INDEX, LabelError, labelled_cross_entropy};

/// The cross-entropy of the start among all columns, and that of the end; the
/// mean of both.
///
/// As in transformers, a position before the first column counts as the first,
/// and one past the last is not to be predicted: an answer that was cut off.
///
/// # Shapes
/// - `start_logits`, `end_logits`: `[rows, columns]`
/// - `starts`, `ends`: a column for each row
/// - result: `[1]`; NaN where there is nothing to be predicted
///
/// # Errors
/// Where there is not a position for each row.
pub fn answer_span(
    start_logits: Tensor<2>,
    end_logits: Tensor<2>,
    starts: &[i64],
    ends: &[i64],
) -> Result<Tensor<1>, LabelError> {
    let [_, columns] = start_logits.dims();
    let labels = |positions: &[i64]| -> Vec<i64> {
        let label = |&position: &i64| if position >= columns as i64 { IGNORE_INDEX } else { position.max(0) };
        positions.iter().map(label).collect()
    };
    let start = labelled_cross_entropy(start_logits, &labels(starts))?;
    let end = labelled_cross_entropy(end_logits, &labels(ends))?;
    Ok((start + end) / 2.0)
}
