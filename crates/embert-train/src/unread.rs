//! Steps that were taken, and of which nobody knows yet what they came to: the device need not be waited for.

use std::time::Instant;

use burn::tensor::Tensor;

use crate::{
    batches::Position,
    clock::Clock,
    error::Error,
    ranks::Ranks,
    score::{PartScore, Score, Unread, read_numbers},
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

/// What a batch's pieces came to, of those that are this rank's.
pub(crate) struct PieceScores {
    pub(crate) scores: Vec<Unread>,
    /// The number of the first of them.
    pub(crate) first: usize,
    /// Pieces of the batch, of all ranks.
    pub(crate) all: usize,
}

/// A step that was taken, whose score is on the device.
struct UnreadStep {
    place: Place,
    pieces: PieceScores,
    norm: Option<Tensor<1>>,
}

/// The steps since the device was last waited for.
pub(crate) struct UnreadSteps<'a> {
    ranks: &'a dyn Ranks,
    /// By what each part of the loss counts.
    weights: Vec<f64>,
    steps: Vec<UnreadStep>,
    /// The norm of the gradients of the last step that was read.
    last_norm: f64,
}

impl<'a> UnreadSteps<'a> {
    /// None yet, of a loss whose parts have these `weights`.
    pub(crate) fn new(ranks: &'a dyn Ranks, weights: Vec<f64>) -> Self {
        Self { ranks, weights, steps: Vec::new(), last_norm: 0.0 }
    }

    pub(crate) fn push(&mut self, place: Place, pieces: PieceScores, norm: Option<Tensor<1>>) {
        self.steps.push(UnreadStep { place, pieces, norm });
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
            let scores: Vec<Tensor<1>> = step.pieces.scores.iter().flat_map(Unread::numbers).collect();
            scores.into_iter().chain(step.norm.clone())
        };
        let mut numbers = read_numbers(steps.iter().flat_map(of_step).collect())?;
        for UnreadStep { place, pieces, norm } in steps {
            let score = self.sum_of(&pieces, &mut numbers)?;
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

    /// The sum of what the pieces of a batch came to on all ranks. Each piece's numbers go to its place among zeros, so that
    /// the ranks' sum has them as they are, and theirs is that of one rank.
    fn sum_of(&self, pieces: &PieceScores, numbers: &mut impl Iterator<Item = f32>) -> Result<Score, Error> {
        let parts = self.weights.len();
        let mut rows = vec![0.0; pieces.all * parts * PartScore::NUMBERS]; // [pieces, parts, numbers]
        let own = rows.chunks_mut((parts * PartScore::NUMBERS).max(1)).skip(pieces.first);
        for (row, piece) in own.zip(&pieces.scores) {
            let numbers = piece.score(numbers).0.into_iter().flat_map(PartScore::to_numbers);
            row.iter_mut().zip(numbers).for_each(|(place, number)| *place = number);
        }
        self.ranks.sum(&mut rows)?;
        let mut score = Score::default();
        for row in rows.chunks((parts * PartScore::NUMBERS).max(1)) {
            let parts = row.chunks(PartScore::NUMBERS).zip(&self.weights);
            score.add(Score(parts.map(|(numbers, weight)| PartScore::of_numbers(*weight, numbers)).collect()));
        }
        Ok(score)
    }
}
