//! What a text is.

use burn::tensor::activation::{sigmoid, softmax};
use embert_core::{Batch, FamilyConfig, Inference, Labels, Pass, ProblemType};
use serde::Serialize;

use super::{
    builder::Opening,
    pipeline::{Opened, Pipeline, Task},
    reader::{Numbered, Passage, Reader},
};
use crate::{auto::AutoModelForSequenceClassification, encode::floats, error::Error, schedule::Sequence};

/// A model that says what a text or a pair of texts is, or how much of something.
///
/// Its answers are all labels of the model, those with the highest scores first.
pub type Classifier = Pipeline<Classification>;

/// Texts to labels: what a [`Classifier`] does.
#[derive(Debug)]
pub struct Classification {
    model: Inference<AutoModelForSequenceClassification>,
    labels: Vec<String>,
    scale: Scale,
}

/// A label, and how much it is so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scored {
    /// As the model has it.
    pub label: String,
    /// A probability, but for a model of numbers.
    pub score: f32,
}

/// What becomes of a model's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// They stay.
    Numbers,
    /// Each label by itself.
    Sigmoid,
    /// One of all labels.
    Softmax,
}

impl Scale {
    /// As transformers' pipeline has it.
    fn of(labels: &Labels) -> Self {
        match labels.problem_type {
            Some(ProblemType::Regression) => Self::Numbers,
            Some(ProblemType::MultiLabelClassification) => Self::Sigmoid,
            _ if labels.num_labels == 1 => Self::Sigmoid,
            _ => Self::Softmax,
        }
    }
}

impl Task for Classification {
    type Options = ();
    type Input = Passage;
    type Output = Vec<Scored>;
    type About = ();
    type Part = Vec<f32>;

    fn open(of: &Opening<'_>, (): ()) -> Result<Opened<Self>, Error> {
        let (model, config, opened) = of.model()?;
        let (labels, scale) = (config.class_names(), Scale::of(&config.heads().labels));
        Ok(opened.with(Self { model, labels, scale }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<Passage>) -> Result<Vec<Sequence<()>>, Error> {
        reader.only_row(of.number, &of.input)
    }

    /// For each row, the score of each label.
    fn compute(&self, batch: &Batch, _: &[()]) -> Result<Vec<Vec<f32>>, Error> {
        let logits = self.model.forward(batch, &mut Pass::inference())?; // [rows, num_labels]
        let [_, labels] = logits.dims();
        let scores = match self.scale {
            Scale::Numbers => logits,
            Scale::Sigmoid => sigmoid(logits),
            Scale::Softmax => softmax(logits, 1),
        };
        Ok(floats(scores)?.chunks_exact(labels.max(1)).map(<[f32]>::to_vec).collect())
    }

    fn output(&self, parts: Vec<Vec<f32>>) -> Vec<Scored> {
        in_order(&self.labels, parts.into_iter().flatten())
    }
}

impl Pipeline<Classification> {
    /// The labels, in the model's order.
    pub fn labels(&self) -> &[String] {
        &self.task().labels
    }

    /// All labels for each text or pair of texts, those with the highest scores first.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn classify<T: Into<Passage> + Clone>(&self, texts: &[T]) -> Result<Vec<Vec<Scored>>, Error> {
        self.run(texts.iter().cloned())
    }
}

/// Labels with their scores, those with the highest first.
pub(super) fn in_order(labels: &[String], scores: impl IntoIterator<Item = f32>) -> Vec<Scored> {
    let of = |(label, score): (&String, f32)| Scored { label: label.clone(), score };
    let mut labels: Vec<Scored> = labels.iter().zip(scores).map(of).collect();
    labels.sort_by(|a, b| b.score.total_cmp(&a.score));
    labels
}
