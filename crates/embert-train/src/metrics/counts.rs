//! What precision, recall and F1 are made of.

use std::iter::Sum;

/// How often something was found, and how often it was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often it was found where it is.
    pub right: usize,
    /// How often it was found.
    pub predicted: usize,
    /// How often it is there.
    pub actual: usize,
}

impl Counts {
    /// The share of what was found that is there, in `[0, 1]`; 0 where nothing was found.
    pub fn precision(&self) -> f64 {
        share(self.right, self.predicted)
    }

    /// The share of what is there that was found, in `[0, 1]`; 0 where nothing is there.
    pub fn recall(&self) -> f64 {
        share(self.right, self.actual)
    }

    /// The harmonic mean of precision and recall, in `[0, 1]`; 0 where nothing was found and nothing is there.
    pub fn f1(&self) -> f64 {
        share(2 * self.right, self.predicted + self.actual)
    }

    /// Adds an answer: whether the thing was found, and whether it is there.
    pub(crate) fn add(&mut self, predicted: bool, actual: bool) {
        self.right += usize::from(predicted && actual);
        self.predicted += usize::from(predicted);
        self.actual += usize::from(actual);
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            right: a.right + b.right,
            predicted: a.predicted + b.predicted,
            actual: a.actual + b.actual,
        })
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
