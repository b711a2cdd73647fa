//! How often a model is right.

use std::collections::HashMap;

use burn::tensor::{Int, Tensor};
use embert_kernels::indices;
use serde::{Deserialize, Serialize};

/// Right answers among answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Right ones.
    pub right: usize,
    /// All.
    pub all: usize,
}

impl Accuracy {
    /// The highest class of each row of `logits`, `[rows, classes]`: `[rows]`.
    pub fn guesses(logits: Tensor<2>) -> Tensor<1, Int> {
        logits.argmax(1).squeeze_dim(1)
    }

    /// How many of `guesses`, one an answer, are right: `[1]`, on their device.
    pub(crate) fn right(guesses: &Tensor<1, Int>, answers: &[u32]) -> Tensor<1, Int> {
        assert_eq!(guesses.dims(), [answers.len()], "each guess has its answer");
        guesses.clone().equal(indices(answers, &guesses.device())).int().sum()
    }

    /// Adds the answers of another batch.
    pub fn add(&mut self, other: Self) {
        self.right += other.right;
        self.all += other.all;
    }

    /// Right ones among all, in `[0, 1]`; NaN of none.
    pub fn share(&self) -> f64 {
        self.right as f64 / self.all as f64
    }
}

/// The share of the commonest of `answers`: what one gets right by always
/// giving it.
pub fn commonest_share(answers: impl IntoIterator<Item = u32>) -> f64 {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    let mut all = 0;
    for answer in answers {
        *counts.entry(answer).or_default() += 1;
        all += 1;
    }
    counts.into_values().max().unwrap_or(0) as f64 / all as f64
}
