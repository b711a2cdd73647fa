//! What can stop a training.

use std::path::PathBuf;

use burn::tensor::TensorReadError;
use embert_core::{InputError, WidthError};
use embert_objectives::losses::LabelError;

use crate::batches::Position;

/// Why a training cannot start, or did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting that no training can have.
    #[error("{name} is {found}; {expected} is expected")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// The corpus gives no examples.
    #[error(transparent)]
    Data(#[from] embert_data::Error),
    /// There are too few examples.
    #[error(
        "all the examples have {tokens} tokens; a step takes {batch_tokens}: a smaller batch or more text is needed"
    )]
    SmallerThanABatch {
        /// Tokens of an epoch.
        tokens: usize,
        /// Tokens of a step.
        batch_tokens: usize,
    },
    /// There is nothing to look at.
    #[error("there are no examples")]
    NoExamples,
    /// What was trained on is not there any more.
    #[error("the examples are not those that the training began with: there are fewer of them")]
    OtherData,
    /// The examples cannot be masked.
    #[error(transparent)]
    Masking(#[from] embert_objectives::Error),
    /// The examples do not fit the model.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A target is not one of the model's classes.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// A question with too few answers to choose among.
    #[error("a question has {found} answer(s); 2 or more are expected")]
    TooFewChoices {
        /// How many it has.
        found: usize,
    },
    /// Pairs of which some have a score and some have none.
    #[error("a pair has no score, and others have one; a score for every pair is expected, or for none")]
    NoScore,
    /// What makes vectors of sentences does not fit the model.
    #[error(transparent)]
    Width(#[from] WidthError),
    /// The loss is no number any more.
    #[error(
        "the {what} of step {step} is {found} (epoch {}, batch {} of window {}, {tokens} tokens); a lower learning rate may help",
        position.epoch, position.batches, position.window
    )]
    NotFinite {
        /// The step, from 1.
        step: usize,
        /// The loss, or the gradients' norm.
        what: &'static str,
        /// NaN or an infinity.
        found: f64,
        /// Where its batch ends in the data.
        position: Position,
        /// Tokens of the batch.
        tokens: usize,
    },
    /// A checkpoint could not be written or read.
    #[error(transparent)]
    Checkpoint(#[from] embert_checkpoint::Error),
    /// A state that is no JSON.
    #[error("the state of the training cannot be written: {message}")]
    State {
        /// Why.
        message: String,
    },
    /// A file of the run could not be written or read.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another run is writing there.
    #[error("{}: another run is using this folder", dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// A line of a file that a run keeps is not one of a run.
    #[error("{}: line {line} has no step", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The other ranks of a training cannot be reached, or are not what they should be.
    #[error("ranks: {message}")]
    Ranks {
        /// Why.
        message: String,
    },
    /// The system gives no threads.
    #[error("no threads to work with: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The device did not give its values back.
    #[error("the device does not give its values back: {0}")]
    Device(#[from] TensorReadError),
}
