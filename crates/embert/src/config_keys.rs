//! A config as the keys of its file, some of which are to be others.

use embert_checkpoint::{ConfigError, ModelConfig};
use serde_json::{Map, Value};

use crate::{AutoConfig, error::Error};

pub(crate) fn to_json(config: &AutoConfig) -> Result<Value, Error> {
    serde_json::to_value(config).map_err(|error| wrong(error.to_string()))
}

/// # Errors
/// Where no model can be built so.
pub(crate) fn from_json(keys: Value) -> Result<AutoConfig, Error> {
    let keys: Map<String, Value> = serde_json::from_value(keys).map_err(|error| wrong(error.to_string()))?;
    let config = AutoConfig::from_keys(keys).map_err(|error| wrong(format!("{}: {}", error.key, error.message)))?;
    config.check().map_err(|error: ConfigError| wrong(error.to_string()))?;
    Ok(config)
}

fn wrong(message: String) -> Error {
    Error::Config { message }
}
