//! `tokenizer_config.json`: what Hugging Face stores beside the pipeline.
//!
//! The file is kept as it was read, so that saving loses no key; the keys that matter here have typed readers.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::Error;
use crate::files::read_json;

/// A number from here on is Hugging Face's way to say that there is no limit (it writes `int(1e30)`).
const NO_LIMIT: f64 = 1e15;

/// A JSON object with its file name, for messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    file: PathBuf,
    keys: Map<String, Value>,
}

impl Config {
    /// The object in `file`, or an empty one where the file does not exist.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        if !file.exists() {
            return Ok(Self { file: file.to_path_buf(), keys: Map::new() });
        }
        match read_json(file)? {
            Value::Object(keys) => Ok(Self { file: file.to_path_buf(), keys }),
            other => Err(Error::content(file, "top level", "an object", kind(&other))),
        }
    }

    /// The configuration of a tokenizer that was trained here: its pipeline's rules and the longest row.
    pub(crate) fn trained(keys: Map<String, Value>, max_length: Option<usize>) -> Self {
        let mut config = Self { file: PathBuf::from("tokenizer_config.json"), keys };
        if let Some(max_length) = max_length {
            config.set_max_length(max_length);
        }
        config
    }

    /// Sets `model_max_length`.
    pub(crate) fn set_max_length(&mut self, max_length: usize) {
        self.keys.insert("model_max_length".to_owned(), max_length.into());
    }

    /// Where it was read, for messages.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn keys(&self) -> &Map<String, Value> {
        &self.keys
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Puts added tokens with their ids into `added_tokens_decoder`, unless that key is there already.
    pub(crate) fn add_tokens(&mut self, tokens: &Map<String, Value>) {
        let decoder = tokens.iter().map(|(token, id)| (id.to_string(), json!({"content": token, "normalized": true})));
        self.keys.entry("added_tokens_decoder").or_insert_with(|| Value::Object(decoder.collect()));
    }

    /// A truth value; `None` where the key is absent or null.
    pub(crate) fn bool(&self, key: &str) -> Result<Option<bool>, Error> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(other) => Err(self.wrong(key, "true or false", other)),
        }
    }

    /// A token: a string, or an object with `content` as older files write it.
    pub(crate) fn token(&self, key: &str) -> Result<Option<String>, Error> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(token)) => Ok(Some(token.clone())),
            Some(Value::Object(object)) => match object.get("content") {
                Some(Value::String(token)) => Ok(Some(token.clone())),
                _ => Err(Error::content(&self.file, key, "a token's `content` to be a string", "none")),
            },
            Some(other) => Err(self.wrong(key, "a token", other)),
        }
    }

    /// The special tokens beyond those with a role: a list, or names with tokens as `transformers` 5 may have them.
    pub(crate) fn further_special_tokens(&self) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            let tokens: Vec<&Value> = match self.keys.get(key) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(tokens)) => tokens.iter().collect(),
                Some(Value::Object(tokens)) => tokens.values().collect(),
                Some(other) => return Err(self.wrong(key, "a list of tokens", other)),
            };
            for token in tokens {
                let content = token.as_str().or(token["content"].as_str());
                found.push(content.ok_or_else(|| self.wrong(key, "a list of tokens", token))?.to_owned());
            }
        }
        Ok(found)
    }

    /// An object; `None` where the key is absent, null or (as a token may be) a plain string.
    pub(crate) fn object(&self, key: &str) -> Result<Option<&Map<String, Value>>, Error> {
        match self.keys.get(key) {
            None | Some(Value::Null | Value::String(_)) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(other) => Err(self.wrong(key, "an object", other)),
        }
    }

    /// A list of tokens; empty where the key is absent or null.
    pub(crate) fn tokens(&self, key: &str) -> Result<Vec<String>, Error> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| match item {
                    Value::String(token) => Ok(token.clone()),
                    other => Err(self.wrong(key, "a list of strings", other)),
                })
                .collect(),
            Some(other) => Err(self.wrong(key, "a list of strings", other)),
        }
    }

    /// `model_max_length`, where it is a real limit.
    pub(crate) fn max_length(&self) -> Result<Option<usize>, Error> {
        let key = "model_max_length";
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => match (number.as_u64(), number.as_f64()) {
                (_, Some(value)) if value >= NO_LIMIT => Ok(None),
                (Some(value), _) if value > 0 => Ok(usize::try_from(value).ok()),
                _ => Err(Error::content(&self.file, key, "a positive whole number", number.to_string())),
            },
            Some(other) => Err(self.wrong(key, "a positive whole number", other)),
        }
    }

    /// Whether `padding_side` is `left`.
    pub(crate) fn pads_left(&self) -> Result<bool, Error> {
        match self.keys.get("padding_side") {
            None | Some(Value::Null) => Ok(false),
            Some(Value::String(side)) if side == "left" => Ok(true),
            Some(Value::String(side)) if side == "right" => Ok(false),
            Some(other) => Err(Error::content(&self.file, "padding_side", "left or right", other.to_string())),
        }
    }

    fn wrong(&self, key: &str, expected: &str, found: &Value) -> Error {
        Error::content(&self.file, key, expected, kind(found))
    }
}

/// The kind of a JSON value in words, for messages.
pub(crate) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
