//! From a directory to a tokenizer: which file decides, and the reading of it.

use std::path::Path;

use serde_json::Value;

use crate::config::{Config, kind};
use crate::files::{lines, read_json, read_text};
use crate::special::SpecialTokens;
use crate::tokenizer::algorithm;
use crate::{Error, Tokenizer, bert, document};

/// Detects what the directory holds and loads it.
pub(crate) fn from_dir(dir: &Path) -> Result<Tokenizer, Error> {
    let config = Config::read(&dir.join("tokenizer_config.json"))?;
    let map = Config::read(&dir.join("special_tokens_map.json"))?;
    if dir.join("tokenizer.json").exists() {
        return from_tokenizer_json(&dir.join("tokenizer.json"), config, &map);
    }
    if dir.join("vocab.txt").exists() {
        return from_vocab_txt(&dir.join("vocab.txt"), config, &map);
    }
    let found = match std::fs::read_dir(dir) {
        Err(error) => format!("cannot read the directory: {error}"),
        Ok(entries) => {
            let mut names: Vec<String> =
                entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
            names.sort_unstable();
            if names.is_empty() { "found nothing".to_owned() } else { format!("found {}", names.join(", ")) }
        }
    };
    Err(Error::NoTokenizer { dir: dir.to_path_buf(), found })
}

/// The whole pipeline as Hugging Face's `tokenizers` stores it.
fn from_tokenizer_json(file: &Path, config: Config, map: &Config) -> Result<Tokenizer, Error> {
    let value = read_json(file)?;
    let Value::Object(mut keys) = value else {
        return Err(Error::content(file, "top level", "an object with a tokenizer's `model`", kind(&value)));
    };
    match keys.get("model") {
        Some(Value::Object(_)) => {}
        Some(other) => return Err(Error::content(file, "model", "an object", kind(other))),
        None => {
            return Err(Error::content(file, "top level", "a tokenizer's `model`", "another kind of JSON"));
        }
    }
    // Stored limits are the choice of whoever made the file; here they are the caller's.
    keys.insert("truncation".to_owned(), Value::Null);
    keys.insert("padding".to_owned(), Value::Null);
    let library = document::parse(file, Value::Object(keys))?;
    let why = "the directory has one, and it holds the whole pipeline";
    let origin = format!("{} ({}): {why}", file.display(), algorithm(library.get_model()));
    finish(library, config, map, origin)
}

/// A WordPiece vocabulary, a token a line, with its rules in `tokenizer_config.json`.
fn from_vocab_txt(file: &Path, config: Config, map: &Config) -> Result<Tokenizer, Error> {
    let text = read_text(file)?;
    let vocabulary: Vec<String> = lines(&text).map(str::to_owned).collect();
    if vocabulary.is_empty() {
        return Err(Error::content(file, "content", "a token a line", "an empty file"));
    }
    let rules = bert::Rules::from_config(&config)?;
    let special = bert::special_spellings(&config)?;
    let library = document::parse(file, bert::document(file, &vocabulary, &special, &rules)?)?;
    let case = if rules.lowercase { "lower case" } else { "case kept" };
    let origin = format!("{} (WordPiece, {case}{}): there is no tokenizer.json", file.display(), by(&config));
    finish(library, config, map, origin)
}

/// Says whether a configuration stood beside a raw vocabulary.
fn by(config: &Config) -> &'static str {
    if config.is_empty() { " by default, without tokenizer_config.json" } else { " by tokenizer_config.json" }
}

fn finish(library: tokenizers::Tokenizer, config: Config, map: &Config, origin: String) -> Result<Tokenizer, Error> {
    let special = SpecialTokens::find(&origin, &[&config, map], |token| library.token_to_id(token))?;
    Tokenizer::new(library, config, special, origin)
}
