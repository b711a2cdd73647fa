//! All the numbers of a fine-tuning, as `config.toml` has them.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
};

use embert_core::FamilyConfig;
use embert_train::{BatchSize, OptimizerSettings, Training};
use serde::{Deserialize, Serialize};

use crate::{
    AutoConfig,
    error::Error,
    run::{LEAST_LENGTH, PIECE_TOKENS, RunSettings, Said, ScheduleSettings, epochs_of, table_of, wrong},
    tasks::{Columns, Files, TaskName},
};

/// Of a step, where it is not said: as all published fine-tunings, about.
const BATCH_EXAMPLES: usize = 32;
const EPOCHS: f64 = 3.0;
/// The longest row, where it is not said; questions come with a text.
const MAX_LENGTH: usize = 128;
const MAX_LENGTH_OF_QUESTIONS: usize = 384;
/// The share of the steps until the highest rate is reached (BERT's code).
const WARMUP: f64 = 0.1;
/// The rate for a model of this width (BERT, appendix A.3); a narrower one takes larger steps.
const RATE: (f64, f64) = (5e-5, 768.0);

/// A fine-tuning, resolved: nothing is left to be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the model is to do.
    pub task: TaskName,
    /// The model that it begins as: a directory.
    pub model: PathBuf,
    /// A fresh head, the order of the data and dropout follow from it.
    pub seed: u64,
    /// The examples.
    pub data: DataSettings,
    /// How parameters move.
    pub optimizer: OptimizerSettings,
    /// How long, and at which rate.
    pub schedule: ScheduleSettings,
    /// How much at a time.
    pub batch: BatchSettings,
    /// What is told and kept, and in what is computed.
    pub run: RunSettings,
}

/// The examples of a fine-tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// What is trained on.
    pub train: PathBuf,
    /// What is held out.
    pub valid: PathBuf,
    /// The longest row, in tokens.
    pub max_length: usize,
    /// Columns of other names than those that are known.
    #[serde(default)]
    pub columns: Columns,
    /// Rows that are trained on and rows held out, as they were found.
    #[serde(default)]
    pub rows: [usize; 2],
    /// What both files held, in short.
    #[serde(default)]
    pub contents: [String; 2],
}

impl DataSettings {
    pub(super) fn files(&self) -> Files<'_> {
        let Self { train, valid, max_length, columns, .. } = self;
        Files { training: Some(train), held_out: valid, columns, max_length: *max_length }
    }

    /// Whether what is found of the files is what the run was begun with.
    ///
    /// # Errors
    /// Names the keys that differ.
    pub(super) fn agree(&self, rows: [usize; 2], contents: &[String; 2]) -> Result<(), Error> {
        let differs = |key: &str, was: &dyn Debug, now: &dyn Debug| format!("data.{key} (was {was:?}, now {now:?})");
        let mut keys = Vec::new();
        if self.rows != rows {
            keys.push(differs("rows", &self.rows, &rows));
        }
        if self.contents != *contents {
            keys.push(differs("contents", &self.contents, contents));
        }
        if keys.is_empty() { Ok(()) } else { Err(Error::OtherConfig { keys }) }
    }
}

/// How much a step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchSettings {
    /// Examples of a step of the optimiser.
    pub examples: usize,
    /// Tokens that are in memory together, about: a step sums up such pieces.
    pub micro_tokens: usize,
}

/// What stays open until the examples are counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    epochs: Option<f64>,
    steps: bool,
    warmup: bool,
    validation_examples: bool,
    validate_every: bool,
    save_every: bool,
}

impl Settings {
    /// Everything that does not depend on the examples, and what is still open; `model` is the config of the model in
    /// `said`.
    ///
    /// # Errors
    /// Names the key that is unknown or missing, or whose value is of another type.
    pub(super) fn of(
        said: &Said,
        model: impl FnOnce(&Path) -> Result<AutoConfig, Error>,
    ) -> Result<(Self, Open), Error> {
        for (key, flag) in [
            ("task", "--task"),
            ("model", "--model DIR"),
            ("data.train", "--train FILE"),
            ("data.valid", "--valid FILE"),
        ] {
            if !said.says(key) {
                return Err(wrong(key, &format!("it is missing; {flag} is expected where no run has begun")));
            }
        }
        let dir: PathBuf = said.value("model")?.unwrap_or_default();
        let model = model(&dir)?;
        let is_of_questions = said.value("task")? == Some(TaskName::QuestionAnswering);
        let max_length = if is_of_questions { MAX_LENGTH_OF_QUESTIONS } else { MAX_LENGTH };
        let longest = model.longest_sequence();
        let (rate, width) = RATE;
        let optimizer = OptimizerSettings {
            // Without it, small data sets are learned at some seeds only (Zhang et al. 2021, Revisiting Few-sample
            // BERT Fine-tuning).
            bias_correction: true,
            ..OptimizerSettings::bert(rate * width / model.layers().sizes.hidden_size as f64)
        };
        let mut all = Said::default();
        all.say("seed", 42);
        all.say("data.max_length", max_length.min(longest) as i64);
        all.say("optimizer", table_of(&optimizer)?);
        all.say("schedule.power", 1.0);
        all.say("batch", table_of(&BatchSettings { examples: BATCH_EXAMPLES, micro_tokens: PIECE_TOKENS })?);
        all.say("run", table_of(&RunSettings::default())?);
        all.lay_over(said);
        let epochs = epochs(&all)?;
        if let (Some(epochs), false) = (epochs, all.says("schedule.budget")) {
            all.say("schedule.budget", format!("{epochs} epochs"));
        }
        for key in ["schedule.steps", "schedule.warmup_steps"] {
            if !all.says(key) {
                all.say(key, 0);
            }
        }
        let settings: Self = all.settings()?;
        if settings.data.max_length > longest {
            let message = format!("it is {}; the model reads {longest} tokens at most", settings.data.max_length);
            return Err(wrong("data.max_length", &message));
        }
        if settings.data.max_length < LEAST_LENGTH {
            let message = format!("it is {}; {LEAST_LENGTH} or more are expected", settings.data.max_length);
            return Err(wrong("data.max_length", &message));
        }
        settings.run.check()?;
        let is_open = |key: &str| !said.says(key);
        let open = Open {
            epochs,
            steps: is_open("schedule.steps"),
            warmup: is_open("schedule.warmup_steps"),
            validation_examples: is_open("run.validation_examples"),
            validate_every: is_open("run.validate_every"),
            save_every: is_open("run.save_every"),
        };
        Ok((settings, open))
    }

    /// Chooses what depends on the number of rows.
    ///
    /// # Errors
    /// Where a number is one that no run can have.
    pub(super) fn choose(&mut self, open: Open) -> Result<(), Error> {
        let an_epoch = self.data.rows[0].div_ceil(self.batch.examples.max(1)).max(1);
        let schedule = &mut self.schedule;
        if let Some(epochs) = open.epochs {
            let steps = ((epochs * an_epoch as f64).round() as usize).max(1);
            // Another run's config has both, and of the same examples they agree.
            if !open.steps && schedule.steps != steps {
                let said = schedule.steps;
                let message = format!("it is {said}, and {epochs} epochs are {steps} steps; one of both is expected");
                return Err(wrong("schedule.steps", &message));
            }
            schedule.steps = steps;
        }
        if open.warmup {
            schedule.warmup_steps = (WARMUP * schedule.steps as f64).round() as usize;
        }
        if open.validation_examples {
            self.run.validation_examples = self.data.rows[1].max(1);
        }
        if open.validate_every {
            self.run.validate_every = an_epoch;
        }
        if open.save_every {
            self.run.save_every = self.run.validate_every;
        }
        Ok(self.training().check()?)
    }

    /// What the loop is told.
    pub fn training(&self) -> Training {
        let batch = (BatchSize::of_examples(self.batch.examples), self.batch.micro_tokens);
        self.run.training(self.seed, self.optimizer, &self.schedule, batch)
    }
}

/// How often the examples are gone through, where the number of steps is not said.
fn epochs(all: &Said) -> Result<Option<f64>, Error> {
    let budget: Option<String> = all.value("schedule.budget")?;
    let Some(budget) = budget else { return Ok((!all.says("schedule.steps")).then_some(EPOCHS)) };
    let number = budget.strip_suffix("epochs").ok_or("\"3 epochs\", or another number, is expected".to_owned());
    number
        .and_then(epochs_of)
        .map(Some)
        .map_err(|error| wrong("schedule.budget", &format!("it is {budget:?}; {error}")))
}
