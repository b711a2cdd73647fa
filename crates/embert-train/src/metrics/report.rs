//! The figures of a task under the names that transformers' example scripts give them.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    classes::{LabelCounts, accuracy, binary_f1, macro_f1, matthews_correlation},
    correlation::{mean_squared_error, pearson, spearman},
    entities::{EntityCounts, token_accuracy},
};

/// Figures with names, in a fixed order. In JSON, an object; NaN is `null`.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics(Vec<(&'static str, f64)>);

impl Metrics {
    pub(crate) fn new(figures: impl Into<Vec<(&'static str, f64)>>) -> Self {
        Self(figures.into())
    }

    /// One class of each text: `accuracy`, `f1` (of class 1, where there are two `classes`), `macro_f1`,
    /// `matthews_correlation`.
    pub fn of_classes(predicted: &[u32], truth: &[u32], classes: usize) -> Self {
        let mut figures = vec![("accuracy", accuracy(predicted, truth))];
        if classes == 2 {
            figures.push(("f1", binary_f1(predicted, truth)));
        }
        figures.push(("macro_f1", macro_f1(predicted, truth)));
        figures.push(("matthews_correlation", matthews_correlation(predicted, truth)));
        Self(figures)
    }

    /// Any number of labels of each text, rows of `[labels]`: `f1` (of all labels together), `macro_f1`, `accuracy` (of
    /// whole rows).
    pub fn of_labels(predicted: &[Vec<bool>], truth: &[Vec<bool>]) -> Self {
        let counts = LabelCounts::of(predicted, truth);
        Self::new([("f1", counts.micro_f1()), ("macro_f1", counts.macro_f1()), ("accuracy", counts.exact_match())])
    }

    /// A number of each text: `pearson`, `spearmanr`, `mse`.
    pub fn of_numbers(predicted: &[f32], truth: &[f32]) -> Self {
        Self::new([
            ("pearson", pearson(predicted, truth)),
            ("spearmanr", spearman(predicted, truth)),
            ("mse", mean_squared_error(predicted, truth)),
        ])
    }

    /// A tag of each word: `precision`, `recall` and `f1` of entities, `accuracy` of tags.
    pub fn of_tags<S: AsRef<str>>(predicted: &[Vec<S>], truth: &[Vec<S>]) -> Self {
        let entities = EntityCounts::of(predicted, truth).all();
        Self::new([
            ("precision", entities.precision()),
            ("recall", entities.recall()),
            ("f1", entities.f1()),
            ("accuracy", token_accuracy(predicted, truth)),
        ])
    }

    /// The figure of that name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(other, _)| *other == name).map(|(_, figure)| figure)
    }

    /// All figures, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.0.iter().copied()
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, figure) in self.iter() {
            map.serialize_entry(name, &figure)?;
        }
        map.end()
    }
}
