//! BERT without a head.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use embert_kernels::indices;

use crate::{
    batch::{Batch, InputError},
    config::BertConfig,
    embeddings::Embeddings,
    encoder::Encoder,
    init::Init,
    linear::Linear,
    pass::Pass,
};

/// `tanh(h_[CLS] Wᵀ + b)`: a sequence's vector, from its first token's.
#[derive(Module, Debug)]
pub struct Pooler {
    dense: Linear,
}

impl Pooler {
    /// From `hidden_size` to `hidden_size`.
    pub fn new(hidden_size: usize, init: &Init) -> Self {
        Self { dense: Linear::new(hidden_size, hidden_size, init) }
    }

    /// # Shapes
    /// - `hidden`: `[tokens, hidden_size]`
    /// - result: `[rows, hidden_size]`, a row a sequence
    pub fn forward(&self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let first = indices(&batch.first_tokens(), &hidden.device().inner());
        self.dense.forward(hidden.select(0, first)).tanh()
    }
}

/// Embeddings and encoder: what every head stands on.
#[derive(Module, Debug)]
pub struct Bert {
    pub(crate) embeddings: Embeddings,
    encoder: Encoder,
}

impl Bert {
    /// The tables and blocks of `config`.
    pub fn new(config: &BertConfig, init: &Init) -> Self {
        Self { embeddings: Embeddings::new(config, init), encoder: Encoder::new(config, init) }
    }

    /// The last hidden state: `[tokens, hidden_size]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let embedded = self.embeddings.forward(batch, pass)?;
        Ok(self.encoder.forward(embedded, batch, pass))
    }
}

/// BERT without a head.
#[derive(Module, Debug)]
pub struct BertModel {
    bert: Bert,
    pooler: Pooler,
}

/// What [`BertModel`] computes.
#[derive(Clone, Debug)]
pub struct BertOutput {
    /// `[tokens, hidden_size]`.
    pub last_hidden_state: Tensor<2>,
    /// `[rows, hidden_size]`.
    pub pooler_output: Tensor<2>,
}

impl BertModel {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &BertConfig, device: &Device, seed: u64) -> Self {
        let init = Init::new(device, seed, config.initializer_range);
        Self { bert: Bert::new(config, &init), pooler: Pooler::new(config.hidden_size, &init) }
    }

    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<BertOutput, InputError> {
        let hidden = self.bert.forward(batch, pass)?; // [tokens, hidden_size]
        Ok(BertOutput { pooler_output: self.pooler.forward(hidden.clone(), batch), last_hidden_state: hidden })
    }
}
