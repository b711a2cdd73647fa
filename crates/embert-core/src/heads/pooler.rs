//! One vector for a whole sequence.

use burn::{module::Module, tensor::Tensor};
use embert_kernels::{Activation, indices};

use crate::{backbone::Summary, batch::Batch, init::Init, linear::Linear, pass::Pass};

/// `act(h_[CLS] Wᵀ + b)`: a sequence's vector, from its first token's.
#[derive(Module, Debug)]
pub struct Pooler {
    dense: Linear,
    dropout: f64, // of the first token's vector
    #[module(skip)]
    activation: Activation,
}

impl Pooler {
    /// From `hidden_size` to `hidden_size`.
    pub fn new(hidden_size: usize, summary: Summary, init: &Init) -> Self {
        Self {
            dense: Linear::new(hidden_size, hidden_size, init),
            dropout: summary.dropout,
            activation: summary.activation,
        }
    }

    /// # Shapes
    /// - `hidden`: `[tokens, hidden_size]`
    /// - result: `[rows, hidden_size]`, a row a sequence
    pub fn forward(&self, hidden: Tensor<2>, batch: &Batch, pass: &mut Pass) -> Tensor<2> {
        let first = indices(&batch.first_tokens(), &hidden.device().inner());
        let first = pass.drop(hidden.select(0, first), self.dropout);
        self.dense.forward_activated(first, self.activation)
    }
}
