//! Training: one loop, with everything that it decides derived from a seed.

mod accuracy;
mod batches;
mod clip;
mod data;
mod error;
mod optimizer;
mod pretrain;
mod run_directory;
mod schedule;
mod step;
mod workers;

pub use accuracy::{Accuracy, commonest_share};
pub use batches::{Batches, batches};
pub use clip::clip_global_norm;
pub use data::{ExampleSource, PreTrainingBatch, Source, StoredExamples};
pub use error::Error;
pub use optimizer::{AdamWSettings, adamw};
pub use pretrain::{Event, Outcome, PreTrain, StepReport, Validation};
pub use run_directory::{RunDirectory, to_json};
pub use schedule::LinearSchedule;
