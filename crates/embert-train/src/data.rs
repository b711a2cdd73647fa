//! From tokenised documents to the batches that a step trains on.

use embert_core::{Batch, InputError};
use embert_data::{Example, Form, TokenizedDocument, store::Dataset};
use embert_objectives::{
    masking::{MaskingConfig, MaskingVocabulary},
    random::stream,
};

use crate::error::Error;

/// Where the examples of a training come from.
pub trait Source {
    /// The examples of one epoch, in an order drawn from `(seed, epoch)`, read as they are asked for.
    ///
    /// # Errors
    /// Where there is none.
    fn epoch(&self, seed: u64, epoch: u64) -> Result<Box<dyn Iterator<Item = Result<Example, Error>> + '_>, Error>;

    /// Batches that are in memory, and shuffled, together.
    fn batches_together(&self) -> usize;
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
    fn epoch(&self, seed: u64, epoch: u64) -> Result<Box<dyn Iterator<Item = Result<Example, Error>> + '_>, Error> {
        Ok(Box::new(self.examples(seed, epoch)?.into_iter().map(Ok)))
    }

    /// All of them: the examples are in memory anyway.
    fn batches_together(&self) -> usize {
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
    fn epoch(&self, seed: u64, epoch: u64) -> Result<Box<dyn Iterator<Item = Result<Example, Error>> + '_>, Error> {
        Ok(Box::new(self.dataset.epoch(seed, epoch, &self.vocabulary).map(|example| Ok(example?))))
    }

    fn batches_together(&self) -> usize {
        256
    }
}

/// Cuts the examples, in order, into the fewest runs of about `piece_tokens` tokens, all of about one size: cores that
/// take a run each are then done together.
pub(crate) fn pieces(examples: Vec<Example>, piece_tokens: usize) -> Vec<Vec<Example>> {
    let tokens: usize = examples.iter().map(|example| example.ids.len()).sum();
    let count = tokens.div_ceil(piece_tokens);
    let mut pieces: Vec<Vec<Example>> = vec![Vec::new(); count];
    let mut start = 0;
    for example in examples {
        let middle = start + example.ids.len() / 2;
        start += example.ids.len();
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
