//! BERT's config.json.

use embert_checkpoint::{ConfigError, KeyError, ModelConfig, from_keys};
use serde_json::{Map, Value};

use crate::{
    batch::Positions,
    checks::{self, most},
    config_keys,
    embeddings::EmbeddingSizes,
    hidden_act::HiddenAct,
    layer::LayerSizes,
};

config_keys! {
    /// The sizes and rates of a BERT, under the keys of Hugging Face's config.json; by default those of
    /// bert-base-uncased.
    BertConfig, "bert";
    /// Words of the vocabulary.
    vocab_size: usize = 30522,
    /// Width of a token's vector.
    hidden_size: usize = 768,
    /// Blocks of the encoder.
    num_hidden_layers: usize = 12,
    /// Attention heads of a block; divides `hidden_size`.
    num_attention_heads: usize = 12,
    /// Width of the feed-forward network between its two maps.
    intermediate_size: usize = 3072,
    /// The activation of the feed-forward network and, but in RoBERTa, of the masked-LM head.
    hidden_act: HiddenAct = HiddenAct::default(),
    /// Dropout of embeddings and of what is added to a residual, in `[0, 1]`.
    hidden_dropout_prob: f64 = 0.1,
    /// Dropout of attention probabilities, in `[0, 1]`.
    attention_probs_dropout_prob: f64 = 0.1,
    /// Dropout before a classifier, in `[0, 1]`; where it is absent, `hidden_dropout_prob`.
    classifier_dropout: Option<f64> = None,
    /// Rows of the table of positions: the longest sequence, and in RoBERTa `pad_token_id` + 1 more.
    max_position_embeddings: usize = 512,
    /// Segments.
    type_vocab_size: usize = 2,
    /// Added to the variance in LayerNorm.
    layer_norm_eps: f64 = 1e-12,
    /// The id of `[PAD]`.
    pad_token_id: Option<u32> = Some(0),
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

    /// Of the tables, whose `positions` are counted so.
    pub fn embedding_sizes(&self, positions: Positions) -> EmbeddingSizes {
        EmbeddingSizes {
            width: self.hidden_size,
            vocab_size: self.vocab_size,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: Some(self.type_vocab_size),
            layer_norm_eps: self.layer_norm_eps,
            dropout: self.hidden_dropout_prob,
            positions,
        }
    }

    /// Of each block.
    pub fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden_size: self.hidden_size,
            num_attention_heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            activation: self.hidden_act.activation(),
            layer_norm_eps: self.layer_norm_eps,
            attention_dropout: self.attention_probs_dropout_prob,
            attention_output_dropout: self.hidden_dropout_prob,
            feed_forward_dropout: self.hidden_dropout_prob,
        }
    }

    /// Checks the values of a model of that type, whose config has BERT's keys.
    ///
    /// # Errors
    /// Where no such model can be built from them.
    pub fn check_as(&self, model_type: &str) -> Result<(), ConfigError> {
        self.check_common(model_type)?;
        checks::sizes([
            ("vocab_size", self.vocab_size, most::ROWS),
            ("hidden_size", self.hidden_size, most::WIDTH),
            ("num_attention_heads", self.num_attention_heads, most::WIDTH),
            ("intermediate_size", self.intermediate_size, most::INTERMEDIATE),
            ("max_position_embeddings", self.max_position_embeddings, most::ROWS),
            ("type_vocab_size", self.type_vocab_size, most::WIDTH),
        ])?;
        checks::layers("num_hidden_layers", self.num_hidden_layers)?;
        checks::divides("num_attention_heads", self.num_attention_heads, ("hidden_size", self.hidden_size))?;
        checks::rates([
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            ("attention_probs_dropout_prob", self.attention_probs_dropout_prob),
            ("classifier_dropout", self.classifier_dropout.unwrap_or(0.0)),
        ])?;
        checks::not_negative([("layer_norm_eps", self.layer_norm_eps)])?;
        checks::pad_token(self.pad_token_id, self.vocab_size)
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
