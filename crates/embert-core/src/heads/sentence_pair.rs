//! Pairs of sentences: does B follow A (BERT), or are they swapped (ALBERT)?

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use embert_checkpoint::ConfigError;

use crate::{
    Backbone, Batch, FamilyConfig, Heads, Init, InputError, Linear, MaskedLmHead, PairQuestion, Pass, Pooler,
    SentencePair, Summary,
    heads::{at, fresh},
};

/// A score for each thing that a pair of sentences can be, from the pooled
/// `[CLS]`.
#[derive(Module, Debug)]
pub struct SentencePairHead {
    classifier: Linear,
    dropout: f64, // of the pooled vector
}

impl SentencePairHead {
    /// From `hidden_size` to the classes of `pair`.
    pub fn new(hidden_size: usize, pair: SentencePair, init: &Init) -> Self {
        Self { classifier: Linear::new(hidden_size, pair.classes, init), dropout: pair.dropout }
    }

    /// # Shapes
    /// - `pooled`: `[rows, hidden_size]`
    /// - result: `[rows, classes]`, the classes as [`PairQuestion`] has them
    pub fn forward(&self, pooled: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        self.classifier.forward(pass.drop(pooled, self.dropout))
    }
}

/// What a head for pairs is built from.
fn pair_of(config: &impl FamilyConfig, heads: &Heads) -> Result<(Summary, SentencePair), ConfigError> {
    let expected = "a model that is pre-trained with pairs of sentences (bert or albert)";
    heads
        .pooler
        .zip(heads.sentence_pair)
        .ok_or_else(|| ConfigError::value("model_type", config.family().model_type, expected.into()))
}

/// A model that says what a pair of sentences is.
#[derive(Module, Debug)]
pub struct ForNextSentencePrediction<B: Module> {
    pub(crate) base: B,
    pooler: Pooler,
    sentence_pair: SentencePairHead,
}

impl<B: Backbone> ForNextSentencePrediction<B> {
    /// A model freshly drawn from `seed`.
    ///
    /// # Errors
    /// Where the family has no such head.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Result<Self, ConfigError> {
        let (heads, init) = fresh(config, device, seed);
        let (summary, pair) = pair_of(config, &heads)?;
        if pair.question != PairQuestion::NextSentence {
            return Err(ConfigError::value("model_type", config.family().model_type, "bert".into()));
        }
        Ok(Self {
            base: B::new(config, &init),
            pooler: Pooler::new(heads.hidden_size, summary, &init),
            sentence_pair: SentencePairHead::new(heads.hidden_size, pair, &init),
        })
    }

    /// `[rows, 2]`: 0 = B follows A, 1 = random.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    pub fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        let hidden = self.base.forward(batch, pass)?;
        let pooled = self.pooler.forward(hidden, batch, pass);
        Ok(self.sentence_pair.forward(pooled, pass))
    }
}

/// A model with both heads that it is pre-trained with: masked words, and
/// pairs of sentences (BERT, section 3.1; ALBERT, section 3.1).
#[derive(Module, Debug)]
pub struct ForPreTraining<B: Module> {
    pub(crate) base: B,
    pooler: Pooler,
    predictions: MaskedLmHead,
    sentence_pair: SentencePairHead,
}

/// What [`ForPreTraining`] computes.
#[derive(Clone, Debug)]
pub struct PreTrainingOutput {
    /// `[positions, vocab_size]`.
    pub prediction_logits: Tensor<2>,
    /// `[rows, 2]`, the classes as [`PairQuestion`] has them.
    pub sentence_pair_logits: Tensor<2>,
}

impl<B: Backbone> ForPreTraining<B> {
    /// A model freshly drawn from `seed`.
    ///
    /// # Errors
    /// Where the family has no such heads.
    pub fn new(config: &B::Config, device: &Device, seed: u64) -> Result<Self, ConfigError> {
        let (heads, init) = fresh(config, device, seed);
        let (summary, pair) = pair_of(config, &heads)?;
        Ok(Self {
            base: B::new(config, &init),
            pooler: Pooler::new(heads.hidden_size, summary, &init),
            predictions: MaskedLmHead::new(&heads, &init),
            sentence_pair: SentencePairHead::new(heads.hidden_size, pair, &init),
        })
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
        let hidden = self.base.forward(batch, pass)?;
        let pooled = self.pooler.forward(hidden.clone(), batch, pass);
        Ok(PreTrainingOutput {
            prediction_logits: self.predictions.forward(at(hidden, positions), self.base.word_embeddings()),
            sentence_pair_logits: self.sentence_pair.forward(pooled, pass),
        })
    }
}
