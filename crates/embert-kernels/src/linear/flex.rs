//! Packed maps on the flex backend.

use std::sync::Arc;

use burn::{
    backend::{Backend, Dispatch, Flex, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};

use super::packed::ComputeType;
use crate::{
    Activation,
    cpu::{
        Format, Instructions,
        linear::{PackedMatrix, linear},
    },
    flex::{compact, matrix},
};

/// None for a type that there is no packed form of.
pub(super) fn pack(weight: Tensor<2>, bias: Tensor<1>, compute: ComputeType) -> Option<PackedMatrix> {
    let format = match compute {
        ComputeType::F32 => Format::F32,
        ComputeType::F16 => return None,
        ComputeType::Bf16 => Format::Bf16,
        ComputeType::Int8 => Format::Int8,
    };
    let (weight, bias) = (weight.into_data(), bias.into_data());
    Some(PackedMatrix::new(Instructions::current(), format, weight.as_slice().ok()?, bias.try_into_vec().ok()?))
}

pub(super) fn forward(map: Arc<PackedMatrix>, x: Tensor<2>, activation: Option<Activation>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::packed(x.into_dispatch(), map, activation))
}

pub(super) fn forward_three(maps: [Arc<PackedMatrix>; 3], x: Tensor<2>) -> [Tensor<2>; 3] {
    let (first, second, third) = Dispatch::packed_three(x.into_dispatch(), maps);
    [first, second, third].map(Tensor::from_dispatch)
}

#[backend_extension(Flex)]
pub(crate) trait PackedBackend: Backend {
    /// `activation(x Wᵀ + b)`.
    fn packed(x: FloatTensor<Self>, map: Arc<PackedMatrix>, activation: Option<Activation>) -> FloatTensor<Self>;

    /// Three maps of one input, in one go over the cores.
    fn packed_three(
        x: FloatTensor<Self>,
        maps: [Arc<PackedMatrix>; 3],
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl PackedBackend for Flex {
    fn packed(x: FloatTensor<Self>, map: Arc<PackedMatrix>, activation: Option<Activation>) -> FloatTensor<Self> {
        let [y] = linear(compact(x).storage(), [&map], activation);
        matrix(y, map.outputs())
    }

    fn packed_three(
        x: FloatTensor<Self>,
        maps: [Arc<PackedMatrix>; 3],
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let [first, second, third] = linear(compact(x).storage(), maps.each_ref().map(|map| &**map), None);
        (matrix(first, maps[0].outputs()), matrix(second, maps[1].outputs()), matrix(third, maps[2].outputs()))
    }
}
