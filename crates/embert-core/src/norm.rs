//! Layer normalisation.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use embert_kernels::Lookup;

use crate::init::Init;

/// Normalises each token's vector, then scales and shifts it (Ba et al. 2016).
#[derive(Module, Debug)]
pub struct LayerNorm {
    weight: Param<Tensor<1>>, // [hidden_size]
    bias: Param<Tensor<1>>,   // [hidden_size]
    eps: f64,
}

impl LayerNorm {
    /// The identity on normalised vectors: weight one, bias zero.
    pub fn new(hidden_size: usize, eps: f64, init: &Init) -> Self {
        Self { weight: init.ones(hidden_size), bias: init.zeros(hidden_size), eps }
    }

    /// # Shapes
    /// - `x` and result: `[tokens, hidden_size]`
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        embert_kernels::layer_norm(x, self.weight.val(), self.bias.val(), self.eps)
    }

    /// Of the sum of a residual and what is added to it.
    ///
    /// # Shapes
    /// - `residual`, `x` and result: `[tokens, hidden_size]`
    pub fn forward_sum(&self, residual: Tensor<2>, x: Tensor<2>) -> Tensor<2> {
        embert_kernels::add_layer_norm(residual, x, self.weight.val(), self.bias.val(), self.eps)
    }

    /// Of the sum of vectors from tables.
    ///
    /// # Shapes
    /// - result: `[tokens, hidden_size]`
    pub fn forward_lookups(&self, first: Lookup<'_>, second: Lookup<'_>, third: Option<Lookup<'_>>) -> Tensor<2> {
        embert_kernels::embed(first, second, third, self.weight.val(), self.bias.val(), self.eps)
    }
}
