//! Classes of texts: one of each text, or several at once. Figures are scikit-learn's, with `zero_division=0`.

use std::{
    collections::{BTreeMap, HashMap},
    iter::zip,
};

use super::counts::Counts;

/// The share of predictions that are right, in `[0, 1]`; NaN of none (`accuracy_score`).
pub fn accuracy(predicted: &[u32], truth: &[u32]) -> f64 {
    mean(zip(predicted, truth).map(|(predicted, truth)| f64::from(u8::from(predicted == truth))))
}

/// F1 of class 1, as MRPC and QQP of GLUE have it, in `[0, 1]`; 0 where class 1 is in neither (`f1_score`).
pub fn binary_f1(predicted: &[u32], truth: &[u32]) -> f64 {
    let mut counts = Counts::default();
    for (&predicted, &truth) in zip(predicted, truth) {
        counts.add(predicted == 1, truth == 1);
    }
    counts.f1()
}

/// The mean of the F1 of every class that is predicted or true somewhere, in `[0, 1]`; NaN of none (`f1_score` with
/// `average="macro"`).
pub fn macro_f1(predicted: &[u32], truth: &[u32]) -> f64 {
    // In order, so that the sum is the same each time.
    let mut classes: BTreeMap<u32, Counts> = BTreeMap::new();
    for (&predicted, &truth) in zip(predicted, truth) {
        classes.entry(predicted).or_default().add(true, predicted == truth);
        if predicted != truth {
            classes.entry(truth).or_default().add(false, true);
        }
    }
    mean(classes.values().map(Counts::f1))
}

/// The correlation of predicted and true classes, two or more of them, in `[-1, 1]`; 0 where either is the same
/// throughout (`matthews_corrcoef`; Gorodkin 2004, `R_K`).
pub fn matthews_correlation(predicted: &[u32], truth: &[u32]) -> f64 {
    let mut classes: HashMap<u32, Counts> = HashMap::new();
    for (predicted, truth) in zip(predicted, truth) {
        classes.entry(*predicted).or_default().predicted += 1;
        let counts = classes.entry(*truth).or_default();
        counts.actual += 1;
        counts.right += usize::from(predicted == truth);
    }
    // Sums of squares of counts are whole numbers: there is no rounding up to 94 million examples, so that what is the
    // same throughout is found out by a zero.
    let sum = |of: fn(&Counts) -> f64| classes.values().map(of).sum::<f64>();
    let all = sum(|class| class.actual as f64);
    let together = sum(|class| class.right as f64) * all - sum(|class| class.actual as f64 * class.predicted as f64);
    let of_predicted = all * all - sum(|class| class.predicted as f64 * class.predicted as f64);
    let of_truth = all * all - sum(|class| class.actual as f64 * class.actual as f64);
    let alone = of_predicted * of_truth;
    if alone == 0.0 { 0.0 } else { together / alone.sqrt() }
}

/// How often each of several labels was found, where a text has any number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelCounts {
    /// Of each label.
    labels: Vec<Counts>,
    /// Texts of which all labels are right.
    right: usize,
    /// Texts.
    all: usize,
}

impl LabelCounts {
    /// Counts rows of `[labels]`, one a text, that say of each label whether it applies.
    pub fn of(predicted: &[Vec<bool>], truth: &[Vec<bool>]) -> Self {
        let mut counts = Self { labels: Vec::new(), right: 0, all: 0 };
        for (predicted, truth) in zip(predicted, truth) {
            counts.labels.resize(counts.labels.len().max(predicted.len().min(truth.len())), Counts::default());
            for (label, (&predicted, &truth)) in zip(&mut counts.labels, zip(predicted, truth)) {
                label.add(predicted, truth);
            }
            counts.right += usize::from(zip(predicted, truth).all(|(predicted, truth)| predicted == truth));
            counts.all += 1;
        }
        counts
    }

    /// F1 of all labels counted together, in `[0, 1]` (`f1_score` with `average="micro"`).
    pub fn micro_f1(&self) -> f64 {
        self.labels.iter().copied().sum::<Counts>().f1()
    }

    /// The mean of the labels' F1, in `[0, 1]`; a label that is nowhere has 0; NaN of no labels (`f1_score` with
    /// `average="macro"`).
    pub fn macro_f1(&self) -> f64 {
        mean(self.labels.iter().map(Counts::f1))
    }

    /// The share of texts of which all labels are right, in `[0, 1]`; NaN of none (`accuracy_score`).
    pub fn exact_match(&self) -> f64 {
        self.right as f64 / self.all as f64
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}
