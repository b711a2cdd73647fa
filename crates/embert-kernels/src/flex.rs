//! What the operations for the flex backend share.

use burn::{
    backend::{DispatchDevice, Flex, TensorMetadata, tensor::FloatTensor},
    tensor::{DType, Tensor, TensorData},
};

use crate::CpuLevel;

/// A tensor of the flex backend: numbers in memory, a shape, and strides.
pub(crate) type FlexTensor = FloatTensor<Flex>;

/// Whether `x` is a tensor that the operations for the flex backend are for.
pub(crate) fn is_flex<const D: usize>(x: &Tensor<D>) -> bool {
    x.dtype() == DType::F32
        && matches!(x.device().inner().as_dispatch(), DispatchDevice::Flex(_))
        && CpuLevel::current() != CpuLevel::Plain
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

/// Rows of `columns` numbers, end to end.
pub(crate) fn matrix(numbers: Vec<f32>, columns: usize) -> FlexTensor {
    let rows = numbers.len() / columns.max(1);
    FlexTensor::from_data(TensorData::new(numbers, [rows, columns]))
}

/// Numbers in a line.
pub(crate) fn vector(numbers: Vec<f32>) -> FlexTensor {
    let length = numbers.len();
    FlexTensor::from_data(TensorData::new(numbers, [length]))
}

/// What an operation with a gradient of its own is made of.
pub(crate) mod autodiff {
    pub(crate) use burn::backend::{
        Autodiff, Backend, Dispatch, Flex, TensorMetadata,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    };
}
