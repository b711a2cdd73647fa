//! What can go wrong at the front door.

use std::path::PathBuf;

use burn::tensor::TensorReadError;

use crate::device::DeviceChoice;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model's files.
    #[error(transparent)]
    Checkpoint(#[from] embert_checkpoint::Error),
    /// The hub.
    #[cfg(feature = "hub")]
    #[error(transparent)]
    Hub(#[from] embert_checkpoint::hub::HubError),
    /// A model that is no directory, and cannot be fetched.
    #[cfg(feature = "hub")]
    #[error("{}: there is no such directory, and from the hub it is not to be had: {source}", model.display())]
    NotFetched {
        /// What was asked for.
        model: PathBuf,
        /// Why it is not fetched.
        source: Box<embert_checkpoint::hub::HubError>,
    },
    /// There is no such model.
    #[error("{}: {why}", model.display())]
    NoModel {
        /// What was asked for.
        model: PathBuf,
        /// Why there is none.
        why: String,
    },
    /// The tokenizer's files, or a text that cannot be encoded so.
    #[error(transparent)]
    Tokenizer(#[from] embert_tokenizer::Error),
    /// The corpus.
    #[error(transparent)]
    Data(#[from] embert_data::Error),
    /// The training.
    #[error(transparent)]
    Train(#[from] embert_train::Error),
    /// An input that the model cannot read.
    #[error(transparent)]
    Input(#[from] embert_core::InputError),
    /// A model that cannot be computed so on its device.
    #[error(transparent)]
    Compute(#[from] embert_core::UnsupportedCompute),
    /// A label that is no class.
    #[error(transparent)]
    Label(#[from] embert_objectives::losses::LabelError),
    /// Masking cannot be set up for the vocabulary.
    #[error(transparent)]
    Masking(#[from] embert_objectives::Error),
    /// The device did not give its values back.
    #[error("the device does not give its values back: {0}")]
    Device(#[from] TensorReadError),
    /// A file could not be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says something that cannot be done.
    #[error("{}: {message}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What, and what is expected.
        message: String,
    },
    /// A tensor that was given or is needed is not as it must be.
    #[error("the input {name}: {message}")]
    InputTensor {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        message: String,
    },
    /// A backend that this program was built without.
    #[error("the device {device} is not compiled in; build with --features {feature}")]
    DeviceNotCompiled {
        /// The device that was asked for.
        device: DeviceChoice,
        /// The feature of `embert` and `embert-cli` that it is behind.
        feature: &'static str,
    },
    /// A device that this machine does not have.
    #[error("the device {device} is not there: {needed}; `embert devices` lists what is")]
    NoDevice {
        /// The device that was asked for.
        device: DeviceChoice,
        /// What would be, or what there is.
        needed: String,
    },
    /// Another machine's device that cannot be reached.
    #[error("the device {device}: {message}")]
    Worker {
        /// The device that was asked for.
        device: DeviceChoice,
        /// Why not.
        message: String,
    },
    /// Devices that cannot be served to others.
    #[cfg(feature = "remote")]
    #[error("the worker: {message}")]
    Serve {
        /// Why not.
        message: String,
    },
    /// A program that computes on nothing that is here.
    #[error("there is no device to take: {why}; a build with --features flex computes on the processor")]
    NoDeviceToTake {
        /// What is compiled in, and why it is not taken.
        why: String,
    },
    /// A text to be filled in has nothing to fill in.
    #[error("{text:?} has no {mask} in the {tokens} tokens that are read of it")]
    NoMask {
        /// The text, or how it begins.
        text: String,
        /// The tokens that are read of it, special ones too.
        tokens: usize,
        /// The mask token.
        mask: String,
    },
    /// A key of a run's config.
    #[error("{key}: {message}")]
    Setting {
        /// The key: `optimizer.learning_rate`.
        key: String,
        /// What is wrong with its value.
        message: String,
    },
    /// A run that is to be gone on with otherwise than it was begun.
    #[error("the run was begun with another config: {}", keys.join(", "))]
    OtherConfig {
        /// The keys that differ, with both values.
        keys: Vec<String>,
    },
    /// A run is to begin where something is.
    #[error("--out {}: it is not empty; a folder that is empty or not there is expected, or --resume where a run began there", dir.display())]
    NotFree {
        /// The folder.
        dir: PathBuf,
    },
    /// A folder that is not a run's.
    #[error("--out {}: it is no run's folder; one that is empty, not there, or was begun by a run is expected", dir.display())]
    NoRun {
        /// The folder.
        dir: PathBuf,
    },
    /// A run that another command began.
    #[error("--out {}: it is a run of `embert {command}`; `embert {command} --resume` goes on with it", dir.display())]
    OtherRun {
        /// The folder.
        dir: PathBuf,
        /// The command.
        command: &'static str,
    },
    /// A corpus from which nothing can be held out.
    #[error(
        "the corpus has {found} document(s); {expected} or more are expected, since sentence pairs take two documents and two are held out"
    )]
    TooFewDocuments {
        /// How many it has.
        found: usize,
        /// The fewest that do.
        expected: usize,
    },
    /// One of many texts.
    #[error("text {number}: {source}")]
    OfText {
        /// The how-many-th, from 1.
        number: usize,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// A text that may not be cut is longer than what is read of one.
    #[error("the text is {tokens} tokens long; {positions} are expected at most")]
    TooLong {
        /// Its length, with special tokens.
        tokens: usize,
        /// The most that is read: by the model, its tokenizer or its directory.
        positions: usize,
    },
    /// A model cannot be built so.
    #[error("the model's config: {message}")]
    Config {
        /// The key, its value and what is expected.
        message: String,
    },
}
