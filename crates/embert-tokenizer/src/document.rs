//! The `tokenizer.json` document: from JSON to the library's pipeline, with the checks that the library leaves out.
//!
//! Every way into this crate ends here: a raw vocabulary and a trained one are first put into such a document.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::Error;
use crate::charsmap::CharsMap;

/// Builds the pipeline of a document; `file` is where it came from, for messages.
pub(crate) fn parse(file: &Path, document: Value) -> Result<tokenizers::Tokenizer, Error> {
    let (added, processor) = (document["added_tokens"].clone(), document["post_processor"].clone());
    check_charsmaps(file, &document["normalizer"])?;
    check_unknown(file, &document["model"])?;
    check_merges(file, &document["model"])?;
    let library: tokenizers::Tokenizer = serde_json::from_value(document)
        .map_err(|error| Error::content(file, "pipeline", "a tokenizer", error.to_string()))?;
    check_added_tokens(file, &library, &added)?;
    check_processor(file, &library, &processor)?;
    Ok(library)
}

/// A broken character map is found out by the library only when a text meets the broken place.
fn check_charsmaps(file: &Path, normalizer: &Value) -> Result<(), Error> {
    for step in normalizer["normalizers"].as_array().into_iter().flatten() {
        check_charsmaps(file, step)?;
    }
    let Some(charsmap) = normalizer["precompiled_charsmap"].as_str() else { return Ok(()) };
    let checked = match BASE64_STANDARD.decode(charsmap) {
        Ok(bytes) if bytes.is_empty() => Err("an empty one"),
        Ok(bytes) => CharsMap::parse(&bytes).map(drop),
        Err(_) => Err("text that is not base64"),
    };
    checked.map_err(|found| Error::content(file, "normalizer.precompiled_charsmap", "a character map", found))
}

/// A model falls back on its unknown token at any moment, so that it must be there. A byte-level one needs none.
fn check_unknown(file: &Path, model: &Value) -> Result<(), Error> {
    let vocabulary = &model["vocab"];
    let missing = |place: &str, expected: String, found: String| Err(Error::content(file, place, expected, found));
    match vocabulary {
        Value::Array(pieces) => match model["unk_id"].as_u64() {
            Some(id) if usize::try_from(id).is_ok_and(|id| id < pieces.len()) => Ok(()),
            _ => {
                let expected = format!("the id of the unknown token, below {}", pieces.len());
                missing("model.unk_id", expected, model["unk_id"].to_string())
            }
        },
        Value::Object(tokens) => match model["unk_token"].as_str() {
            Some(unknown) if !tokens.contains_key(unknown) => {
                let found = format!("none among {} tokens", tokens.len());
                missing("model.vocab", format!("the unknown token {unknown}"), found)
            }
            _ => Ok(()),
        },
        _ => Ok(()), // the library says what is wrong with it
    }
}

/// Both halves of a merge and what they make must be tokens: the library checks it after it has copied them.
fn check_merges(file: &Path, model: &Value) -> Result<(), Error> {
    let (Some(merges), Some(vocabulary)) = (model["merges"].as_array(), model["vocab"].as_object()) else {
        return Ok(());
    };
    let prefix = model["continuing_subword_prefix"].as_str().unwrap_or_default();
    for (index, merge) in merges.iter().enumerate() {
        let halves = match merge {
            Value::String(line) => line.split_once(' '),
            _ => merge[0].as_str().zip(merge[1].as_str()),
        };
        let wrong = |found: String| {
            let expected = "two tokens of the vocabulary that make a third";
            Err(Error::content(file, format!("model.merges[{index}]"), expected, found))
        };
        let Some((first, second)) = halves else { return wrong(merge.to_string()) };
        let Some(tail) = second.strip_prefix(prefix) else { return wrong(merge.to_string()) };
        let joined = format!("{first}{tail}");
        if let Some(unknown) = [first, second, &joined].into_iter().find(|token| !vocabulary.contains_key(*token)) {
            return wrong(format!("{merge}, and {unknown} is no token"));
        }
    }
    Ok(())
}

/// The library gives an added token the next free id, whatever the file says; a silent shift of ids is an error here.
fn check_added_tokens(file: &Path, library: &tokenizers::Tokenizer, added: &Value) -> Result<(), Error> {
    for token in added.as_array().into_iter().flatten() {
        let (Some(content), Some(id)) = (token["content"].as_str(), token["id"].as_u64()) else {
            continue;
        };
        let given = library.token_to_id(content);
        if !content.is_empty() && given.map(u64::from) != Some(id) {
            let found = given.map_or("no place for it".to_owned(), |given| format!("id {given} by the vocabulary"));
            return Err(Error::content(file, format!("added_tokens: {content}"), format!("id {id}"), found));
        }
    }
    Ok(())
}

/// A template may only name special tokens that it defines and texts that it gets: the library would panic.
fn check_processor(file: &Path, library: &tokenizers::Tokenizer, processor: &Value) -> Result<(), Error> {
    let mut templates = 0;
    let mut open = vec![processor];
    while let Some(processor) = open.pop() {
        match processor["type"].as_str() {
            Some("Sequence") => open.extend(processor["processors"].as_array().into_iter().flatten()),
            Some("TemplateProcessing") => {
                templates += 1;
                check_template(file, library, processor)?;
            }
            Some("BertProcessing" | "RobertaProcessing") => {
                templates += 1;
                for role in ["cls", "sep"] {
                    check_id(file, library, &processor[role][1])?;
                }
            }
            _ => {}
        }
    }
    if templates > 1 {
        let found = format!("{templates} of them");
        return Err(Error::content(file, "post_processor", "one that adds special tokens", found));
    }
    Ok(())
}

fn check_template(file: &Path, library: &tokenizers::Tokenizer, template: &Value) -> Result<(), Error> {
    for (name, texts) in [("single", &["A"][..]), ("pair", &["A", "B"][..])] {
        let place = || format!("post_processor.{name}");
        for piece in template[name].as_array().into_iter().flatten() {
            if let Some(id) = piece["Sequence"]["id"].as_str().filter(|id| !texts.contains(id)) {
                return Err(Error::content(file, place(), format!("the texts {}", texts.join(" and ")), id));
            }
            if let Some(id) = piece["SpecialToken"]["id"].as_str() {
                let Some(special) = template["special_tokens"].get(id) else {
                    return Err(Error::content(file, place(), "tokens listed in special_tokens", id));
                };
                let count = |key: &str| special[key].as_array().map_or(0, Vec::len);
                if count("ids") != count("tokens") {
                    let expected = format!("as many tokens as ids for {id}, {}", count("ids"));
                    return Err(Error::content(file, place(), expected, count("tokens").to_string()));
                }
                for id in special["ids"].as_array().into_iter().flatten() {
                    check_id(file, library, id)?;
                }
            }
        }
    }
    Ok(())
}

/// A special token's id must be one of the vocabulary's, or the model would be asked for a row that it has not.
fn check_id(file: &Path, library: &tokenizers::Tokenizer, id: &Value) -> Result<(), Error> {
    let known = id.as_u64().and_then(|id| u32::try_from(id).ok()).and_then(|id| library.id_to_token(id));
    match known {
        Some(_) => Ok(()),
        None => {
            let expected = format!("ids below {}", library.get_vocab_size(true));
            Err(Error::content(file, "post_processor", expected, id.to_string()))
        }
    }
}
