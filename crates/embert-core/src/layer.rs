//! One block of the encoder, with LayerNorm after each residual (post-LN).

use burn::{module::Module, tensor::Tensor};
use embert_kernels::{Activation, AttentionPlan};

use crate::{attention::SelfAttention, init::Init, linear::Linear, norm::LayerNorm, pass::Pass};

/// `act(x W₁ᵀ + b₁) W₂ᵀ + b₂` (Vaswani et al. 2017, section 3.3).
#[derive(Module, Debug)]
pub struct FeedForward {
    intermediate: Linear,
    output: Linear,
    #[module(skip)]
    activation: Activation,
}

impl FeedForward {
    /// `hidden_size` to `intermediate_size` and back.
    pub fn new(hidden_size: usize, intermediate_size: usize, activation: Activation, init: &Init) -> Self {
        Self {
            intermediate: Linear::new(hidden_size, intermediate_size, init),
            output: Linear::new(intermediate_size, hidden_size, init),
            activation,
        }
    }

    /// # Shapes
    /// - `hidden` and result: `[tokens, hidden_size]`
    pub fn forward(&self, hidden: Tensor<2>) -> Tensor<2> {
        let intermediate = self.activation.forward(self.intermediate.forward(hidden));
        self.output.forward(intermediate)
    }
}

/// `h = LN(x + attention(x))`, then `LN(h + feed_forward(h))`.
#[derive(Module, Debug)]
pub struct EncoderLayer {
    attention: SelfAttention,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
    output_norm: LayerNorm,
    dropout: f64, // of what is added to the residual
}

impl EncoderLayer {
    /// `dropout` is that of what is added to the residual.
    pub fn new(
        attention: SelfAttention,
        attention_norm: LayerNorm,
        feed_forward: FeedForward,
        output_norm: LayerNorm,
        dropout: f64,
    ) -> Self {
        Self { attention, attention_norm, feed_forward, output_norm, dropout }
    }

    /// # Shapes
    /// - `hidden` and result: `[tokens, hidden_size]`
    pub fn forward(&self, hidden: Tensor<2>, plan: &AttentionPlan, pass: &mut Pass) -> Tensor<2> {
        let attended = self.attention.forward(hidden.clone(), plan, pass);
        let hidden = self.attention_norm.forward(hidden + pass.drop(attended, self.dropout));
        let transformed = self.feed_forward.forward(hidden.clone());
        self.output_norm.forward(hidden + pass.drop(transformed, self.dropout))
    }
}
