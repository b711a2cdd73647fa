//! From tokenised documents to the batches that a step trains on.

use embert_core::{Batch, InputError};
use embert_data::{Example, Form, TokenizedDocument};
use embert_objectives::{
    masking::{MaskingConfig, MaskingVocabulary},
    random::stream,
};
use rand::seq::SliceRandom;

use crate::error::Error;

/// Sequences of like length are put together within this many batches' worth
/// of examples: enough to waste little of attention's rectangle, few enough to
/// keep the order of the data random.
const BATCHES_SORTED_TOGETHER: usize = 16;

/// Documents, and how examples are made of them.
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
    pub fn epoch(&self, seed: u64, epoch: u64) -> Result<Vec<Example>, Error> {
        self.masking.validate()?;
        let mut examples = self.form.examples(&self.documents, seed, epoch)?;
        for (index, example) in (0..).zip(&mut examples) {
            example.mask(&self.masking, &self.vocabulary, &mut stream(b"masking ", seed, epoch, index));
        }
        Ok(examples)
    }
}

/// Deals the examples into batches of at most `batch_tokens` tokens (or one
/// example), sequences of like length together, in an order drawn from
/// `(seed, epoch)`.
pub fn batches(examples: Vec<Example>, batch_tokens: usize, seed: u64, epoch: u64) -> Vec<Vec<Example>> {
    let window_tokens = batch_tokens.saturating_mul(BATCHES_SORTED_TOGETHER);
    let mut batches: Vec<Vec<Example>> = deal(examples, window_tokens)
        .into_iter()
        .flat_map(|mut window| {
            window.sort_by_key(|example| example.ids.len());
            deal(window, batch_tokens)
        })
        .collect();
    batches.shuffle(&mut stream(b"batches ", seed, epoch, 0));
    batches
}

/// Cuts the examples, in order, into runs of at most `budget` tokens.
fn deal(examples: Vec<Example>, budget: usize) -> Vec<Vec<Example>> {
    let mut runs: Vec<Vec<Example>> = Vec::new();
    let mut room = 0;
    for example in examples {
        let tokens = example.ids.len();
        match runs.last_mut() {
            Some(run) if tokens <= room => {
                room -= tokens;
                run.push(example);
            }
            _ => {
                room = budget.saturating_sub(tokens);
                runs.push(vec![example]);
            }
        }
    }
    runs
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
