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
        let query = self.query.forward(hidden.clone());
        let key = self.key.forward(hidden.clone());
        let value = self.value.forward(hidden);
        let drop = |probabilities| pass.drop(probabilities, self.dropout);
        let attended = embert_kernels::attention(query, key, value, plan, self.num_attention_heads, drop);
        pass.saw_attention(&attended.probabilities);
        self.output.forward(attended.context)
    }
}
