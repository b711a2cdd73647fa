//! Masked words (BERT, section 3.1, task 1).

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};
use embert_kernels::Activation;

use super::{at, fresh};
use crate::{Backbone, Batch, Decoder, Embedding, Heads, Init, InputError, LayerNorm, Linear, Pass};

/// `LN(act(h Wᵀ + b)) Eᵀ + c`: a score for each word of the vocabulary.
///
/// `E` is the word embedding itself, handed in by the model that owns it: one
/// parameter, in memory and in the file. An untied model has a decoder of its
/// own in its stead.
#[derive(Module, Debug)]
pub struct MaskedLmHead {
    transform: Linear,
    transform_norm: LayerNorm,
    bias: Option<Param<Tensor<1>>>, // [vocab_size]
    decoder: Option<Linear>,
    #[module(skip)]
    activation: Activation,
}

impl MaskedLmHead {
    /// From `hidden_size` to `vocab_size`.
    pub fn new(heads: &Heads, init: &Init) -> Self {
        let sizes = &heads.masked_lm;
        Self {
            transform: Linear::new(heads.hidden_size, sizes.embedding_size, init),
            transform_norm: LayerNorm::new(sizes.embedding_size, sizes.layer_norm_eps, init),
            bias: (sizes.decoder != Decoder::Own).then(|| init.zeros(sizes.vocab_size)),
            decoder: (sizes.decoder != Decoder::Tied)
                .then(|| Linear::new(sizes.embedding_size, sizes.vocab_size, init)),
            activation: sizes.activation,
        }
    }

    /// # Shapes
    /// - `hidden`: `[tokens, hidden_size]`; only the tokens to be predicted need be there
    /// - result: `[tokens, vocab_size]`
    pub fn forward(&self, hidden: Tensor<2>, words: &Embedding) -> Tensor<2> {
        let transformed = self.transform.forward_activated(hidden, self.activation);
        let transformed = self.transform_norm.forward(transformed);
        match &self.decoder {
            Some(decoder) => decoder.forward(transformed),
            None => embert_kernels::linear(transformed, words.weight.val(), self.bias.as_ref().map(Param::val)),
        }
    }
}

/// A model that fills in masked words.
#[derive(Module, Debug)]
pub struct ForMaskedLm<B: Module> {
    pub(crate) base: B,
    pub(crate) predictions: MaskedLmHead,
}

impl<B: Backbone> ForMaskedLm<B> {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Self {
        let (heads, init) = fresh(config, device, seed);
        Self { base: B::new(config, &init), predictions: MaskedLmHead::new(&heads, &init) }
    }

    /// The scores of the tokens at `positions` (their indices in the batch),
    /// or of all: `[positions, vocab_size]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, positions: Option<&[u32]>, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = at(self.base.forward(batch, pass)?, positions);
        Ok(self.predictions.forward(hidden, self.base.word_embeddings()))
    }
}
