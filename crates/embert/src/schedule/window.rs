//! The input, cut into windows: as much of it as is in memory at a time.

use std::{
    iter::Fuse,
    sync::atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;

use super::{Schedule, Sequence, Text};
use crate::error::Error;

/// How many inputs one task tokenizes: enough to pay for the task, few enough to keep all cores busy.
const INPUTS_PER_TASK: usize = 32;

/// The rows of each input of one window after another, and at last the error that ended the input.
pub(super) struct Windows<'a, N, F, E> {
    schedule: Schedule,
    inputs: Fuse<N>,
    tokenize: &'a F,
    /// Nobody waits for another window.
    is_over: &'a AtomicBool,
    /// Stands after the rows that were given last.
    error: Option<E>,
}

impl<'a, N: Iterator, F, E> Windows<'a, N, F, E> {
    pub(super) fn new(schedule: Schedule, inputs: N, tokenize: &'a F, is_over: &'a AtomicBool) -> Self {
        Self { schedule, inputs: inputs.fuse(), tokenize, is_over, error: None }
    }
}

impl<I, A, E, N, F> Iterator for Windows<'_, N, F, E>
where
    I: Text,
    A: Send,
    E: From<Error>,
    N: Iterator<Item = Result<I, E>>,
    F: Fn(I) -> Result<Vec<Sequence<A>>, Error> + Sync,
{
    type Item = Result<Vec<Vec<Sequence<A>>>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let inputs = self.read();
        if inputs.is_empty() {
            return self.error.take().map(Err);
        }
        let rows_of: Vec<Result<Vec<Sequence<A>>, Error>> =
            inputs.into_par_iter().with_min_len(INPUTS_PER_TASK).map(self.tokenize).collect();
        let mut rows = Vec::with_capacity(rows_of.len());
        for of_input in rows_of {
            match of_input {
                Ok(of_input) => rows.push(of_input),
                Err(error) => {
                    // What could not be read stands after it.
                    self.error = Some(error.into());
                    break;
                }
            }
        }
        Some(Ok(rows))
    }
}

impl<I: Text, E, N: Iterator<Item = Result<I, E>>, F> Windows<'_, N, F, E> {
    /// The inputs of the next window: none where there is no other.
    fn read(&mut self) -> Vec<I> {
        let (mut inputs, mut bytes) = (Vec::new(), 0);
        while !self.is_over.load(Ordering::Relaxed) {
            match self.inputs.next() {
                Some(Ok(input)) => {
                    bytes += input.bytes();
                    inputs.push(input);
                }
                Some(Err(error)) => {
                    self.error = Some(error);
                    break;
                }
                None => break,
            }
            if inputs.len() >= self.schedule.window_inputs || bytes >= self.schedule.window_bytes {
                break;
            }
        }
        inputs
    }
}
