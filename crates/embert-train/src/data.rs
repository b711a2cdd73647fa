//! From tokenised documents to the batches that a step trains on.

use embert_core::{Batch, InputError};
use embert_data::{
    TokenizedDocument,
    pairs::{PairConfig, PairExample, sentence_pairs},
};
use embert_objectives::{
    masking::{Masked, MaskingConfig, MaskingVocabulary, mask_tokens},
    random::stream,
};
use rand::seq::SliceRandom;

use crate::error::Error;

/// Sequences of like length are put together within this many batches' worth
/// of examples: enough to waste little of attention's rectangle, few enough to
/// keep the order of the data random.
const BATCHES_SORTED_TOGETHER: usize = 16;

/// What one pre-training example is (BERT, appendix A.2): a masked token
/// sequence, its segments, what stood at the masked positions, and whether B
/// is a random sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// `[CLS] A [SEP] B [SEP]`, masked.
    pub ids: Vec<u32>,
    /// Segments, 0 and 1.
    pub type_ids: Vec<u32>,
    /// The masked positions and what stood there.
    pub masked: Masked,
    /// 0: B follows A. 1: B is random.
    pub next_sentence_label: u32,
}

/// Documents, and how examples are made of them.
#[derive(Clone, Debug)]
pub struct ExampleSource {
    /// The text.
    pub documents: Vec<TokenizedDocument>,
    /// How sentences become pairs.
    pub pairs: PairConfig,
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
        let pairs = sentence_pairs(&self.documents, &self.pairs, seed, epoch)?;
        let mask = |(index, pair): (u64, PairExample)| {
            let mut ids = pair.ids;
            let mut random = stream(b"masking ", seed, epoch, index);
            let masked = mask_tokens(&mut ids, &self.masking, &self.vocabulary, &mut random);
            Example { ids, type_ids: pair.type_ids, masked, next_sentence_label: u32::from(pair.is_random_next) }
        };
        Ok((0..).zip(pairs).map(mask).collect())
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
    /// For each sequence, 0: B follows A; 1: B is random.
    pub next_sentence_labels: Vec<u32>,
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
            next_sentence_labels: examples.iter().map(|e| e.next_sentence_label).collect(),
        })
    }
}
