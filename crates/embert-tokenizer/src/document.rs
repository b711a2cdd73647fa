//! The `tokenizer.json` document: from JSON to the library's pipeline, with the checks that the library leaves out.
//!
//! Every way into this crate ends here: a raw vocabulary and a trained one are first put into such a document.

use std::path::Path;

use serde_json::Value;
use tokenizers::{Model, ModelWrapper};

use crate::Error;

/// Builds the pipeline of a document; `file` is where it came from, for messages.
pub(crate) fn parse(file: &Path, document: Value) -> Result<tokenizers::Tokenizer, Error> {
    let added = document.get("added_tokens").cloned().unwrap_or(Value::Null);
    let processor = document.get("post_processor").cloned().unwrap_or(Value::Null);
    let library: tokenizers::Tokenizer = serde_json::from_value(document)
        .map_err(|error| Error::content(file, "pipeline", "a tokenizer", error.to_string()))?;
    check_unknown(file, &library)?;
    check_added_tokens(file, &library, &added)?;
    check_processor(file, &library, &processor)?;
    Ok(library)
}

/// WordPiece and Unigram fall back on their unknown token at any moment, so that it must be there.
fn check_unknown(file: &Path, library: &tokenizers::Tokenizer) -> Result<(), Error> {
    match library.get_model() {
        ModelWrapper::WordPiece(model) if model.token_to_id(&model.unk_token).is_none() => Err(Error::content(
            file,
            "model.vocab",
            format!("the unknown token {}", model.unk_token),
            format!("none among {} tokens", model.get_vocab_size()),
        )),
        ModelWrapper::WordLevel(model) if model.token_to_id(&model.unk_token).is_none() => Err(Error::content(
            file,
            "model.vocab",
            format!("the unknown token {}", model.unk_token),
            format!("none among {} tokens", model.get_vocab_size()),
        )),
        _ => Ok(()),
    }
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
