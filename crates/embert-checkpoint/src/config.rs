//! config.json, in and out.

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    error::{ConfigError, Error},
    files::write_file,
    tensors::WeightType,
};

/// A model's config.json.
pub trait ModelConfig: Serialize + Clone {
    /// From the keys of a file, without a check of their values.
    ///
    /// # Errors
    /// Names the key whose value is of another type.
    fn from_keys(keys: Map<String, Value>) -> Result<Self, KeyError>;

    /// # Errors
    /// Where no model, or not this one, can be built from the values.
    fn check(&self) -> Result<(), ConfigError>;

    /// Whether the masked-LM head's matrix is the word embedding.
    fn tie_word_embeddings(&mut self) -> &mut bool;
}

/// A key of a JSON object whose value is of another type, or is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    /// The key, with dots between those of objects in objects.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

/// What serde makes of a JSON object.
///
/// # Errors
/// Names the key whose value is of another type.
pub fn from_keys<T: DeserializeOwned>(keys: Map<String, Value>) -> Result<T, KeyError> {
    serde_path_to_error::deserialize(Value::Object(keys))
        .map_err(|error| KeyError { key: error.path().to_string(), message: error.inner().to_string() })
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
    let wrong = |KeyError { key, message }| Error::Json { file: file.to_owned(), key, message };
    let config = C::from_keys(read_json(file)?).map_err(wrong)?;
    config.check().map_err(|source| Error::Config { file: file.to_owned(), source })?;
    Ok(config)
}

/// Writes a config as the class `architecture` with weights of type `dtype`
/// saves it.
pub(crate) fn write_config(
    config: &impl ModelConfig,
    architecture: &str,
    dtype: WeightType,
    file: &Path,
) -> Result<(), Error> {
    let wrong = |message: String| Error::Json { file: file.to_owned(), key: ".".into(), message };
    let mut json = serde_json::to_value(config).map_err(|error| wrong(error.to_string()))?;
    let keys = json.as_object_mut().ok_or_else(|| wrong("a config is an object".into()))?;
    // At the same place, whether the config knew of it or not: the same model is the same bytes.
    keys.shift_insert(0, "architectures".into(), Value::from(vec![architecture]));
    // transformers 4 called it torch_dtype; two answers would be one too many.
    keys.shift_remove("torch_dtype");
    keys.insert("dtype".into(), Value::from(dtype.name()));
    let text = serde_json::to_string_pretty(&json).map_err(|error| wrong(error.to_string()))?;
    write_file(file, (text + "\n").as_bytes())
}
