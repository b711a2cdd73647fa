//! What can stop a training.

use std::path::PathBuf;

use burn::tensor::TensorReadError;
use embert_core::InputError;
use embert_objectives::losses::LabelError;

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
    /// The examples cannot be masked.
    #[error(transparent)]
    Masking(#[from] embert_objectives::Error),
    /// The examples do not fit the model.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A target is not one of the model's classes.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The loss is no number any more.
    #[error("the loss of step {step} is {loss}; a lower learning rate may help")]
    NotFinite {
        /// The step, from 0.
        step: usize,
        /// NaN or an infinity.
        loss: f64,
    },
    /// A file of the run could not be written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The system gives no threads.
    #[error("no threads to work with: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The device did not give its values back.
    #[error("the device does not give its values back: {0}")]
    Device(#[from] TensorReadError),
}
