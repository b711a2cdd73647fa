//! An affine map.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use crate::init::Init;

/// `x Wᵀ + b`, with the weight as checkpoints store it.
#[derive(Module, Debug)]
pub struct Linear {
    pub(crate) weight: Param<Tensor<2>>, // [out_features, in_features]
    pub(crate) bias: Param<Tensor<1>>,   // [out_features]
}

impl Linear {
    /// A map whose weight is drawn and whose bias is zero.
    pub fn new(in_features: usize, out_features: usize, init: &Init) -> Self {
        Self { weight: init.matrix([out_features, in_features]), bias: init.zeros(out_features) }
    }

    /// # Shapes
    /// - `x`: `[tokens, in_features]`
    /// - result: `[tokens, out_features]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        embert_kernels::linear(x, self.weight.val(), Some(self.bias.val()))
    }
}
