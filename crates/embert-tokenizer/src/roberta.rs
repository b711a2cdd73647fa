//! RoBERTa's pipeline around a byte-level BPE vocabulary, as a `tokenizer.json` document.
//!
//! Text is split as GPT-2 does it, each byte becomes a printable character (a space becomes `Ġ`), and neighbours are
//! merged in the order of the merge list (Radford et al. 2019; Liu et al. 2019; `transformers`' `RobertaTokenizer`).
//! Nothing is unknown: every text is bytes.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Error;
use crate::added::{self, AddedTokens};
use crate::config::Config;
use crate::special::Spellings;

/// The usual spellings, in the order of the roles.
pub(crate) const SPECIAL: [&str; 5] = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"];

/// What a directory may choose.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// Whether a text without a space at its start gets one, so that its first word is spelled as any other.
    pub add_prefix_space: bool,
    /// Whether a token's offsets leave out the space that it begins with.
    pub trim_offsets: bool,
}

impl Rules {
    /// The rules in `tokenizer_config.json`, with the defaults of `RobertaTokenizer`.
    pub(crate) fn from_config(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            add_prefix_space: config.bool("add_prefix_space")?.unwrap_or(false),
            trim_offsets: config.bool("trim_offsets")?.unwrap_or(true),
        })
    }

    /// The rules as `tokenizer_config.json` has them.
    pub(crate) fn to_config(&self) -> Map<String, Value> {
        let mut keys = Map::new();
        keys.insert("add_prefix_space".to_owned(), self.add_prefix_space.into());
        keys.insert("trim_offsets".to_owned(), self.trim_offsets.into());
        keys.insert("tokenizer_class".to_owned(), "RobertaTokenizer".into());
        keys
    }

    /// The pre-tokenizer of `tokenizer.json`.
    pub(crate) fn pre_tokenizer(&self) -> Value {
        json!({
            "type": "ByteLevel", "add_prefix_space": self.add_prefix_space, "trim_offsets": self.trim_offsets,
            "use_regex": true,
        })
    }
}

/// The whole pipeline around a vocabulary (token to id) and its merges. `file` is where the vocabulary was read.
///
/// The mask token swallows the space before it, as in the published checkpoints: `a <mask>` has no token for the space.
pub(crate) fn document(
    file: &Path,
    vocabulary: Map<String, Value>,
    merges: &[(String, String)],
    special: &Spellings,
    config: &Config,
    rules: &Rules,
) -> Result<Value, Error> {
    let id_of = |token: &str| vocabulary.get(token).and_then(Value::as_u64);
    let [_, unk, cls, sep, _] = special;
    added::required(file, unk, id_of)?;
    let (cls_id, sep_id) = (added::required(file, cls, id_of)?, added::required(file, sep, id_of)?);
    let added = AddedTokens::new(special, config, true, vocabulary.len(), id_of)?.into_value();
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": rules.pre_tokenizer(),
        "post_processor": {
            "type": "RobertaProcessing", "sep": [sep, sep_id], "cls": [cls, cls_id],
            "trim_offsets": rules.trim_offsets, "add_prefix_space": rules.add_prefix_space,
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocabulary, "merges": merges,
        },
    }))
}
