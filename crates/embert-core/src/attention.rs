//! Self-attention over a ragged batch (Vaswani et al. 2017, section 3.2).

use burn::{module::Module, tensor::Tensor};
use embert_kernels::AttentionPlan;

use crate::{init::Init, linear::Linear, pass::Pass};

/// `softmax(Q Kᵀ / √head_size) V`, heads side by side, then one projection.
#[derive(Module, Debug)]
pub struct SelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    num_attention_heads: usize,
    dropout: f64, // of the probabilities, not of the scores
}

impl SelfAttention {
    /// `hidden_size` is a multiple of `num_attention_heads`.
    pub fn new(hidden_size: usize, num_attention_heads: usize, dropout: f64, init: &Init) -> Self {
        let projection = || Linear::new(hidden_size, hidden_size, init);
        Self {
            query: projection(),
            key: projection(),
            value: projection(),
            output: projection(),
            num_attention_heads,
            dropout,
        }
    }

    /// Lets every token see its own sequence, and no other.
    ///
    /// # Shapes
    /// - `hidden` and result: `[tokens, hidden_size]`, the sequences end to end
    pub fn forward(&self, hidden: Tensor<2>, plan: &AttentionPlan, pass: &mut Pass) -> Tensor<2> {
        let projections = Linear::forward_three([&self.query, &self.key, &self.value], hidden);
        let context = pass.attend(projections, plan, self.num_attention_heads, self.dropout);
        self.output.forward(context)
    }

    /// Its maps.
    pub fn linears_mut(&mut self) -> [&mut Linear; 4] {
        [&mut self.query, &mut self.key, &mut self.value, &mut self.output]
    }
}
