//! All the numbers of a run, as `config.toml` has them.

use std::path::PathBuf;

use embert_data::{CorpusOptions, store};
use embert_train::{BatchSize, OptimizerSettings, Training};
use serde::{Deserialize, Serialize};

use super::{DistillationSettings, ModelSettings, Recipe, Vocabulary};
use crate::{
    error::Error,
    run::{RunSettings, ScheduleSettings},
};

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

/// How much a step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchSettings {
    /// Tokens of a step of the optimiser, at most.
    pub tokens: usize,
    /// Tokens that are in memory together, about: a step sums up such pieces.
    pub micro_tokens: usize,
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
        self.run.check()?;
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
        let batch = (BatchSize::of_tokens(self.batch.tokens), self.batch.micro_tokens);
        self.run.training(self.seed, self.optimizer, &self.schedule, batch)
    }
}
