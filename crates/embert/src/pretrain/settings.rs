//! All the numbers of a run, as `config.toml` has them.

use std::path::PathBuf;

use embert_data::{CorpusOptions, store};
use embert_train::{BatchSize, OptimizerSettings, Precision, Schedule, Training};
use serde::{Deserialize, Serialize};

use super::{DistillationSettings, ModelSettings, Recipe, Vocabulary};
use crate::error::Error;

/// Held-out examples that are told word for word.
const SAMPLES: usize = 4;

/// A run, resolved: nothing is left to be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whose recipe the numbers began as.
    pub recipe: Recipe,
    /// First weights, masks, the order of the data and dropout follow from it.
    pub seed: u64,
    /// The text.
    pub corpus: CorpusSettings,
    /// The tokenizer.
    pub tokenizer: Vocabulary,
    /// The model.
    pub model: ModelSettings,
    /// The model's teacher, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation: Option<DistillationSettings>,
    /// How examples are made of the text.
    pub data: store::Settings,
    /// How parameters move.
    pub optimizer: OptimizerSettings,
    /// How long, and at which rate.
    pub schedule: ScheduleSettings,
    /// How much at a time.
    pub batch: BatchSettings,
    /// What is told and kept, and in what is computed.
    pub run: RunSettings,
}

/// The text of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusSettings {
    /// Files, or folders of them.
    pub paths: Vec<PathBuf>,
    /// The share of the documents that is not trained on, in `(0, 1)`; two documents at the least.
    pub held_out: f64,
    /// The column, or the field of JSON lines, with the text.
    pub text_column: String,
    /// Whether bytes that are not UTF-8 become U+FFFD.
    pub lossy: bool,
}

impl CorpusSettings {
    /// How the files are read.
    pub fn options(&self) -> CorpusOptions {
        CorpusOptions { text_column: self.text_column.clone(), lossy: self.lossy }
    }
}

/// The length of a run, and its learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSettings {
    /// Steps in all.
    pub steps: usize,
    /// Steps until the highest rate is reached.
    pub warmup_steps: usize,
    /// Of the decay after that: 1 is a straight line.
    pub power: f64,
    /// What the number of steps was chosen for, where it was: `30m`, or `5000000 tokens`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
}

/// How much a step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchSettings {
    /// Tokens of a step of the optimiser, at most.
    pub tokens: usize,
    /// Tokens that are in memory together, about: a step sums up such pieces.
    pub micro_tokens: usize,
}

/// What is told and kept of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Steps from one line of metrics.jsonl to the next.
    pub log_every: usize,
    /// Steps from one look at the held-out documents to the next.
    pub validate_every: usize,
    /// Held-out examples that are looked at, at most.
    pub validation_examples: usize,
    /// Steps from one checkpoint to the next.
    pub save_every: usize,
    /// Checkpoints that are kept, besides the best model.
    pub keep_checkpoints: usize,
    /// What a step computes in; weights are f32 always.
    pub dtype: Precision,
    /// Whether element-wise results are computed again on the way back, instead of being kept.
    pub gradient_checkpointing: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            log_every: 10,
            validate_every: 100,
            validation_examples: 1024,
            save_every: 500,
            keep_checkpoints: 2,
            dtype: Precision::F32,
            gradient_checkpointing: false,
        }
    }
}

impl Settings {
    /// # Errors
    /// Where a number is one that no run can have. Where the steps are still to be chosen, how they fit the warm-up is not
    /// looked at.
    pub(super) fn check(&self, steps_are_open: bool) -> Result<(), Error> {
        let wrong = |key: &str, message: String| Err(Error::Setting { key: key.to_owned(), message });
        let held_out = self.corpus.held_out;
        if !(held_out > 0.0 && held_out < 1.0) {
            return wrong("corpus.held_out", format!("it is {held_out}; a number between 0 and 1 is expected"));
        }
        if self.run.keep_checkpoints == 0 {
            return wrong("run.keep_checkpoints", "it is 0; 1 or more is expected".into());
        }
        if let Err(error) = self.data.check() {
            return wrong("data", error.to_string());
        }
        let mut training = self.training();
        if steps_are_open {
            training.schedule.steps = usize::MAX;
        }
        Ok(training.check()?)
    }

    /// What the loop is told.
    pub fn training(&self) -> Training {
        let ScheduleSettings { steps, warmup_steps, power, .. } = self.schedule;
        Training {
            optimizer: self.optimizer,
            schedule: Schedule { steps, warmup_steps, power },
            batch: BatchSize::of_tokens(self.batch.tokens),
            micro_batch_tokens: self.batch.micro_tokens,
            seed: self.seed,
            precision: self.run.dtype,
            gradient_checkpointing: self.run.gradient_checkpointing,
            log_every: self.run.log_every,
            validate_every: self.run.validate_every,
            validation_examples: self.run.validation_examples,
            samples: SAMPLES,
            save_every: self.run.save_every,
            patience: None,
        }
    }
}
