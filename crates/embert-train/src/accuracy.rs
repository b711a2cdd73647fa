//! How often a model is right.

use std::collections::HashMap;

use burn::tensor::{Tensor, TensorReadError};
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
    /// The highest class of each row of `logits`, `[rows, classes]`.
    ///
    /// # Errors
    /// Where the device does not give its values back.
    pub fn guesses(logits: Tensor<2>) -> Result<Vec<u32>, TensorReadError> {
        let guesses = logits.argmax(1).try_into_data()?.convert::<i64>();
        Ok(guesses.as_slice::<i64>().unwrap_or_default().iter().map(|&class| class as u32).collect())
    }

    /// How many of `guesses` are the answer.
    pub fn of(guesses: &[u32], answers: &[u32]) -> Self {
        let right = guesses.iter().zip(answers).filter(|(guess, answer)| guess == answer).count();
        Self { right, all: answers.len() }
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
