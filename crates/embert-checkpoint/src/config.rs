//! config.json, in and out.

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::{ConfigError, Error},
    files::write_file,
};

/// A model's config.json.
pub trait ModelConfig: Serialize + DeserializeOwned {
    /// What `model_type` says in such a file.
    const MODEL_TYPE: &'static str;

    /// What `model_type` does say.
    fn model_type(&self) -> &str;

    /// # Errors
    /// Where no model, or not this one, can be built from the values.
    fn check(&self) -> Result<(), ConfigError>;
}

/// Reads a JSON file.
///
/// # Errors
/// Names the file and the key whose value is of another type.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(file).map_err(|source| Error::Io { file: file.to_owned(), source })?;
    let mut json = serde_json::Deserializer::from_str(&text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| Error::Json {
        file: file.to_owned(),
        key: error.path().to_string(),
        message: error.inner().to_string(),
    })?;
    let trailing =
        |error: serde_json::Error| Error::Json { file: file.to_owned(), key: ".".into(), message: error.to_string() };
    json.end().map_err(trailing)?;
    Ok(value)
}

/// Reads and checks a config.
///
/// # Errors
/// Names the file and the key that is wrong.
pub fn read_config<C: ModelConfig>(file: &Path) -> Result<C, Error> {
    let config: C = read_json(file)?;
    let found = config.model_type();
    let checked = if found == C::MODEL_TYPE {
        config.check()
    } else {
        Err(ConfigError::value("model_type", found, C::MODEL_TYPE.into()))
    };
    checked.map_err(|source| Error::Config { file: file.to_owned(), source })?;
    Ok(config)
}

/// Writes a config as the class `architecture` with f32 weights saves it.
pub(crate) fn write_config(config: &impl ModelConfig, architecture: &str, file: &Path) -> Result<(), Error> {
    let wrong = |message: String| Error::Json { file: file.to_owned(), key: ".".into(), message };
    let mut json = serde_json::to_value(config).map_err(|error| wrong(error.to_string()))?;
    let keys = json.as_object_mut().ok_or_else(|| wrong("a config is an object".into()))?;
    keys.insert("architectures".into(), Value::from(vec![architecture]));
    // transformers 4 called it torch_dtype; two answers would be one too many.
    keys.shift_remove("torch_dtype");
    keys.insert("dtype".into(), Value::from("float32"));
    let text = serde_json::to_string_pretty(&json).map_err(|error| wrong(error.to_string()))?;
    write_file(file, (text + "\n").as_bytes())
}
