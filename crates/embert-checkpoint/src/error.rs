//! What can be wrong with a model on disk.

use std::{fmt::Display, path::PathBuf};

/// A model directory that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A JSON file is not JSON, or a key has a value of the wrong type.
    #[error("{}: {key}: {message}", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// The key, or "." for the file as a whole.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// A config that no model can be built from.
    #[error("{}: {source}", file.display())]
    Config {
        /// The file.
        file: PathBuf,
        /// The key and what is wrong with it.
        source: ConfigError,
    },
    /// A file is not in the safetensors format.
    #[error("{}: not a safetensors file: {message}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file is not in PyTorch's format.
    #[error("{}: not a PyTorch checkpoint: {message}", file.display())]
    PyTorch {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A tensor has another shape than the config says.
    #[error("{}: tensor {tensor} has shape {found:?}; config.json wants {expected:?}", file.display())]
    Shape {
        /// The file.
        file: PathBuf,
        /// The tensor, under the file's name for it.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that follows from the config.
        expected: Vec<usize>,
    },
    /// A tensor is of a type that a weight cannot have.
    #[error("{}: tensor {tensor} is of type {found}; {expected} is expected", file.display())]
    Type {
        /// The file.
        file: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its type.
        found: String,
        /// What can be read here.
        expected: &'static str,
    },
    /// A tensor without which the model is not the one that was saved.
    #[error(
        "{}: {} of the encoder's tensors are missing: {}", file.display(), tensors.len(), tensors.join(", ")
    )]
    Missing {
        /// The file.
        file: PathBuf,
        /// The tensors, under the file's names for them.
        tensors: Vec<String>,
    },
    /// A parameter of a model has no place in the model's own table of names.
    #[error("the parameter {parameter} has no name in the checkpoint layout")]
    Unnamed {
        /// Its path in the module.
        parameter: String,
    },
    /// A student's parameter has another shape than its teacher's.
    #[error("the teacher's {parameter} has shape {found:?}; the student wants {expected:?}")]
    Student {
        /// Its path in the student.
        parameter: String,
        /// The teacher's shape.
        found: Vec<usize>,
        /// The student's.
        expected: Vec<usize>,
    },
    /// The device could not give its values back.
    #[error("the parameter {parameter} cannot be read from its device: {message}")]
    Device {
        /// Its path in the module.
        parameter: String,
        /// Why.
        message: String,
    },
}

/// A config key whose value no model can have.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{key} is {found}; {expected} is expected")]
pub struct ConfigError {
    key: &'static str,
    found: String,
    expected: String,
}

impl ConfigError {
    /// `key` has the value `found` where `expected` was expected.
    pub fn value(key: &'static str, found: impl Display, expected: String) -> Self {
        Self { key, found: found.to_string(), expected }
    }
}
