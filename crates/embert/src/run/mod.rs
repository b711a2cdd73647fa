//! What every training has, whatever it learns: a folder that is its own, a config that is agreed with, checkpoints, and
//! a record.
//!
//! What is said of a run ([`Said`]) is laid over what is so by default and becomes settings; [`pretrain`](crate::pretrain)
//! and [`finetune`](crate::finetune) say which. Its folder holds, besides what
//! [`RunDirectory`](embert_train::RunDirectory) keeps:
//!
//! | file | what |
//! | --- | --- |
//! | `config.toml` | every number of the run |
//! | `report.html`, `events.out.tfevents.…` | its metrics as a page, and for TensorBoard |
//! | `batches.jsonl` | what the model was shown in the first steps, where that is asked for |

mod folder;
mod job;
mod ranks;
mod record;
mod said;
mod settings;

use std::path::PathBuf;

use embert_train::{StepReport, Validation};

use crate::AutoConfig;

pub(crate) use folder::{CONFIG, DATA, DISTILL, FINETUNE, Folder, PRETRAIN, TOKENIZER};
pub(crate) use job::{Job, Scribe, Stand, first, fresh_model, state};
pub(crate) use ranks::{Hold, hear_ready, say_over, say_ready};
pub(crate) use said::{table_of, to_toml, wrong};

pub use folder::remove_run;
pub use said::Said;
pub(crate) use settings::PIECE_TOKENS;

pub use settings::{LEAST_LENGTH, RunSettings, ScheduleSettings, epochs_of};

/// What has happened in a training.
#[derive(Clone, Debug)]
pub enum Event {
    /// The model is there.
    Model {
        /// Its sizes.
        config: Box<AutoConfig>,
        /// Its parameters.
        parameters: usize,
        /// The steps that it has been trained for.
        step: usize,
    },
    /// Steps were taken.
    Step(StepReport),
    /// The held-out examples were looked at.
    Validated(Validation),
    /// A checkpoint was kept.
    Saved {
        /// Its steps.
        step: usize,
        /// The model, a Hugging Face directory.
        model: PathBuf,
    },
}

/// A run that came to its end, or was stopped.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The model, a Hugging Face directory.
    pub model: PathBuf,
    /// A page about the run.
    pub report: PathBuf,
    /// The steps that it has been trained for.
    pub step: usize,
    /// Whether it came to its end.
    pub is_finished: bool,
    /// The last look at the held-out examples, if this process took one.
    pub validation: Option<Validation>,
}
