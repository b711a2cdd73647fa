//! What the operations for the flex backend share.

use burn::{
    backend::{DispatchDevice, Flex, TensorMetadata, tensor::FloatTensor},
    tensor::{DType, Tensor, TensorData},
};

/// A tensor of the flex backend: numbers in memory, a shape, and strides.
pub(crate) type FlexTensor = FloatTensor<Flex>;

/// Whether `x` is a tensor that the operations for the flex backend are for.
pub(crate) fn is_flex<const D: usize>(x: &Tensor<D>) -> bool {
    x.dtype() == DType::F32 && matches!(x.device().inner().as_dispatch(), DispatchDevice::Flex(_))
}

/// `x` with a storage that holds its numbers, in their order, and nothing else.
pub(crate) fn compact(x: FlexTensor) -> FlexTensor {
    let x = x.to_contiguous();
    let shape = x.shape();
    match x.as_slice::<f32>() {
        Some(numbers) if numbers.len() < x.storage::<f32>().len() => {
            FlexTensor::from_data(TensorData::new(numbers.to_vec(), shape))
        }
        _ => x,
    }
}
