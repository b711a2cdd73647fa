//! From a tokenizer to a Hugging Face directory.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::special::Role;
use crate::tokenizer::vocabulary;
use crate::{Error, Tokenizer, added, files};

/// Writes `tokenizer.json`, `tokenizer_config.json` and the classic vocabulary files.
pub(crate) fn to_dir(tokenizer: &Tokenizer, dir: &Path) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(|source| Error::io(dir, source))?;
    let file = dir.join("tokenizer.json");
    let document = to_value(&file, tokenizer)?;
    files::write(&file, &pretty(&file, &document)?)?;

    let file = dir.join("tokenizer_config.json");
    files::write(&file, &pretty(&file, &Value::Object(config(tokenizer, &document)))?)?;

    match document["model"]["type"].as_str() {
        Some("WordPiece") => vocab_txt(tokenizer, &dir.join("vocab.txt")),
        Some("BPE") => vocab_and_merges(&document, dir),
        Some("Unigram") => match tokenizer.spiece() {
            Some(bytes) => files::write(&dir.join("spiece.model"), bytes),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The pipeline as a `tokenizer.json` document.
fn to_value(file: &Path, tokenizer: &Tokenizer) -> Result<Value, Error> {
    serde_json::to_value(tokenizer.inner()).map_err(|source| Error::Json { file: file.to_path_buf(), source })
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
    let mask_lstrip = document["model"]["type"] != "WordPiece";
    if let Some(decoder) = added::decoder(document, |token| Some(role(tokenizer, token)? == Role::Mask && mask_lstrip))
    {
        keys.entry("added_tokens_decoder").or_insert(decoder);
    }
    let class = match document["model"]["type"].as_str() {
        Some("WordPiece") => bert_keys(&document["normalizer"], &mut keys),
        Some("BPE") => roberta_keys(&document["pre_tokenizer"], &document["post_processor"], &mut keys),
        Some("Unigram") if has_segments(&document["post_processor"]) => {
            // The class of ALBERT's tokenizer gives a model no segments unless it is told to: a pair's second text
            // would be in the first.
            let inputs = ["input_ids", "token_type_ids", "attention_mask"];
            keys.entry("model_input_names").or_insert_with(|| inputs.to_vec().into());
            None
        }
        _ => None,
    };
    let class = class.unwrap_or("PreTrainedTokenizerFast");
    keys.entry("tokenizer_class").or_insert_with(|| class.into());
    keys
}

/// The role of a token.
fn role(tokenizer: &Tokenizer, token: &str) -> Option<Role> {
    let has_it = |role: &Role| tokenizer.special_tokens().get(*role).is_some_and(|special| special.token == token);
    Role::ALL.into_iter().find(has_it)
}

/// BERT's rules, where the normaliser is BERT's.
fn bert_keys(normalizer: &Value, keys: &mut Map<String, Value>) -> Option<&'static str> {
    if normalizer["type"] != "BertNormalizer" {
        return None;
    }
    for (key, rule) in [
        ("do_lower_case", "lowercase"),
        ("strip_accents", "strip_accents"),
        ("tokenize_chinese_chars", "handle_chinese_chars"),
    ] {
        keys.entry(key).or_insert_with(|| normalizer[rule].clone());
    }
    Some("BertTokenizer")
}

/// Whether the second text of a pair is in a segment of its own.
fn has_segments(processor: &Value) -> bool {
    let pieces = processor["pair"].as_array().into_iter().flatten();
    pieces.map(|piece| &piece["Sequence"]["type_id"]).any(|segment| *segment == 1)
}

/// RoBERTa's rules, where the pipeline is RoBERTa's.
fn roberta_keys(splitter: &Value, processor: &Value, keys: &mut Map<String, Value>) -> Option<&'static str> {
    if splitter["type"] != "ByteLevel" || processor["type"] != "RobertaProcessing" {
        return None;
    }
    for (key, value) in
        [("add_prefix_space", &splitter["add_prefix_space"]), ("trim_offsets", &processor["trim_offsets"])]
    {
        keys.entry(key).or_insert_with(|| value.clone());
    }
    Some("RobertaTokenizer")
}

/// A token a line, the line number being the id; nothing where a vocabulary does not fit into that form.
fn vocab_txt(tokenizer: &Tokenizer, file: &Path) -> Result<(), Error> {
    let Some(tokens) = vocabulary(tokenizer.inner().get_model()) else {
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

/// Tokens with their ids, and two tokens a line; nothing where a vocabulary is not byte-level and so has spaces.
fn vocab_and_merges(document: &Value, dir: &Path) -> Result<(), Error> {
    let model = &document["model"];
    let mut text = "#version: 0.2\n".to_owned();
    for merge in model["merges"].as_array().into_iter().flatten() {
        let halves = merge[0].as_str().zip(merge[1].as_str());
        let Some((first, second)) = halves.filter(|(first, second)| !first.contains(' ') && !second.contains(' '))
        else {
            return Ok(());
        };
        text.push_str(&format!("{first} {second}\n"));
    }
    let file = dir.join("vocab.json");
    files::write(&file, &pretty(&file, &model["vocab"])?)?;
    files::write(&dir.join("merges.txt"), text.as_bytes())
}
