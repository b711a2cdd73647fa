//! BERT's config.json.

use embert_checkpoint::{ConfigError, KeyError, ModelConfig, from_keys};
use serde_json::{Map, Value};

use crate::{checks, encoder_config, hidden_act::HiddenAct};

encoder_config! {
    /// The sizes and rates of a BERT, under the keys of Hugging Face's config.json; by default those of
    /// bert-base-uncased.
    BertConfig, "bert" {
        vocab_size: 30522,
        hidden_size: 768,
        num_hidden_layers: 12,
        num_attention_heads: 12,
        intermediate_size: 3072,
        hidden_act: HiddenAct::default(),
        dropout: 0.1,
    }
    /// Dropout before a classifier, in `[0, 1]`; where it is absent, `hidden_dropout_prob`.
    classifier_dropout: Option<f64> = None,
}

impl BertConfig {
    /// A BERT of `num_hidden_layers` blocks of width `hidden_size`; the
    /// feed-forward network is four times as wide, as in all published sizes.
    pub fn of_size(num_hidden_layers: usize, hidden_size: usize, num_attention_heads: usize) -> Self {
        Self {
            num_hidden_layers,
            hidden_size,
            num_attention_heads,
            intermediate_size: 4 * hidden_size,
            ..Self::default()
        }
    }

    /// Checks the values of a model of that type, whose config has BERT's keys.
    ///
    /// # Errors
    /// Where no such model can be built from them.
    pub fn check_as(&self, model_type: &str) -> Result<(), ConfigError> {
        self.check_encoder(model_type)?;
        checks::rates([("classifier_dropout", self.classifier_dropout.unwrap_or(0.0))])
    }
}

impl ModelConfig for BertConfig {
    fn from_keys(keys: Map<String, Value>) -> Result<Self, KeyError> {
        from_keys(keys)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.check_as("bert")
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}
