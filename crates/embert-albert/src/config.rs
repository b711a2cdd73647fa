//! ALBERT's config.json.

use embert_checkpoint::{ConfigError, KeyError, ModelConfig, from_keys};
use embert_core::{
    EmbeddingSizes, FamilyConfig, HiddenAct, LayerSizes,
    checks::{self, most},
    config_keys,
};
use serde_json::{Map, Value};

config_keys! {
    /// The sizes and rates of an ALBERT, under the keys of Hugging Face's config.json; by default those of
    /// albert-xxlarge-v1.
    AlbertConfig, "albert";
    /// Words of the vocabulary.
    vocab_size: usize = 30000,
    /// Width of a word's vector.
    embedding_size: usize = 128,
    /// Width of a token's vector, after the projection.
    hidden_size: usize = 4096,
    /// How often a group of layers is run.
    num_hidden_layers: usize = 12,
    /// Groups, each with parameters of its own; the published models have one.
    num_hidden_groups: usize = 1,
    /// Layers of a group; the published models have one.
    inner_group_num: usize = 1,
    /// Attention heads of a block; divides `hidden_size`.
    num_attention_heads: usize = 64,
    /// Width of the feed-forward network between its two maps.
    intermediate_size: usize = 16384,
    /// The activation of the feed-forward network and the masked-LM head.
    hidden_act: HiddenAct = HiddenAct::gelu_new(),
    /// Dropout of embeddings and of attention's output, in `[0, 1]`; as in transformers, the feed-forward network has
    /// none.
    hidden_dropout_prob: f64 = 0.0,
    /// Dropout of attention probabilities, in `[0, 1]`.
    attention_probs_dropout_prob: f64 = 0.0,
    /// Dropout before a classifier, in `[0, 1]`.
    classifier_dropout_prob: f64 = 0.1,
    /// The longest sequence.
    max_position_embeddings: usize = 512,
    /// Segments.
    type_vocab_size: usize = 2,
    /// Added to the variance in LayerNorm.
    layer_norm_eps: f64 = 1e-12,
    /// The id of `<pad>`.
    pad_token_id: Option<u32> = Some(0),
}

impl AlbertConfig {
    /// Of the tables.
    pub(crate) fn embedding_sizes(&self) -> EmbeddingSizes {
        EmbeddingSizes {
            width: self.embedding_size,
            vocab_size: self.vocab_size,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: Some(self.type_vocab_size),
            layer_norm_eps: self.layer_norm_eps,
            dropout: self.hidden_dropout_prob,
            positions: self.positions(),
        }
    }

    /// Of each block.
    pub(crate) fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden_size: self.hidden_size,
            num_attention_heads: self.num_attention_heads,
            intermediate_size: self.intermediate_size,
            activation: self.hidden_act.activation(),
            layer_norm_eps: self.layer_norm_eps,
            attention_dropout: self.attention_probs_dropout_prob,
            attention_output_dropout: self.hidden_dropout_prob,
            feed_forward_dropout: 0.0,
        }
    }
}

impl ModelConfig for AlbertConfig {
    fn from_keys(keys: Map<String, Value>) -> Result<Self, KeyError> {
        from_keys(keys)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.check_common("albert")?;
        checks::sizes([
            ("vocab_size", self.vocab_size, most::ROWS),
            ("embedding_size", self.embedding_size, most::WIDTH),
            ("hidden_size", self.hidden_size, most::WIDTH),
            ("num_hidden_groups", self.num_hidden_groups, most::LAYERS),
            ("inner_group_num", self.inner_group_num, most::LAYERS),
            ("num_attention_heads", self.num_attention_heads, most::WIDTH),
            ("intermediate_size", self.intermediate_size, most::INTERMEDIATE),
            ("max_position_embeddings", self.max_position_embeddings, most::ROWS),
            ("type_vocab_size", self.type_vocab_size, most::WIDTH),
        ])?;
        checks::layers("num_hidden_layers", self.num_hidden_layers)?;
        // What is built, and what is run: the sizes alone bound neither.
        let most_of = |number: usize| most::LAYERS / number.max(1);
        checks::sizes([
            ("inner_group_num", self.inner_group_num, most_of(self.num_hidden_groups)),
            ("inner_group_num", self.inner_group_num, most_of(self.num_hidden_layers)),
        ])?;
        checks::divides("num_attention_heads", self.num_attention_heads, ("hidden_size", self.hidden_size))?;
        checks::rates([
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            ("attention_probs_dropout_prob", self.attention_probs_dropout_prob),
            ("classifier_dropout_prob", self.classifier_dropout_prob),
        ])?;
        checks::not_negative([("layer_norm_eps", self.layer_norm_eps)])?;
        checks::pad_token(self.pad_token_id, self.vocab_size)
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}
