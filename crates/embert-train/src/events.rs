//! What a training tells while it runs.

use serde_json::{Map, Value, json};

use crate::{
    accuracy::{Accuracy, commonest_share},
    metrics::Metrics,
    objective::Objective,
    optimizer::Optimizer,
    score::Score,
    training::Progress,
};

/// What has happened.
#[derive(Debug)]
pub enum Event<'a, O: Objective> {
    /// A step is about to be taken.
    Batch {
        /// Its number, from 1.
        step: usize,
        /// What the model is shown.
        examples: &'a [O::Example],
    },
    /// A step that is to be logged was taken.
    Step(&'a StepReport),
    /// The held-out examples were looked at.
    Validated {
        /// What came of it.
        validation: &'a Validation,
        /// Some of them, and the model's answers to the first part's questions.
        samples: &'a [Sample<O::Example>],
        /// The model that looked.
        model: &'a O::Model,
    },
    /// All that has been told so far is to be kept.
    Save(Snapshot<'a, O::Model>),
}

/// A training between two steps, as it is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a, M> {
    /// The model, without gradients.
    pub model: &'a M,
    /// The optimiser with its moments.
    pub optimizer: &'a Optimizer,
    /// How far it has come.
    pub progress: &'a Progress,
}

/// The state of a training after a step.
#[derive(Clone, Debug)]
pub struct StepReport {
    /// Steps taken.
    pub step: usize,
    /// Mean over the steps since the last report.
    pub loss: f64,
    /// The same, of each part of the loss.
    pub parts: Vec<PartReport>,
    /// The rate of this step.
    pub learning_rate: f64,
    /// The norm of all gradients together, before they were clipped.
    pub gradient_norm: f64,
    /// Tokens trained on so far.
    pub tokens: u64,
    /// Over the steps since the last report.
    pub tokens_per_second: f64,
    /// Floating-point operations a second, counted from the model's matrices, over the same steps.
    pub flops_per_second: f64,
}

/// One part of a loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartReport {
    /// Its name: `mlm`.
    pub name: &'static str,
    /// Its mean.
    pub loss: f64,
    /// How often the model's answer was right.
    pub accuracy: Accuracy,
}

impl StepReport {
    pub(crate) fn new(
        names: &[&'static str],
        progress: &Progress,
        steps: usize,
        score: &Score,
        (tokens_per_second, flops_per_second): (f64, f64),
    ) -> Self {
        let mean = |loss: f64| loss / steps as f64;
        Self {
            step: progress.step,
            loss: mean(score.loss()),
            parts: PartReport::all(names, score).map(|part| PartReport { loss: mean(part.loss), ..part }).collect(),
            learning_rate: 0.0,
            gradient_norm: 0.0,
            tokens: progress.tokens,
            tokens_per_second,
            flops_per_second,
        }
    }

    pub(crate) fn with(self, learning_rate: f64, gradient_norm: f64) -> Self {
        Self { learning_rate, gradient_norm, ..self }
    }

    /// As a line of `metrics.jsonl` has it.
    pub fn to_json(&self) -> Value {
        let mut line = Map::new();
        line.insert("event".into(), json!("step"));
        line.insert("step".into(), json!(self.step));
        line.insert("loss".into(), json!(self.loss));
        for part in &self.parts {
            line.insert(format!("{}_loss", part.name), json!(part.loss));
        }
        for part in self.parts.iter().filter(|part| part.asks()) {
            line.insert(format!("{}_accuracy", part.name), json!(part.accuracy.share()));
        }
        line.insert("learning_rate".into(), json!(self.learning_rate));
        line.insert("gradient_norm".into(), json!(self.gradient_norm));
        line.insert("tokens".into(), json!(self.tokens));
        line.insert("tokens_per_second".into(), json!(self.tokens_per_second));
        line.insert("gflops_per_second".into(), json!(self.flops_per_second / 1e9));
        Value::Object(line)
    }
}

impl PartReport {
    /// Whether there are answers that can be right.
    pub fn asks(&self) -> bool {
        self.accuracy.all > 0
    }

    fn all(names: &[&'static str], score: &Score) -> impl Iterator<Item = Self> {
        let parts = names.iter().zip(&score.0);
        parts.map(|(&name, part)| Self { name, loss: part.loss, accuracy: part.accuracy })
    }
}

/// What a model knows of examples that it was not trained on.
#[derive(Clone, Debug)]
pub struct Validation {
    /// Steps taken.
    pub step: usize,
    /// The weighted sum of the parts.
    pub loss: f64,
    /// Each part of the loss, and for each the share of its commonest answer: what always giving it gets right.
    pub parts: Vec<(PartReport, f64)>,
    /// How good the answers are, where the task has figures for that.
    pub metrics: Option<Metrics>,
    /// Whether none before was as good: by the loss, or by the figure that the objective goes by.
    pub is_best: bool,
}

/// A held-out example, and the model's answers.
#[derive(Clone, Debug)]
pub struct Sample<E> {
    /// The example.
    pub example: E,
    /// An answer for each of its questions.
    pub guesses: Vec<u32>,
}

impl Validation {
    pub(crate) fn new<O: Objective>(objective: &O, step: usize, score: &Score, examples: &[O::Example]) -> Self {
        let commonest = |part: usize| {
            let answers = examples.iter().map(|example| objective.answers(example));
            commonest_share(answers.flat_map(|mut parts| parts.swap_remove(part)))
        };
        let parts = PartReport::all(objective.parts(), score).enumerate();
        Self {
            step,
            loss: score.loss(),
            parts: parts.map(|(index, part)| (part, commonest(index))).collect(),
            metrics: None,
            is_best: false,
        }
    }

    /// As a line of `metrics.jsonl` has it, but for the samples, whose text is not known here.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut line = Map::new();
        line.insert("event".into(), json!("validated"));
        line.insert("step".into(), json!(self.step));
        line.insert("valid_loss".into(), json!(self.loss));
        for (part, baseline) in &self.parts {
            line.insert(format!("valid_{}_loss", part.name), json!(part.loss));
            if !part.asks() {
                continue;
            }
            line.insert(format!("valid_{}_accuracy", part.name), json!(part.accuracy.share()));
            line.insert(format!("valid_{}_baseline", part.name), json!(baseline));
        }
        for (name, figure) in self.metrics.iter().flat_map(Metrics::iter) {
            line.insert(format!("valid_{name}"), json!(figure));
        }
        line
    }
}
