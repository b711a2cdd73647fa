//! An affine map.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};
use embert_kernels::{Activation, PackedLinear};

use crate::init::Init;

/// `x Wᵀ + b`, with the weight as checkpoints store it.
#[derive(Module, Debug)]
pub struct Linear {
    pub(crate) weight: Param<Tensor<2>>, // [out_features, in_features]
    pub(crate) bias: Param<Tensor<1>>,   // [out_features]
    /// In a model that is packed for inference, weight and bias; those above are empty then.
    #[module(skip)]
    pub(crate) packed: Option<PackedLinear>,
}

impl Linear {
    /// A map whose weight is drawn and whose bias is zero.
    pub fn new(in_features: usize, out_features: usize, init: &Init) -> Self {
        Self { weight: init.matrix([out_features, in_features]), bias: init.zeros(out_features), packed: None }
    }

    /// # Shapes
    /// - `x`: `[tokens, in_features]`
    /// - result: `[tokens, out_features]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        match &self.packed {
            Some(packed) => packed.forward(x, None),
            None => embert_kernels::linear(x, self.weight.val(), Some(self.bias.val())),
        }
    }

    /// The map, and an activation of what it gives.
    ///
    /// # Shapes
    /// - `x`: `[tokens, in_features]`
    /// - result: `[tokens, out_features]`
    pub fn forward_activated(&self, x: Tensor<2>, activation: Activation) -> Tensor<2> {
        match &self.packed {
            Some(packed) => packed.forward(x, Some(activation)),
            None => activation.forward(self.forward(x)),
        }
    }

    /// Three maps of one input.
    ///
    /// # Shapes
    /// - `x`: `[tokens, in_features]`
    /// - results: `[tokens, out_features]` each
    pub fn forward_three(maps: [&Self; 3], x: Tensor<2>) -> [Tensor<2>; 3] {
        match maps.map(|map| &map.packed) {
            [Some(first), Some(second), Some(third)] => PackedLinear::forward_three([first, second, third], x),
            _ => maps.map(|map| map.forward(x.clone())),
        }
    }
}
