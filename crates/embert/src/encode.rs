//! What the pipelines share: the way from a tokenizer's rows to a model's
//! batch, and from a tensor to numbers.

use burn::tensor::Tensor;
use embert_core::{Batch, InputError};
use embert_tokenizer::Row;

use crate::error::Error;

/// Lays rows of a tokenizer end to end.
pub(crate) fn to_batch(rows: &[Row<'_>]) -> Result<Batch, InputError> {
    Batch::new(
        rows.iter().flat_map(|row| row.ids).copied().collect(),
        rows.iter().flat_map(|row| row.type_ids).copied().collect(),
        rows.iter().map(|row| row.ids.len()).collect(),
    )
}

/// The values of a tensor, row after row.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.try_into_data_as::<f32>()?;
    Ok(data.try_into_vec().unwrap_or_default())
}
