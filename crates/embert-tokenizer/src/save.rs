//! From a tokenizer to a Hugging Face directory.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::special::Role;
use crate::tokenizer::vocabulary;
use crate::{Error, Tokenizer, files};

/// Writes `tokenizer.json`, `tokenizer_config.json` and the classic vocabulary files.
pub(crate) fn to_dir(tokenizer: &Tokenizer, dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    let file = dir.join("tokenizer.json");
    let document = to_value(&file, tokenizer)?;
    files::write(&file, &pretty(&file, &document)?)?;

    let file = dir.join("tokenizer_config.json");
    files::write(&file, &pretty(&file, &Value::Object(config(tokenizer, &document)))?)?;

    if document["model"]["type"] == "WordPiece" {
        vocab_txt(tokenizer, &dir.join("vocab.txt"))?;
    }
    Ok(())
}

/// The pipeline as a `tokenizer.json` document.
fn to_value(file: &Path, tokenizer: &Tokenizer) -> Result<Value, Error> {
    serde_json::to_value(tokenizer.library()).map_err(|source| Error::Json { file: file.to_path_buf(), source })
}

fn pretty(file: &Path, value: &Value) -> Result<Vec<u8>, Error> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|source| Error::Json { file: file.to_path_buf(), source })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `tokenizer_config.json`: as it was loaded, with what the pipeline knows filled in where the key is absent.
///
/// `transformers` rebuilds normaliser and pre-tokenizer from these keys, so that they must say what the pipeline does.
fn config(tokenizer: &Tokenizer, document: &Value) -> Map<String, Value> {
    let mut keys = tokenizer.config().keys().clone();
    for role in Role::ALL {
        if let Some(token) = tokenizer.special_tokens().get(role) {
            keys.entry(role.key()).or_insert_with(|| token.token.clone().into());
        }
    }
    let normalizer = &document["normalizer"];
    let class = match (document["model"]["type"].as_str(), normalizer["type"].as_str()) {
        (Some("WordPiece"), Some("BertNormalizer")) => {
            for (key, rule) in [
                ("do_lower_case", "lowercase"),
                ("strip_accents", "strip_accents"),
                ("tokenize_chinese_chars", "handle_chinese_chars"),
            ] {
                keys.entry(key).or_insert_with(|| normalizer[rule].clone());
            }
            "BertTokenizer"
        }
        _ => "PreTrainedTokenizerFast",
    };
    keys.entry("tokenizer_class").or_insert_with(|| class.into());
    keys
}

/// A token a line, the line number being the id; nothing where a vocabulary does not fit into that form.
fn vocab_txt(tokenizer: &Tokenizer, file: &Path) -> Result<(), Error> {
    let Some(tokens) = vocabulary(tokenizer.library().get_model()) else {
        return Ok(());
    };
    if tokens.iter().any(|token| token.contains(['\n', '\r'])) {
        return Ok(());
    }
    let mut text = String::new();
    for token in &tokens {
        text.push_str(token);
        text.push('\n');
    }
    files::write(file, text.as_bytes())
}
