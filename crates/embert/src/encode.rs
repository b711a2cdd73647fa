//! What the pipelines share: the way from a tensor to numbers.

use burn::tensor::Tensor;

use crate::error::Error;

/// The values of a tensor, row after row.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.try_into_data_as::<f32>()?;
    Ok(data.try_into_vec().unwrap_or_default())
}
