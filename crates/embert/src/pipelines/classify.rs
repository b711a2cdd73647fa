//! What a text is.

use std::path::Path;

use burn::tensor::activation::{sigmoid, softmax};
use embert_core::{Batch, FamilyConfig, Inference, Labels, Pass, ProblemType};
use embert_tokenizer::Encodings;
use serde::Serialize;

use super::reader::{Numbered, Passage, ReadSettings, Reader, numbered};
use crate::{
    auto::AutoModelForSequenceClassification,
    encode::floats,
    error::Error,
    open::{RunOn, open_with_head},
    schedule::Sequence,
};

/// A model that says what a text is, or how much of something.
#[derive(Debug)]
pub struct Classifier {
    reader: Reader,
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

impl Classifier {
    /// Opens the model in `dir`.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(dir: &Path, settings: ReadSettings, on: impl Into<RunOn>) -> Result<(Self, Vec<String>), Error> {
        let (model, config, warnings) = open_with_head(dir, &on.into())?;
        let reader = Reader::open(dir, &config, settings)?;
        let labels = config.class_names();
        let scale = Scale::of(&config.heads().labels);
        Ok((Self { reader, model, labels, scale }, warnings))
    }

    /// The labels, in the model's order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many texts so far were longer than the model reads, and were cut.
    pub fn cut(&self) -> usize {
        self.reader.cut()
    }

    /// All labels for each text or pair of texts, those with the highest scores first.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn classify<T: Into<Passage> + Clone + Sync>(&self, texts: &[T]) -> Result<Vec<Vec<Scored>>, Error> {
        let mut all = Vec::with_capacity(texts.len());
        self.classify_each(texts.iter().cloned().map(Ok), |labels| {
            all.push(labels);
            Ok::<_, Error>(())
        })?;
        Ok(all)
    }

    /// Gives `sink` what [`classify`](Self::classify) gives, for each text, in the order of the texts, as they come: of any
    /// number of texts, only some are in memory at a time.
    ///
    /// # Errors
    /// The first of a text that cannot be read, one that cannot be encoded, and `sink`.
    pub fn classify_each<T: Into<Passage>, E: From<Error> + Send>(
        &self,
        texts: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
        mut sink: impl FnMut(Vec<Scored>) -> Result<(), E>,
    ) -> Result<(), E> {
        let schedule = self.reader.settings.schedule;
        let row = |text: Numbered| {
            let Encodings { ids, type_ids, .. } = self.reader.row(&text)?;
            Ok(vec![Sequence { ids, type_ids, about: () }])
        };
        schedule.run(numbered(texts), row, |batch, _| self.scores(batch), |scores| sink(self.in_order(scores)))
    }

    /// For each row, the score of each label.
    fn scores(&self, batch: &Batch) -> Result<Vec<Vec<f32>>, Error> {
        let logits = self.model.forward(batch, &mut Pass::inference())?; // [rows, num_labels]
        let [_, labels] = logits.dims();
        let scores = match self.scale {
            Scale::Numbers => logits,
            Scale::Sigmoid => sigmoid(logits),
            Scale::Softmax => softmax(logits, 1),
        };
        Ok(floats(scores)?.chunks_exact(labels.max(1)).map(<[f32]>::to_vec).collect())
    }

    fn in_order(&self, scores: Vec<f32>) -> Vec<Scored> {
        let of = |(label, score): (&String, f32)| Scored { label: label.clone(), score };
        let mut labels: Vec<Scored> = self.labels.iter().zip(scores).map(of).collect();
        labels.sort_by(|a, b| b.score.total_cmp(&a.score));
        labels
    }
}
