//! RoBERTa's config.json: BERT's keys with other defaults.

use std::ops::{Deref, DerefMut};

use embert_checkpoint::{ConfigError, KeyError, ModelConfig, from_keys};
use embert_core::BertConfig;
use serde::Serialize;
use serde_json::{Map, Value};

/// The sizes and rates of a RoBERTa, under the keys that [`BertConfig`] has.
///
/// `type_vocab_size` is 1 in the published models. `pad_token_id` is there: positions count from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RobertaConfig(pub BertConfig);

/// transformers' defaults, where they are not BERT's. The published models have 514 positions, one segment and an
/// epsilon of 1e-5.
const VOCAB_SIZE: usize = 50265;
const PAD_TOKEN_ID: u32 = 1;

impl Default for RobertaConfig {
    fn default() -> Self {
        Self(BertConfig {
            model_type: "roberta".into(),
            vocab_size: VOCAB_SIZE,
            pad_token_id: Some(PAD_TOKEN_ID),
            ..BertConfig::default()
        })
    }
}

impl RobertaConfig {
    /// The id of `<pad>`.
    pub(crate) fn pad(&self) -> u32 {
        self.pad_token_id.unwrap_or(PAD_TOKEN_ID)
    }
}

impl ModelConfig for RobertaConfig {
    fn from_keys(mut keys: Map<String, Value>) -> Result<Self, KeyError> {
        for (key, default) in [
            ("model_type", Value::from("roberta")),
            ("vocab_size", VOCAB_SIZE.into()),
            ("pad_token_id", PAD_TOKEN_ID.into()),
        ] {
            keys.entry(key).or_insert(default);
        }
        from_keys(keys).map(Self)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.pad_token_id.is_none() {
            return Err(ConfigError::value("pad_token_id", "null", "the id from which positions count".into()));
        }
        self.check_as("roberta")
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.0.tie_word_embeddings
    }
}

impl Deref for RobertaConfig {
    type Target = BertConfig;

    fn deref(&self) -> &BertConfig {
        &self.0
    }
}

impl DerefMut for RobertaConfig {
    fn deref_mut(&mut self) -> &mut BertConfig {
        &mut self.0
    }
}
