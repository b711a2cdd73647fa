//! What a person said about a run: tables of TOML, to be laid over what is so by default.

use std::path::Path;

use serde::{Serialize, de::DeserializeOwned, de::IntoDeserializer};
use toml::{Table, Value};

use crate::error::Error;

/// What was said of a run, key by key; the keys are those of its `config.toml`.
#[derive(Clone, Debug, Default)]
pub struct Said(Table);

impl Said {
    /// The keys of a TOML file.
    ///
    /// # Errors
    /// Where it cannot be read, or is no TOML.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file).map_err(|source| Error::Io { file: file.to_owned(), source })?;
        let no_toml = |error: toml::de::Error| wrong(&file.display().to_string(), error.to_string().trim_end());
        Ok(Self(text.parse().map_err(no_toml)?))
    }

    /// Says the value of a key, such as `optimizer.learning_rate`, whatever was said before.
    pub fn say(&mut self, key: &str, value: impl Into<Value>) {
        let (tables, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &mut self.0;
        for inner in tables.split('.').filter(|inner| !inner.is_empty()) {
            let entry = table.entry(inner).or_insert_with(|| Table::new().into());
            // What was no table becomes one: the last word counts.
            if !entry.is_table() {
                *entry = Table::new().into();
            }
            let Value::Table(inner) = entry else { return };
            table = inner;
        }
        table.insert(name.to_owned(), value.into());
    }

    /// Takes a key away, such as `model.config`, or a whole table.
    pub fn unsay(&mut self, key: &str) {
        match key.split_once('.') {
            None => drop(self.0.remove(key)),
            Some((table, name)) => {
                if let Some(Value::Table(table)) = self.0.get_mut(table) {
                    table.remove(name);
                }
            }
        }
    }

    /// Whether anything was said of a key.
    pub fn says(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// What was said of a key, where it is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let mut names = key.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |table, name| table.get(name))
    }

    /// The value of a key, if it was said.
    ///
    /// # Errors
    /// Where it is of another type.
    pub(crate) fn value<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let value = T::deserialize(value.clone().into_deserializer());
        value.map(Some).map_err(|error: toml::de::Error| wrong(key, error.message()))
    }

    /// What `over` says counts more.
    pub(crate) fn lay_over(&mut self, over: &Self) {
        lay_over(&mut self.0, &over.0);
    }

    /// Whether a run whose config.toml is `stored` may be gone on with: nothing else was said since.
    ///
    /// # Errors
    /// Names the keys that differ.
    pub(crate) fn agree(&self, stored: &Table) -> Result<(), Error> {
        let mut keys = Vec::new();
        differences("", &Value::Table(self.0.clone()), &Value::Table(stored.clone()), &mut keys);
        if keys.is_empty() { Ok(()) } else { Err(Error::OtherConfig { keys }) }
    }

    /// The settings, where nothing is open any more.
    ///
    /// # Errors
    /// Names the key that is unknown or missing, or whose value is of another type.
    pub(crate) fn settings<T: DeserializeOwned>(self) -> Result<T, Error> {
        settings_of(self.0)
    }
}

/// The settings in a whole table.
///
/// # Errors
/// Names the key that is unknown or missing, or whose value is of another type.
pub(crate) fn settings_of<T: DeserializeOwned>(table: Table) -> Result<T, Error> {
    let said =
        |error: serde_path_to_error::Error<toml::de::Error>| wrong(&error.path().to_string(), error.inner().message());
    serde_path_to_error::deserialize(Value::Table(table).into_deserializer()).map_err(said)
}

/// The keys whose values differ in two configs.
///
/// # Errors
/// Where one is no TOML.
pub(crate) fn differing(now: &str, was: &str) -> Result<Vec<String>, toml::de::Error> {
    let (now, was): (Table, Table) = (now.parse()?, was.parse()?);
    let mut keys = Vec::new();
    let (now, was) = (Value::Table(now), Value::Table(was));
    differences("", &now, &was, &mut keys);
    if keys.is_empty() && now != was {
        // What is only there was taken out since.
        differences("", &was, &now, &mut keys);
    }
    Ok(keys)
}

/// As `config.toml` has it.
pub(crate) fn to_toml(settings: &impl Serialize) -> Result<String, Error> {
    let unwritable = |error: toml::ser::Error| Error::Config { message: error.to_string() };
    toml::to_string_pretty(settings).map_err(unwritable)
}

pub(crate) fn table_of(value: &impl Serialize) -> Result<Value, Error> {
    Value::try_from(value).map_err(|error| wrong("the settings", &error.to_string()))
}

pub(crate) fn wrong(key: &str, message: &str) -> Error {
    Error::Setting { key: key.to_owned(), message: message.to_owned() }
}

/// These are one value each, whatever they hold.
const WHOLE: [&str; 2] = ["choice", "masking_time"];

fn lay_over(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(under)), Value::Table(over)) if !WHOLE.contains(&key.as_str()) => lay_over(under, over),
            _ => drop(under.insert(key.clone(), value.clone())),
        }
    }
}

/// The keys of `said` whose values are others in `stored`.
fn differences(key: &str, said: &Value, stored: &Value, keys: &mut Vec<String>) {
    match (said, stored) {
        (Value::Table(said), Value::Table(stored)) => {
            for (name, value) in said {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                match stored.get(name) {
                    Some(stored) => differences(&key, value, stored, keys),
                    None => keys.push(format!("{key} (now {value})")),
                }
            }
        }
        (Value::Integer(said), Value::Float(stored)) if *said as f64 == *stored => {}
        _ if said == stored => {}
        _ => keys.push(format!("{key} (was {stored}, now {said})")),
    }
}
