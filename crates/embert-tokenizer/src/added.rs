//! Added tokens: what is found in a text as it stands, before the vocabulary is asked.
//!
//! A raw vocabulary has no list of them. They are the special tokens, and what `tokenizer_config.json` says in
//! `added_tokens_decoder` (as `transformers` 4 wrote it), in the keys of the special tokens and in the lists of further
//! ones.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::Error;
use crate::config::{Config, kind};
use crate::special::{Role, Spellings};

/// The flags that say how an added token is found.
const FLAGS: [&str; 5] = ["single_word", "lstrip", "rstrip", "normalized", "special"];

/// The entries of `added_tokens` in `tokenizer.json`, by id.
pub(crate) struct AddedTokens(BTreeMap<u64, Map<String, Value>>);

impl AddedTokens {
    /// The special tokens that the vocabulary of `size` tokens has, and those of the configuration: a further one that
    /// is not in the vocabulary gets the next id. `mask_lstrip` lets the mask token swallow the spaces before it, unless
    /// the configuration says otherwise.
    pub(crate) fn new(
        special: &Spellings,
        config: &Config,
        mask_lstrip: bool,
        size: usize,
        id_of: impl Fn(&str) -> Option<u64>,
    ) -> Result<Self, Error> {
        let mut added = Self(BTreeMap::new());
        for (role, token) in Role::ALL.into_iter().zip(special) {
            if let Some(id) = id_of(token) {
                let entry = added.insert(id, token, true);
                entry.insert("lstrip".to_owned(), (mask_lstrip && role == Role::Mask).into());
                if let Some(object) = config.object(role.key())? {
                    set_flags(entry, object);
                    entry.insert("special".to_owned(), true.into());
                }
            }
        }
        let decoder = config.object("added_tokens_decoder")?;
        let mut next = size as u64;
        for token in config.further_special_tokens()? {
            match id_of(&token) {
                Some(id) if added.0.contains_key(&id) => {}
                Some(id) => drop(added.insert(id, &token, true)),
                None if decoder.is_some() => {} // that has its id
                None => {
                    added.insert(next, &token, true);
                    next += 1;
                }
            }
        }
        for (id, token) in decoder.into_iter().flatten() {
            let place = || format!("added_tokens_decoder: {id}");
            let wrong = |expected: &str, found: String| Error::content(config.file(), place(), expected, found);
            let number = id.parse().map_err(|_| wrong("an id as key", id.clone()))?;
            let Value::Object(object) = token else { return Err(wrong("an object", kind(token))) };
            let Some(content) = object.get("content").and_then(Value::as_str) else {
                return Err(wrong("a token's `content` to be a string", "none".to_owned()));
            };
            let entry = added.insert(number, content, false);
            set_flags(entry, object);
        }
        Ok(added)
    }

    /// A token of the vocabulary that no pipeline step may split, but that stands for itself: a whole word.
    pub(crate) fn keep_whole(&mut self, id: u64, token: &str) {
        if !self.0.contains_key(&id) {
            self.insert(id, token, false).insert("single_word".to_owned(), true.into());
        }
    }

    /// The list for `tokenizer.json`.
    pub(crate) fn into_value(self) -> Value {
        self.0.into_values().map(Value::Object).collect()
    }

    fn insert(&mut self, id: u64, content: &str, special: bool) -> &mut Map<String, Value> {
        let mut entry = Map::new();
        entry.insert("id".to_owned(), id.into());
        entry.insert("content".to_owned(), content.into());
        entry.extend(FLAGS.map(|flag| (flag.to_owned(), false.into())));
        entry.insert("special".to_owned(), special.into());
        let place = self.0.entry(id).or_default();
        *place = entry;
        place
    }
}

/// Takes over the flags that `object` has.
fn set_flags(entry: &mut Map<String, Value>, object: &Map<String, Value>) {
    for flag in FLAGS {
        if let Some(&Value::Bool(value)) = object.get(flag) {
            entry.insert(flag.to_owned(), value.into());
        }
    }
}

/// The id of a special token without which the pipeline cannot work.
pub(crate) fn required(file: &Path, token: &str, id_of: impl Fn(&str) -> Option<u64>) -> Result<u64, Error> {
    id_of(token)
        .ok_or_else(|| Error::content(file, format!("special token {token}"), "an entry of the vocabulary", "none"))
}

/// What `tokenizer_config.json` must say so that the tokens of a pipeline come back with a raw vocabulary; `None` where
/// they are what such a vocabulary has anyway. `role_lstrip` is the usual flag of a token with a role.
pub(crate) fn decoder(document: &Value, role_lstrip: impl Fn(&str) -> Option<bool>) -> Option<Value> {
    let tokens = document["added_tokens"].as_array()?;
    let content = |token: &Value| token["content"].as_str().unwrap_or_default().to_owned();
    let is_usual = |token: &Value| {
        role_lstrip(&content(token)).is_some_and(|lstrip| {
            FLAGS.iter().all(|&flag| token[flag] == (flag == "special" || flag == "lstrip" && lstrip))
        })
    };
    if tokens.iter().all(is_usual) {
        return None;
    }
    let entry = |token: &Value| {
        let flags = FLAGS.map(|flag| (flag.to_owned(), token[flag].clone()));
        let mut entry: Map<String, Value> = flags.into_iter().collect();
        entry.insert("content".to_owned(), content(token).into());
        (token["id"].to_string(), Value::Object(entry))
    };
    Some(Value::Object(tokens.iter().map(entry).collect()))
}
