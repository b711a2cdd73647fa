//! From tokenised documents to the batches that a step trains on.

use embert_core::{Batch, InputError};
use embert_data::{Example, Form, TokenizedDocument, store::Dataset};
use embert_objectives::{
    masking::{MaskingConfig, MaskingVocabulary},
    random::stream,
};
use rand::seq::SliceRandom;

use crate::error::Error;

/// Something of a length: what batches are measured by.
pub trait Tokens {
    /// The tokens that a model reads of it.
    fn tokens(&self) -> usize;
}

impl Tokens for Example {
    fn tokens(&self) -> usize {
        self.ids.len()
    }
}

/// The tokens of some examples together.
pub(crate) fn tokens_of(examples: &[impl Tokens]) -> usize {
    examples.iter().map(Tokens::tokens).sum()
}

/// The examples of an epoch, as they are asked for.
pub type Examples<'a, E> = Box<dyn Iterator<Item = Result<E, Error>> + 'a>;

/// Where the examples of a training come from.
pub trait Source {
    /// What it has.
    type Example;

    /// The examples of one epoch, in an order drawn from `(seed, epoch)`, from number `from` on.
    ///
    /// # Errors
    /// Where there is none.
    fn epoch(&self, seed: u64, epoch: u64, from: u64) -> Result<Examples<'_, Self::Example>, Error>;

    /// Tokens that are in memory, and shuffled, together, where a batch has so many.
    fn window_tokens(&self, batch_tokens: usize) -> usize;
}

/// Documents in memory, and how examples are made of them.
#[derive(Clone, Debug)]
pub struct ExampleSource {
    /// The text.
    pub documents: Vec<TokenizedDocument>,
    /// How sentences become examples.
    pub form: Form,
    /// How many tokens are masked, and how.
    pub masking: MaskingConfig,
    /// What can be masked.
    pub vocabulary: MaskingVocabulary,
}

impl ExampleSource {
    /// The examples of one pass over the documents. Pairs and masks are drawn
    /// anew in each epoch, from `(seed, epoch, example)` alone.
    ///
    /// # Errors
    /// Where no examples can be made of the documents.
    pub fn examples(&self, seed: u64, epoch: u64) -> Result<Vec<Example>, Error> {
        self.masking.validate()?;
        let mut examples = self.form.examples(&self.documents, seed, epoch)?;
        for (index, example) in (0..).zip(&mut examples) {
            example.mask(&self.masking, &self.vocabulary, &mut stream(b"masking ", seed, epoch, index));
        }
        Ok(examples)
    }
}

impl Source for ExampleSource {
    type Example = Example;

    fn epoch(&self, seed: u64, epoch: u64, from: u64) -> Result<Examples<'_, Example>, Error> {
        Ok(Box::new(self.examples(seed, epoch)?.into_iter().skip(from as usize).map(Ok)))
    }

    /// All of them: the examples are in memory anyway.
    fn window_tokens(&self, _batch_tokens: usize) -> usize {
        usize::MAX
    }
}

/// Examples in memory, which are shuffled in each epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InMemory<E>(pub Vec<E>);

impl<E: Clone> Source for InMemory<E> {
    type Example = E;

    fn epoch(&self, seed: u64, epoch: u64, from: u64) -> Result<Examples<'_, E>, Error> {
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        order.shuffle(&mut stream(b"order   ", seed, epoch, 0));
        let examples = order.into_iter().skip(from as usize).filter_map(|place| self.0.get(place).cloned());
        Ok(Box::new(examples.map(Ok)))
    }

    /// All of them: the examples are in memory anyway.
    fn window_tokens(&self, _batch_tokens: usize) -> usize {
        usize::MAX
    }
}

/// Examples on disk, which need not fit into memory.
#[derive(Clone, Debug)]
pub struct StoredExamples {
    /// The examples.
    pub dataset: Dataset,
    /// What can be masked, where masks are drawn when an example is read.
    pub vocabulary: MaskingVocabulary,
}

impl Source for StoredExamples {
    type Example = Example;

    fn epoch(&self, seed: u64, epoch: u64, from: u64) -> Result<Examples<'_, Example>, Error> {
        let epoch = self.dataset.epoch(seed, epoch, &self.vocabulary).from(from);
        Ok(Box::new(epoch.map(|example| Ok(example?))))
    }

    /// Many batches, but not many gigabytes.
    fn window_tokens(&self, batch_tokens: usize) -> usize {
        batch_tokens.saturating_mul(256).min(batch_tokens.max(4 << 20))
    }
}

/// The pieces of about `piece_tokens` tokens that so many are cut into: one, or an even number of them. Of three, two
/// cores would share the first two, and one would wait for the last.
pub(crate) fn piece_count(tokens: usize, piece_tokens: usize) -> usize {
    match tokens.div_ceil(piece_tokens) {
        count @ ..=1 => count,
        count => count.next_multiple_of(2),
    }
}

/// Cuts the examples, in order, into runs of about `piece_tokens` tokens at most, all of about one size: cores that take
/// a run each are then done together.
pub fn pieces<E: Tokens>(examples: Vec<E>, piece_tokens: usize) -> Vec<Vec<E>> {
    let tokens = tokens_of(&examples);
    let count = piece_count(tokens, piece_tokens);
    let mut pieces: Vec<Vec<E>> = std::iter::repeat_with(Vec::new).take(count).collect();
    let mut start = 0;
    for example in examples {
        let middle = start + example.tokens() / 2;
        start += example.tokens();
        pieces[middle * count / tokens].push(example);
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A batch for a model, with the targets of both objectives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreTrainingBatch {
    /// The sequences, end to end.
    pub batch: Batch,
    /// The masked tokens' indices in the batch.
    pub positions: Vec<u32>,
    /// What stood there.
    pub originals: Vec<u32>,
    /// For each sequence of two segments, 0: B follows A; 1: B is random.
    pub sentence_pair_labels: Vec<u32>,
}

impl PreTrainingBatch {
    /// Lays examples end to end.
    ///
    /// # Errors
    /// Where there is none, or one without a token.
    pub fn new(examples: &[Example]) -> Result<Self, InputError> {
        let mut start = 0;
        let mut positions = Vec::new();
        for example in examples {
            positions.extend(example.masked.positions.iter().map(|position| start + position));
            start += example.ids.len() as u32;
        }
        let concat = |field: fn(&Example) -> &Vec<u32>| examples.iter().flat_map(field).copied().collect();
        Ok(Self {
            batch: Batch::new(
                concat(|example| &example.ids),
                concat(|example| &example.type_ids),
                examples.iter().map(|example| example.ids.len()).collect(),
            )?,
            positions,
            originals: concat(|example| &example.masked.originals),
            sentence_pair_labels: examples.iter().filter_map(|example| example.sentence_pair_label).collect(),
        })
    }
}
