//! Steps that were taken, and of which nobody knows yet what they came to: the device need not be waited for.

use std::time::Instant;

use burn::tensor::Tensor;

use crate::{
    batches::Position,
    clock::Clock,
    error::Error,
    score::{Unread, read_numbers, sum_of},
    training::Progress,
};

/// Steps that are taken, at most, before it is looked whether they led into the void.
const MOST: usize = 32;

/// Where a training stands, for who wants to look at what a step was taken on.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) step: usize,
    pub(crate) position: Position,
    pub(crate) tokens: usize,
}

impl Place {
    pub(crate) fn not_finite(self, what: &'static str, found: f64) -> Error {
        let Self { step, position, tokens } = self;
        Error::NotFinite { step, what, found, position, tokens }
    }
}

/// A step that was taken, whose score is on the device.
struct UnreadStep {
    place: Place,
    scores: Vec<Unread>,
    norm: Option<Tensor<1>>,
}

/// The steps since the device was last waited for.
#[derive(Default)]
pub(crate) struct UnreadSteps {
    steps: Vec<UnreadStep>,
    /// The norm of the gradients of the last step that was read.
    last_norm: f64,
}

impl UnreadSteps {
    pub(crate) fn push(&mut self, place: Place, scores: Vec<Unread>, norm: Option<Tensor<1>>) {
        self.steps.push(UnreadStep { place, scores, norm });
    }

    pub(crate) fn is_full(&self) -> bool {
        self.steps.len() >= MOST
    }

    pub(crate) fn last_norm(&self) -> f64 {
        self.last_norm
    }

    /// Waits for the device, and counts the steps' scores.
    pub(crate) fn settle(&mut self, progress: &mut Progress, clock: &mut Clock) -> Result<(), Error> {
        let started = Instant::now();
        let steps = std::mem::take(&mut self.steps);
        let of_step = |step: &UnreadStep| {
            let scores: Vec<Tensor<1>> = step.scores.iter().flat_map(Unread::numbers).collect();
            scores.into_iter().chain(step.norm.clone())
        };
        let mut numbers = read_numbers(steps.iter().flat_map(of_step).collect())?;
        for UnreadStep { place, scores, norm } in steps {
            let score = sum_of(&scores, &mut numbers);
            if !score.loss().is_finite() {
                return Err(place.not_finite("loss", score.loss()));
            }
            self.last_norm = norm.and_then(|_| numbers.next()).unwrap_or(0.0).into();
            if !self.last_norm.is_finite() {
                return Err(place.not_finite("norm of the gradients", self.last_norm));
            }
            progress.since_report.add(score);
        }
        clock.add(started.elapsed(), 0, 0.0);
        Ok(())
    }
}
