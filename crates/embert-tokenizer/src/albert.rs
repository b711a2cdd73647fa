//! ALBERT's pipeline around a Unigram vocabulary, as a `tokenizer.json` document.
//!
//! Quotes are made plain, accents and upper case go (unless kept), SentencePiece's character map is applied, each word
//! gets a `▁` in front, and the most likely pieces are found (Kudo 2018; Lan et al. 2020).
//!
//! The document is that of the published checkpoints (`AlbertConverter` of `transformers` 4), so that `spiece.model`
//! gives the same ids as the `tokenizer.json` beside it. `transformers` 5 reads a lone `spiece.model` differently: there
//! every user-defined piece (`.`, `-`, `(`) splits the text, and `9,` may be one piece.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use crate::Error;
use crate::added::{self, AddedTokens};
use crate::bert::template;
use crate::config::Config;
use crate::sentencepiece::SPACE;
use crate::special::Spellings;

/// The usual spellings, in the order of the roles.
pub(crate) const SPECIAL: [&str; 5] = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"];

/// ALBERT splits the comma from the number before it: a piece such as `9,` loses to any other way to spell it.
const NUMBER_COMMA_PENALTY: f64 = 100.0;

/// How text is normalised before it is segmented.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub lowercase: bool,
    pub keep_accents: bool,
    /// Whether each word gets a `▁` in front.
    pub add_prefix_space: bool,
}

impl Rules {
    /// The rules in `tokenizer_config.json`, with the defaults of `AlbertTokenizer`.
    pub(crate) fn from_config(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            lowercase: config.bool("do_lower_case")?.unwrap_or(true),
            keep_accents: config.bool("keep_accents")?.unwrap_or(false),
            add_prefix_space: config.bool("add_prefix_space")?.unwrap_or(true),
        })
    }

    /// The rules as `tokenizer_config.json` has them.
    pub(crate) fn to_config(&self) -> Map<String, Value> {
        let mut keys = Map::new();
        keys.insert("do_lower_case".to_owned(), self.lowercase.into());
        keys.insert("keep_accents".to_owned(), self.keep_accents.into());
        keys.insert("add_prefix_space".to_owned(), self.add_prefix_space.into());
        keys.insert("tokenizer_class".to_owned(), "AlbertTokenizer".into());
        keys
    }

    /// The normaliser of `tokenizer.json`; the character map is SentencePiece's, and may be empty.
    pub(crate) fn normalizer(&self, charsmap: &[u8]) -> Value {
        let replace = |from: &str| json!({"type": "Replace", "pattern": {"String": from}, "content": "\""});
        let mut steps = vec![replace("``"), replace("''")];
        if !self.keep_accents {
            steps.extend([json!({"type": "NFKD"}), json!({"type": "StripAccents"})]);
        }
        if self.lowercase {
            steps.push(json!({"type": "Lowercase"}));
        }
        if !charsmap.is_empty() {
            steps.push(json!({"type": "Precompiled", "precompiled_charsmap": BASE64_STANDARD.encode(charsmap)}));
        }
        json!({"type": "Sequence", "normalizers": steps})
    }

    /// The pre-tokenizer of `tokenizer.json`.
    pub(crate) fn pre_tokenizer(&self) -> Value {
        json!({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, self.metaspace()]})
    }

    fn metaspace(&self) -> Value {
        let scheme = if self.add_prefix_space { "always" } else { "never" };
        json!({"type": "Metaspace", "replacement": SPACE, "prepend_scheme": scheme, "split": true})
    }
}

/// A vocabulary and what belongs to it.
pub(crate) struct Vocabulary<'a> {
    /// Where it was read, for messages.
    pub file: &'a Path,
    /// Spellings and scores; the position is the id.
    pub pieces: Vec<(&'a str, f64)>,
    /// The id of the unknown piece.
    pub unknown: u32,
    /// SentencePiece's character map; may be empty.
    pub charsmap: &'a [u8],
}

/// The whole pipeline around a vocabulary. The mask token swallows the spaces before it.
pub(crate) fn document(
    vocabulary: &Vocabulary<'_>,
    special: &Spellings,
    config: &Config,
    rules: &Rules,
) -> Result<Value, Error> {
    let ids: Map<String, Value> =
        vocabulary.pieces.iter().enumerate().map(|(id, (piece, _))| ((*piece).to_owned(), id.into())).collect();
    let id_of = |token: &str| ids.get(token).and_then(Value::as_u64);
    let [_, _, cls, sep, _] = special;
    let required = |token| added::required(vocabulary.file, token, id_of);
    let template = template((cls, required(cls)?), (sep, required(sep)?));
    let penalised = |&(piece, score): &(&str, f64)| {
        let score = if ends_in_number_comma(piece) { score - NUMBER_COMMA_PENALTY } else { score };
        json!([piece, score])
    };
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": AddedTokens::new(special, config, true, vocabulary.pieces.len(), id_of)?.into_value(),
        "normalizer": rules.normalizer(vocabulary.charsmap),
        "pre_tokenizer": rules.pre_tokenizer(),
        "post_processor": template,
        "decoder": rules.metaspace(),
        "model": {
            "type": "Unigram", "unk_id": vocabulary.unknown, "byte_fallback": false,
            "vocab": vocabulary.pieces.iter().map(penalised).collect::<Vec<_>>(),
        },
    }))
}

/// Whether the piece ends in a digit and a comma.
fn ends_in_number_comma(piece: &str) -> bool {
    let mut from_end = piece.chars().rev();
    from_end.next() == Some(',') && from_end.next().is_some_and(char::is_numeric)
}
