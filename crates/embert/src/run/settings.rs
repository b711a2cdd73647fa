//! The settings that every training has, as `config.toml` has them.

use embert_train::{BatchSize, OptimizerSettings, Precision, Schedule, Training};
use serde::{Deserialize, Serialize};

use super::said::wrong;
use crate::error::Error;

/// Tokens that a core works on at a time. Its tensors then stay in its cache, and a batch of a few thousand tokens gives
/// work to several cores.
pub(crate) const PIECE_TOKENS: usize = 768;
/// Held-out examples that are told word for word.
const SAMPLES: usize = 4;

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
    /// What the number of steps was chosen for, where it was: `30m`, `5000000 tokens` or `3 epochs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
}

/// More are nobody's.
const MOST_EPOCHS: f64 = 1e6;
/// The shortest longest row, in tokens: a pair has four special tokens at most, and something between them.
pub const LEAST_LENGTH: usize = 8;

/// How often examples are gone through: `3`, or `0.5`.
///
/// # Errors
/// Where it is no such number.
pub fn epochs_of(number: &str) -> Result<f64, String> {
    let number = number.trim().parse().ok().filter(|number: &f64| *number > 0.0 && *number <= MOST_EPOCHS);
    number.ok_or_else(|| format!("a number above 0, and at most {MOST_EPOCHS}, is expected"))
}

/// What is told and kept of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSettings {
    /// Steps from one line of metrics.jsonl to the next.
    pub log_every: usize,
    /// Steps from one look at the held-out examples to the next.
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
    /// So many looks at the held-out examples in a row without a better model end the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
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
            patience: None,
        }
    }
}

impl RunSettings {
    /// What the loop is told, of this and the rest.
    pub(crate) fn training(
        &self,
        seed: u64,
        optimizer: OptimizerSettings,
        schedule: &ScheduleSettings,
        (batch, micro_batch_tokens): (BatchSize, usize),
    ) -> Training {
        let &ScheduleSettings { steps, warmup_steps, power, .. } = schedule;
        Training {
            optimizer,
            schedule: Schedule { steps, warmup_steps, power },
            batch,
            micro_batch_tokens,
            seed,
            precision: self.dtype,
            gradient_checkpointing: self.gradient_checkpointing,
            log_every: self.log_every,
            validate_every: self.validate_every,
            validation_examples: self.validation_examples,
            samples: SAMPLES,
            save_every: self.save_every,
            patience: self.patience,
        }
    }

    /// # Errors
    /// Where a number is one that no run can have.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.keep_checkpoints == 0 {
            return Err(wrong("run.keep_checkpoints", "it is 0; 1 or more is expected"));
        }
        Ok(())
    }
}
