//! The stack of blocks.

use burn::{module::Module, tensor::Tensor};
use embert_kernels::AttentionPlan;

use crate::{
    attention::SelfAttention,
    batch::Batch,
    config::BertConfig,
    init::Init,
    layer::{EncoderLayer, FeedForward},
    norm::LayerNorm,
    pass::Pass,
};

/// `num_hidden_layers` blocks, one after another.
#[derive(Module, Debug)]
pub struct Encoder {
    layer: Vec<EncoderLayer>,
}

impl Encoder {
    /// The blocks of `config`.
    pub fn new(config: &BertConfig, init: &Init) -> Self {
        let norm = || LayerNorm::new(config.hidden_size, config.layer_norm_eps, init);
        let block = |_| {
            EncoderLayer::new(
                SelfAttention::new(
                    config.hidden_size,
                    config.num_attention_heads,
                    config.attention_probs_dropout_prob,
                    init,
                ),
                norm(),
                FeedForward::new(config.hidden_size, config.intermediate_size, config.hidden_act.activation(), init),
                norm(),
                config.hidden_dropout_prob,
            )
        };
        Self { layer: (0..config.num_hidden_layers).map(block).collect() }
    }

    /// # Shapes
    /// - `hidden`: the batch's embeddings, `[tokens, hidden_size]`
    /// - result: `[tokens, hidden_size]`
    pub fn forward(&self, hidden: Tensor<2>, batch: &Batch, pass: &mut Pass) -> Tensor<2> {
        let plan = AttentionPlan::new(&batch.lengths, &batch.visible, &hidden.device().inner());
        pass.saw_hidden_state(&hidden);
        self.layer.iter().fold(hidden, |hidden, layer| {
            let hidden = layer.forward(hidden, &plan, pass);
            pass.saw_hidden_state(&hidden);
            hidden
        })
    }
}
