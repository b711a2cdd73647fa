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
pub trait ModelConfig: Serialize + DeserializeOwned + Clone {
    /// # Errors
    /// Where no model, or not this one, can be built from the values.
    fn check(&self) -> Result<(), ConfigError>;

    /// Whether the masked-LM head's matrix is the word embedding.
    fn tie_word_embeddings(&mut self) -> &mut bool;

    /// Reads a file, without a check of its values.
    ///
    /// # Errors
    /// Names the file and the key whose value is of another type.
    fn read(file: &Path) -> Result<Self, Error> {
        read_json(file)
    }
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

/// Reads a JSON object whose keys are first put in order.
///
/// # Errors
/// Names the file and the key whose value is of another type.
pub fn read_json_as<T: DeserializeOwned>(
    file: &Path,
    put_in_order: impl FnOnce(Map<String, Value>) -> Map<String, Value>,
) -> Result<T, Error> {
    let keys = put_in_order(read_json(file)?);
    serde_path_to_error::deserialize(Value::Object(keys)).map_err(|error| Error::Json {
        file: file.to_owned(),
        key: error.path().to_string(),
        message: error.inner().to_string(),
    })
}

/// Reads and checks a config.
///
/// # Errors
/// Names the file and the key that is wrong.
pub fn read_config<C: ModelConfig>(file: &Path) -> Result<C, Error> {
    let config = C::read(file)?;
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
    keys.insert("architectures".into(), Value::from(vec![architecture]));
    // transformers 4 called it torch_dtype; two answers would be one too many.
    keys.shift_remove("torch_dtype");
    keys.insert("dtype".into(), Value::from(dtype.name()));
    let text = serde_json::to_string_pretty(&json).map_err(|error| wrong(error.to_string()))?;
    write_file(file, (text + "\n").as_bytes())
}
