//! Training: one loop, with everything that it decides derived from a seed.
//!
//! [`Training`] is the loop, an [`Objective`] what it minimises, a [`Source`] what it reads. Between two steps a training
//! is a [`State`], which [`save_state`] and [`load_state`] keep as a Hugging Face directory with what the next step needs
//! beside it: going on from there gives the same bits as never having stopped.

mod accuracy;
mod batches;
mod checkpoint;
mod clip;
mod clock;
mod data;
mod distillation;
mod error;
mod evaluate;
mod events;
mod json_lines;
pub mod metrics;
mod objective;
mod optimizer;
mod places;
mod precision;
mod pretraining;
mod ranks;
mod run_directory;
mod schedule;
mod score;
mod step;
pub mod tasks;
mod training;
mod unread;
mod workers;

pub use accuracy::{Accuracy, commonest_share};
pub use batches::{BatchSize, Batches, Position, batches};
pub use checkpoint::{TRAINING, load_state, read_progress, save_state};
pub use clip::{clip_factor, global_norm};
pub use data::{ExampleSource, Examples, InMemory, PreTrainingBatch, Source, StoredExamples, Tokens, pieces};
pub use distillation::Distil;
pub use error::Error;
pub use evaluate::evaluate;
pub use events::{Event, PartReport, Sample, Snapshot, StepReport, Validation};
pub use json_lines::JsonLines;
pub use objective::{Look, Objective, Part};
pub use optimizer::{Moment, Optimizer, OptimizerName, OptimizerSettings};
pub use precision::Precision;
pub use pretraining::{MaskedLm, PreTraining};
#[cfg(feature = "mpi")]
pub use ranks::World;
pub use ranks::{Alone, Ranks};
pub use run_directory::{RunDirectory, RunLock};
pub use schedule::Schedule;
pub use training::{Material, Progress, State, Training};
pub use workers::Workers;
