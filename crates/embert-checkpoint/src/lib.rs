//! Models on disk, as Hugging Face lays them out: `config.json` and
//! `model.safetensors`, read and written.
//!
//! This crate knows files and names and no model. A model says what it is
//! called and where its parameters stand ([`Pretrained`], [`Layout`]); any
//! such model is read with [`from_pretrained`] and written with
//! [`save_pretrained`].

mod config;
mod error;
mod files;
#[cfg(feature = "hub")]
pub mod hub;
mod layout;
mod load;
mod parameters;
mod save;
mod student;
mod tensors;
mod weights;

pub use config::{KeyError, ModelConfig, from_keys, read_config, read_json};
pub use error::{ConfigError, Error};
pub use files::{Destination, write_beside, write_file};
pub use layout::{Layout, Pretrained};
pub use load::{LoadReport, StoredParameter, adapt, examine, from_pretrained, has_head};
pub use safetensors::Dtype;
pub use save::{SaveOptions, save_pretrained, save_tensors, tensors_by_name};
pub use student::take_layers;
pub use tensors::{NamedTensor, TensorFile, Values, WeightType, tensor_bytes, write_tensors};
pub use weights::{WEIGHT_FILES, Weights, files_of_index};

/// The weights' file in a model directory.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// The config's file in a model directory.
pub const CONFIG_FILE: &str = "config.json";
