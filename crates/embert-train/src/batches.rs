//! From examples to batches, epoch after epoch.

use embert_objectives::random::stream;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::{
    data::{Examples, Source, Tokens},
    error::Error,
};

/// Sequences of like length are put together within this many batches' worth
/// of examples: enough to waste little of attention's rectangle, few enough to
/// keep the order of the data random.
const BATCHES_SORTED_TOGETHER: usize = 16;

/// What a batch has at most; one example it has always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSize {
    /// Tokens.
    pub tokens: usize,
    /// Examples.
    pub examples: usize,
}

impl BatchSize {
    /// So many tokens, in examples of any number.
    pub fn of_tokens(tokens: usize) -> Self {
        Self { tokens, examples: usize::MAX }
    }

    /// So many examples, of any length.
    pub fn of_examples(examples: usize) -> Self {
        Self { tokens: usize::MAX, examples }
    }

    fn times(self, number: usize) -> Self {
        Self { tokens: self.tokens.saturating_mul(number), examples: self.examples.saturating_mul(number) }
    }
}

/// How far a training has come in its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The pass over the data, from 0.
    pub epoch: u64,
    /// Examples of the epoch before the window.
    pub examples: u64,
    /// The window: examples that are dealt into batches together, from 0 in each epoch.
    pub window: u64,
    /// Batches of the window that have been taken.
    pub batches: usize,
}

/// The batches of a training, as many as are asked for.
pub struct Batches<'a, S: Source> {
    source: &'a S,
    size: BatchSize,
    seed: u64,
    position: Position,
    window_examples: u64,
    examples: Option<Examples<'a, S::Example>>,
    ready: Vec<Vec<S::Example>>, // the last is next
}

impl<'a, S: Source<Example: Tokens>> Batches<'a, S> {
    /// Batches of that size, from the beginning.
    pub fn new(source: &'a S, size: BatchSize, seed: u64) -> Self {
        let position = Position::default();
        Self { source, size, seed, position, window_examples: 0, examples: None, ready: Vec::new() }
    }

    /// The same batches, from `position` on. What comes before the position's window is not read.
    ///
    /// # Errors
    /// Where the examples cannot be had, or there are fewer than there were.
    pub fn at(source: &'a S, size: BatchSize, seed: u64, position: Position) -> Result<Self, Error> {
        let mut batches = Self::new(source, size, seed);
        batches.position = Position { batches: 0, ..position };
        if position.batches > 0 {
            batches.fill()?;
            for _ in 0..position.batches {
                batches.ready.pop().ok_or(Error::OtherData)?;
            }
            batches.position = position;
        }
        Ok(batches)
    }

    /// Where [`Batches::at`] goes on.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The next batch; after the last of an epoch, the first of the next one.
    ///
    /// # Errors
    /// Where an example cannot be had, or an epoch has fewer tokens than a batch.
    pub fn next_batch(&mut self) -> Result<Vec<S::Example>, Error> {
        loop {
            if let Some(batch) = self.ready.pop() {
                self.position.batches += 1;
                return Ok(batch);
            }
            if self.position.batches > 0 {
                self.position.examples += std::mem::take(&mut self.window_examples);
                self.position.window += 1;
                self.position.batches = 0;
            }
            self.fill()?;
        }
    }

    /// Deals the next window of examples.
    fn fill(&mut self) -> Result<(), Error> {
        let Position { epoch, examples: from, window: number, .. } = self.position;
        let examples = match &mut self.examples {
            Some(examples) => examples,
            None => self.examples.insert(self.source.epoch(self.seed, epoch, from)?),
        };
        let most = self.source.window_tokens(self.size.tokens);
        let (mut window, mut tokens) = (Vec::new(), 0);
        while tokens < most
            && let Some(example) = examples.next().transpose()?
        {
            tokens += example.tokens();
            window.push(example);
        }
        // A batch that is a number of examples may be the whole of a small file.
        let least = if self.size.tokens == usize::MAX { 1 } else { self.size.tokens };
        if number == 0 && tokens < least {
            return Err(Error::SmallerThanABatch { tokens, batch_tokens: least });
        }
        if window.is_empty() {
            self.examples = None;
            self.position = Position { epoch: epoch + 1, ..Position::default() };
            return Ok(());
        }
        self.window_examples = window.len() as u64;
        self.ready = batches(window, self.size, (self.seed, epoch, number));
        self.ready.reverse();
        Ok(())
    }
}

/// Deals the examples into batches of that size, sequences of like length together, in an order drawn from
/// `(seed, epoch, window)`.
pub fn batches<E: Tokens>(examples: Vec<E>, size: BatchSize, (seed, epoch, window): (u64, u64, u64)) -> Vec<Vec<E>> {
    let mut batches: Vec<Vec<E>> = deal(examples, size.times(BATCHES_SORTED_TOGETHER))
        .into_iter()
        .flat_map(|mut window| {
            window.sort_by_key(Tokens::tokens);
            deal(window, size)
        })
        .collect();
    batches.shuffle(&mut stream(b"batches ", seed, epoch, window));
    batches
}

/// Cuts the examples, in order, into runs of that size.
pub(crate) fn deal<E: Tokens>(examples: Vec<E>, size: BatchSize) -> Vec<Vec<E>> {
    let mut runs: Vec<Vec<E>> = Vec::new();
    let mut room = 0;
    for example in examples {
        let tokens = example.tokens();
        match runs.last_mut() {
            Some(run) if tokens <= room && run.len() < size.examples => {
                room -= tokens;
                run.push(example);
            }
            _ => {
                room = size.tokens.saturating_sub(tokens);
                runs.push(vec![example]);
            }
        }
    }
    runs
}
