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
        self.output.forward(self.intermediate.forward_activated(hidden, self.activation))
    }
}

/// The sizes and rates of a block.
#[derive(Clone, Copy, Debug)]
pub struct LayerSizes {
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Attention heads; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward network between its two maps.
    pub intermediate_size: usize,
    /// Of the feed-forward network.
    pub activation: Activation,
    /// Of both LayerNorms.
    pub layer_norm_eps: f64,
    /// Dropout of attention probabilities.
    pub attention_dropout: f64,
    /// Dropout of attention's output, before it is added to the residual.
    pub attention_output_dropout: f64,
    /// Dropout of the feed-forward network's output, before it is added to the residual.
    pub feed_forward_dropout: f64,
}

/// `h = LN(x + attention(x))`, then `LN(h + feed_forward(h))`.
#[derive(Module, Debug)]
pub struct EncoderLayer {
    attention: SelfAttention,
    attention_norm: LayerNorm,
    feed_forward: FeedForward,
    output_norm: LayerNorm,
    attention_output_dropout: f64,
    feed_forward_dropout: f64,
}

impl EncoderLayer {
    /// A block of those sizes.
    pub fn new(sizes: &LayerSizes, init: &Init) -> Self {
        let &LayerSizes { hidden_size, num_attention_heads, intermediate_size, .. } = sizes;
        let norm = || LayerNorm::new(hidden_size, sizes.layer_norm_eps, init);
        Self {
            attention: SelfAttention::new(hidden_size, num_attention_heads, sizes.attention_dropout, init),
            attention_norm: norm(),
            feed_forward: FeedForward::new(hidden_size, intermediate_size, sizes.activation, init),
            output_norm: norm(),
            attention_output_dropout: sizes.attention_output_dropout,
            feed_forward_dropout: sizes.feed_forward_dropout,
        }
    }

    /// # Shapes
    /// - `hidden` and result: `[tokens, hidden_size]`
    pub fn forward(&self, hidden: Tensor<2>, plan: &AttentionPlan, pass: &mut Pass) -> Tensor<2> {
        let attended = self.attention.forward(hidden.clone(), plan, pass);
        let attended = pass.drop(attended, self.attention_output_dropout);
        let hidden = self.attention_norm.forward_sum(hidden, attended);
        let transformed = self.feed_forward.forward(hidden.clone());
        let transformed = pass.drop(transformed, self.feed_forward_dropout);
        self.output_norm.forward_sum(hidden, transformed)
    }

    /// Its maps.
    pub fn linears_mut(&mut self) -> impl Iterator<Item = &mut Linear> {
        let FeedForward { intermediate, output, .. } = &mut self.feed_forward;
        self.attention.linears_mut().into_iter().chain([intermediate, output])
    }
}
