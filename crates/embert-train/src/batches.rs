//! From examples to batches, epoch after epoch.

use embert_data::Example;
use embert_objectives::random::stream;
use rand::seq::SliceRandom;

use crate::{data::Source, error::Error};

/// Sequences of like length are put together within this many batches' worth
/// of examples: enough to waste little of attention's rectangle, few enough to
/// keep the order of the data random.
const BATCHES_SORTED_TOGETHER: usize = 16;

/// The batches of a training, as many as are asked for.
pub struct Batches<'a, S> {
    source: &'a S,
    batch_tokens: usize,
    seed: u64,
    epoch: u64,  // of the next examples
    window: u64, // of its examples, the next one
    examples: Option<Box<dyn Iterator<Item = Result<Example, Error>> + 'a>>,
    ready: Vec<Vec<Example>>, // the last is next
}

impl<'a, S: Source> Batches<'a, S> {
    /// Batches of at most `batch_tokens` tokens, or one example.
    pub fn new(source: &'a S, batch_tokens: usize, seed: u64) -> Self {
        Self { source, batch_tokens, seed, epoch: 0, window: 0, examples: None, ready: Vec::new() }
    }

    /// The next batch; after the last of an epoch, the first of the next one.
    ///
    /// # Errors
    /// Where an example cannot be had, or an epoch has none.
    pub fn next_batch(&mut self) -> Result<Vec<Example>, Error> {
        loop {
            if let Some(batch) = self.ready.pop() {
                return Ok(batch);
            }
            self.fill()?;
        }
    }

    /// Deals the next window of examples.
    fn fill(&mut self) -> Result<(), Error> {
        let examples = match &mut self.examples {
            Some(examples) => examples,
            None => self.examples.insert(self.source.epoch(self.seed, self.epoch)?),
        };
        let most = self.batch_tokens.saturating_mul(self.source.batches_together());
        let (mut window, mut tokens) = (Vec::new(), 0);
        while tokens < most
            && let Some(example) = examples.next().transpose()?
        {
            tokens += example.ids.len();
            window.push(example);
        }
        if window.is_empty() {
            if self.window == 0 {
                return Err(embert_data::Error::EmptyCorpus.into());
            }
            (self.examples, self.epoch, self.window) = (None, self.epoch + 1, 0);
            return Ok(());
        }
        self.ready = batches(window, self.batch_tokens, (self.seed, self.epoch, self.window));
        self.ready.reverse();
        self.window += 1;
        Ok(())
    }
}

/// Deals the examples into batches of at most `batch_tokens` tokens (or one
/// example), sequences of like length together, in an order drawn from
/// `(seed, epoch, window)`.
pub fn batches(
    examples: Vec<Example>,
    batch_tokens: usize,
    (seed, epoch, window): (u64, u64, u64),
) -> Vec<Vec<Example>> {
    let window_tokens = batch_tokens.saturating_mul(BATCHES_SORTED_TOGETHER);
    let mut batches: Vec<Vec<Example>> = deal(examples, window_tokens)
        .into_iter()
        .flat_map(|mut window| {
            window.sort_by_key(|example| example.ids.len());
            deal(window, batch_tokens)
        })
        .collect();
    batches.shuffle(&mut stream(b"batches ", seed, epoch, window));
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
