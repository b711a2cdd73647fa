//! DistilBERT's config.json.

use embert_checkpoint::{ConfigError, KeyError, ModelConfig, from_keys};
use embert_core::{
    EmbeddingSizes, FamilyConfig, HiddenAct, LayerSizes,
    checks::{self, most},
    config_keys,
};
use serde_json::{Map, Value};

/// Of every LayerNorm; no key of the file says otherwise.
pub(crate) const LAYER_NORM_EPS: f64 = 1e-12;

config_keys! {
    /// The sizes and rates of a DistilBERT, under the keys of Hugging Face's config.json; by default those of
    /// distilbert-base-uncased.
    DistilBertConfig, "distilbert";
    /// Words of the vocabulary.
    vocab_size: usize = 30522,
    /// Width of a token's vector: `hidden_size` in BERT.
    dim: usize = 768,
    /// Blocks of the encoder.
    n_layers: usize = 6,
    /// Attention heads of a block; divides `dim`.
    n_heads: usize = 12,
    /// Width of the feed-forward network between its two maps.
    hidden_dim: usize = 3072,
    /// The activation of the feed-forward network and the masked-LM head.
    activation: HiddenAct = HiddenAct::default(),
    /// Dropout of embeddings, of the feed-forward network's output and before a classifier of tokens, in `[0, 1]`; as
    /// in transformers, attention's output has none.
    dropout: f64 = 0.1,
    /// Dropout of attention probabilities, in `[0, 1]`.
    attention_dropout: f64 = 0.1,
    /// Dropout before the scores of where an answer starts and ends, in `[0, 1]`.
    qa_dropout: f64 = 0.1,
    /// Dropout before a classifier of sequences, in `[0, 1]`.
    seq_classif_dropout: f64 = 0.2,
    /// The longest sequence.
    max_position_embeddings: usize = 512,
    /// Whether positions are sines and cosines that training does not move.
    sinusoidal_pos_embds: bool = false,
    /// The id of `[PAD]`.
    pad_token_id: Option<u32> = Some(0),
}

impl DistilBertConfig {
    /// Of the tables.
    pub(crate) fn embedding_sizes(&self) -> EmbeddingSizes {
        EmbeddingSizes {
            width: self.dim,
            vocab_size: self.vocab_size,
            max_position_embeddings: self.max_position_embeddings,
            type_vocab_size: None,
            layer_norm_eps: LAYER_NORM_EPS,
            dropout: self.dropout,
            positions: self.positions(),
        }
    }

    /// Of each block.
    pub(crate) fn layer_sizes(&self) -> LayerSizes {
        LayerSizes {
            hidden_size: self.dim,
            num_attention_heads: self.n_heads,
            intermediate_size: self.hidden_dim,
            activation: self.activation.activation(),
            layer_norm_eps: LAYER_NORM_EPS,
            attention_dropout: self.attention_dropout,
            attention_output_dropout: 0.0,
            feed_forward_dropout: self.dropout,
        }
    }
}

impl ModelConfig for DistilBertConfig {
    /// As in transformers, a size may stand under the name that BERT has for it, and then counts.
    fn from_keys(mut keys: Map<String, Value>) -> Result<Self, KeyError> {
        for (ours, berts) in
            [("dim", "hidden_size"), ("n_heads", "num_attention_heads"), ("n_layers", "num_hidden_layers")]
        {
            if let Some(value) = keys.remove(berts) {
                keys.insert(ours.into(), value);
            }
        }
        from_keys(keys)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.check_common("distilbert")?;
        checks::sizes([
            ("vocab_size", self.vocab_size, most::ROWS),
            ("dim", self.dim, most::WIDTH),
            ("n_heads", self.n_heads, most::WIDTH),
            ("hidden_dim", self.hidden_dim, most::INTERMEDIATE),
            ("max_position_embeddings", self.max_position_embeddings, most::ROWS),
        ])?;
        checks::layers("n_layers", self.n_layers)?;
        checks::divides("n_heads", self.n_heads, ("dim", self.dim))?;
        checks::rates([
            ("dropout", self.dropout),
            ("attention_dropout", self.attention_dropout),
            ("qa_dropout", self.qa_dropout),
            ("seq_classif_dropout", self.seq_classif_dropout),
        ])?;
        checks::pad_token(self.pad_token_id, self.vocab_size)
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}
