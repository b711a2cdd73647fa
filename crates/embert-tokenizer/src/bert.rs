//! BERT's pipeline around a WordPiece vocabulary, as a `tokenizer.json` document.
//!
//! Clean, lower-case and strip accents (uncased models), split at spaces and punctuation and around CJK characters,
//! then the longest piece first (Devlin et al. 2018; `transformers`' `BertTokenizer`).

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Error;
use crate::added::{self, AddedTokens};
use crate::config::Config;
use crate::special::Spellings;

/// The usual spellings, in the order of the roles.
pub(crate) const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// The prefix of a piece that continues a word.
pub(crate) const CONTINUATION: &str = "##";

/// A longer word becomes `[UNK]` without a look.
const MAX_CHARS_PER_WORD: usize = 100;

/// How text is normalised before it is split.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub lowercase: bool,
    /// `None` follows `lowercase`.
    pub strip_accents: Option<bool>,
    pub split_chinese_chars: bool,
    /// Tokens that are found in the text as they are, before anything is normalised.
    pub never_split: Vec<String>,
}

impl Rules {
    /// The rules in `tokenizer_config.json`, with Hugging Face's defaults.
    pub(crate) fn from_config(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            lowercase: config.bool("do_lower_case")?.unwrap_or(true),
            strip_accents: config.bool("strip_accents")?,
            split_chinese_chars: config.bool("tokenize_chinese_chars")?.unwrap_or(true),
            never_split: config.tokens("never_split")?,
        })
    }

    /// The rules as `tokenizer_config.json` has them.
    pub(crate) fn to_config(&self) -> Map<String, Value> {
        let mut keys = Map::new();
        keys.insert("do_lower_case".to_owned(), self.lowercase.into());
        keys.insert("strip_accents".to_owned(), self.strip_accents.map_or(Value::Null, Value::Bool));
        keys.insert("tokenize_chinese_chars".to_owned(), self.split_chinese_chars.into());
        keys.insert("tokenizer_class".to_owned(), "BertTokenizer".into());
        keys
    }

    /// The normaliser of `tokenizer.json`.
    pub(crate) fn normalizer(&self) -> Value {
        json!({
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": self.split_chinese_chars,
            "strip_accents": self.strip_accents, "lowercase": self.lowercase,
        })
    }

    /// The pre-tokenizer of `tokenizer.json`.
    pub(crate) fn pre_tokenizer() -> Value {
        json!({"type": "BertPreTokenizer"})
    }
}

/// The whole pipeline around `vocabulary`, whose order gives the ids. `file` is where it was read, for messages.
///
/// The unknown, start and separator tokens must be in the vocabulary; `[PAD]` and `[MASK]` may be absent.
pub(crate) fn document(
    file: &Path,
    vocabulary: &[String],
    special: &Spellings,
    config: &Config,
    rules: &Rules,
) -> Result<Value, Error> {
    let ids: Map<String, Value> = vocabulary.iter().enumerate().map(|(id, token)| (token.clone(), id.into())).collect();
    let id_of = |token: &str| ids.get(token).and_then(Value::as_u64);
    let [_, unk, cls, sep, _] = special;
    added::required(file, unk, id_of)?;
    let template = template((cls, added::required(file, cls, id_of)?), (sep, added::required(file, sep, id_of)?));

    let mut added = AddedTokens::new(special, config, false, vocabulary.len(), id_of)?;
    for token in &rules.never_split {
        // A token outside the vocabulary has no id of its own to be kept whole as.
        if let Some(id) = id_of(token) {
            added.keep_whole(id, token);
        }
    }

    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added.into_value(),
        "normalizer": rules.normalizer(),
        "pre_tokenizer": Rules::pre_tokenizer(),
        "post_processor": template,
        "decoder": {"type": "WordPiece", "prefix": CONTINUATION, "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": unk, "continuing_subword_prefix": CONTINUATION,
            "max_input_chars_per_word": MAX_CHARS_PER_WORD, "vocab": ids,
        },
    }))
}

/// `[CLS] A [SEP]` in segment 0, `B [SEP]` in segment 1.
pub(crate) fn template((cls, cls_id): (&str, u64), (sep, sep_id): (&str, u64)) -> Value {
    let special = |token: &str, segment: u32| json!({"SpecialToken": {"id": token, "type_id": segment}});
    let text = |name: &str, segment: u32| json!({"Sequence": {"id": name, "type_id": segment}});
    json!({
        "type": "TemplateProcessing",
        "single": [special(cls, 0), text("A", 0), special(sep, 0)],
        "pair": [special(cls, 0), text("A", 0), special(sep, 0), text("B", 1), special(sep, 1)],
        "special_tokens": {
            cls: {"id": cls, "ids": [cls_id], "tokens": [cls]},
            sep: {"id": sep, "ids": [sep_id], "tokens": [sep]},
        },
    })
}
