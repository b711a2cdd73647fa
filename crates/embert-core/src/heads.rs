//! BERT's own training heads: masked words, and the next sentence.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor},
};
use embert_kernels::{Activation, indices};

use crate::{
    batch::{Batch, InputError},
    config::BertConfig,
    embeddings::Embedding,
    init::Init,
    linear::Linear,
    model::{Bert, Pooler},
    norm::LayerNorm,
    pass::Pass,
};

/// `LN(act(h Wᵀ + b)) Eᵀ + c`: a score for each word of the vocabulary.
///
/// `E` is the word embedding itself, handed in by the model that owns it: one
/// parameter, in memory and in the file.
#[derive(Module, Debug)]
pub struct MaskedLmHead {
    transform: Linear,
    transform_norm: LayerNorm,
    bias: Param<Tensor<1>>, // [vocab_size]
    #[module(skip)]
    activation: Activation,
}

impl MaskedLmHead {
    /// From `hidden_size` to `vocab_size`.
    pub fn new(config: &BertConfig, init: &Init) -> Self {
        Self {
            transform: Linear::new(config.hidden_size, config.hidden_size, init),
            transform_norm: LayerNorm::new(config.hidden_size, config.layer_norm_eps, init),
            bias: init.zeros(config.vocab_size),
            activation: config.hidden_act.activation(),
        }
    }

    /// # Shapes
    /// - `hidden`: `[tokens, hidden_size]`; only the tokens to be predicted need be there
    /// - result: `[tokens, vocab_size]`
    pub fn forward(&self, hidden: Tensor<2>, words: &Embedding) -> Tensor<2> {
        let transformed = self.activation.forward(self.transform.forward(hidden));
        let transformed = self.transform_norm.forward(transformed);
        embert_kernels::linear(transformed, words.weight.val(), Some(self.bias.val()))
    }
}

/// A score for "B follows A" and one for "B is a random sentence", from the
/// pooled `[CLS]`.
#[derive(Module, Debug)]
pub struct NextSentenceHead {
    seq_relationship: Linear,
}

impl NextSentenceHead {
    /// From `hidden_size` to 2.
    pub fn new(hidden_size: usize, init: &Init) -> Self {
        Self { seq_relationship: Linear::new(hidden_size, 2, init) }
    }

    /// # Shapes
    /// - `pooled`: `[rows, hidden_size]`
    /// - result: `[rows, 2]`: 0 = B follows A, 1 = random
    pub fn forward(&self, pooled: Tensor<2>) -> Tensor<2> {
        self.seq_relationship.forward(pooled)
    }
}

/// BERT that fills in masked words.
#[derive(Module, Debug)]
pub struct BertForMaskedLm {
    bert: Bert,
    predictions: MaskedLmHead,
}

impl BertForMaskedLm {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &BertConfig, device: &Device, seed: u64) -> Self {
        let init = Init::new(device, seed, config.initializer_range);
        Self { bert: Bert::new(config, &init), predictions: MaskedLmHead::new(config, &init) }
    }

    /// The scores of the tokens at `positions` (their indices in the batch),
    /// or of all: `[positions, vocab_size]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, positions: Option<&[u32]>, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.bert.forward(batch, pass)?;
        let hidden = at(hidden, positions);
        Ok(self.predictions.forward(hidden, &self.bert.embeddings.word_embeddings))
    }
}

/// BERT that says whether the second sentence follows the first.
#[derive(Module, Debug)]
pub struct BertForNextSentencePrediction {
    bert: Bert,
    pooler: Pooler,
    next_sentence: NextSentenceHead,
}

impl BertForNextSentencePrediction {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &BertConfig, device: &Device, seed: u64) -> Self {
        let init = Init::new(device, seed, config.initializer_range);
        Self {
            bert: Bert::new(config, &init),
            pooler: Pooler::new(config.hidden_size, &init),
            next_sentence: NextSentenceHead::new(config.hidden_size, &init),
        }
    }

    /// `[rows, 2]`: 0 = B follows A, 1 = random.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.bert.forward(batch, pass)?;
        Ok(self.next_sentence.forward(self.pooler.forward(hidden, batch)))
    }
}

/// BERT with both heads that it is pre-trained with (BERT, section 3.1).
#[derive(Module, Debug)]
pub struct BertForPreTraining {
    bert: Bert,
    pooler: Pooler,
    predictions: MaskedLmHead,
    next_sentence: NextSentenceHead,
}

/// What [`BertForPreTraining`] computes.
#[derive(Clone, Debug)]
pub struct PreTrainingOutput {
    /// `[positions, vocab_size]`.
    pub prediction_logits: Tensor<2>,
    /// `[rows, 2]`: 0 = B follows A, 1 = random.
    pub seq_relationship_logits: Tensor<2>,
}

impl BertForPreTraining {
    /// A model freshly drawn from `seed`.
    pub fn new(config: &BertConfig, device: &Device, seed: u64) -> Self {
        let init = Init::new(device, seed, config.initializer_range);
        Self {
            bert: Bert::new(config, &init),
            pooler: Pooler::new(config.hidden_size, &init),
            predictions: MaskedLmHead::new(config, &init),
            next_sentence: NextSentenceHead::new(config.hidden_size, &init),
        }
    }

    /// Both heads' scores; the words' for the tokens at `positions` (their
    /// indices in the batch), or for all.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(
        &self,
        batch: &Batch,
        positions: Option<&[u32]>,
        pass: &mut Pass,
    ) -> Result<PreTrainingOutput, InputError> {
        let hidden = self.bert.forward(batch, pass)?;
        let pooled = self.pooler.forward(hidden.clone(), batch);
        let words = &self.bert.embeddings.word_embeddings;
        Ok(PreTrainingOutput {
            prediction_logits: self.predictions.forward(at(hidden, positions), words),
            seq_relationship_logits: self.next_sentence.forward(pooled),
        })
    }
}

fn at(hidden: Tensor<2>, positions: Option<&[u32]>) -> Tensor<2> {
    match positions {
        Some(positions) => {
            let positions = indices(positions, &hidden.device().inner());
            hidden.select(0, positions)
        }
        None => hidden,
    }
}
