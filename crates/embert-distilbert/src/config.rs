//! DistilBERT's config.json.

use std::path::Path;

use embert_checkpoint::{ConfigError, Error, ModelConfig, read_json_as};
use embert_core::{
    ClassNames, EmbeddingSizes, FamilyConfig, HiddenAct, Labels, LayerSizes, ProblemType,
    checks::{self, most},
    null_as_default,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Of every LayerNorm; no key of the file says otherwise.
pub(crate) const LAYER_NORM_EPS: f64 = 1e-12;

/// The sizes and rates of a DistilBERT, under the keys of Hugging Face's config.json.
///
/// A key that is absent from the file has transformers' default, and a key
/// that is not known here is kept and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DistilBertConfig {
    /// The classes that this checkpoint was saved from, such as `DistilBertForMaskedLM`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<String>,
    /// `distilbert`.
    pub model_type: String,
    /// Words of the vocabulary.
    pub vocab_size: usize,
    /// Width of a token's vector: `hidden_size` in BERT.
    #[serde(alias = "hidden_size")]
    pub dim: usize,
    /// Blocks of the encoder.
    #[serde(alias = "num_hidden_layers")]
    pub n_layers: usize,
    /// Attention heads of a block; divides `dim`.
    #[serde(alias = "num_attention_heads")]
    pub n_heads: usize,
    /// Width of the feed-forward network between its two maps.
    pub hidden_dim: usize,
    /// The activation of the feed-forward network and the masked-LM head.
    pub activation: HiddenAct,
    /// Dropout of embeddings, of the feed-forward network's output and before a classifier of tokens, in `[0, 1]`; as
    /// in transformers, attention's output has none.
    pub dropout: f64,
    /// Dropout of attention probabilities, in `[0, 1]`.
    pub attention_dropout: f64,
    /// Dropout before the scores of where an answer starts and ends, in `[0, 1]`.
    pub qa_dropout: f64,
    /// Dropout before a classifier of sequences, in `[0, 1]`.
    pub seq_classif_dropout: f64,
    /// The longest sequence.
    pub max_position_embeddings: usize,
    /// Whether positions are sines and cosines that training does not move.
    pub sinusoidal_pos_embds: bool,
    /// Standard deviation of freshly drawn matrices.
    pub initializer_range: f64,
    /// The id of `[PAD]`.
    pub pad_token_id: Option<u32>,
    /// Whether the masked-LM head's matrix is the word embedding.
    pub tie_word_embeddings: bool,
    /// The classes' names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id2label: Option<ClassNames>,
    /// The number of classes, where they have no names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_labels: Option<usize>,
    /// What a sequence classifier's scores are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem_type: Option<ProblemType>,
    /// The keys that are not known here.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Default for DistilBertConfig {
    /// transformers' defaults, which are the sizes of distilbert-base-uncased.
    fn default() -> Self {
        Self {
            architectures: Vec::new(),
            model_type: "distilbert".into(),
            vocab_size: 30522,
            dim: 768,
            n_layers: 6,
            n_heads: 12,
            hidden_dim: 3072,
            activation: HiddenAct::default(),
            dropout: 0.1,
            attention_dropout: 0.1,
            qa_dropout: 0.1,
            seq_classif_dropout: 0.2,
            max_position_embeddings: 512,
            sinusoidal_pos_embds: false,
            initializer_range: 0.02,
            pad_token_id: Some(0),
            tie_word_embeddings: true,
            id2label: None,
            num_labels: None,
            problem_type: None,
            other: Map::new(),
        }
    }
}

impl DistilBertConfig {
    /// What a classifier on this model tells apart.
    pub fn labels(&self) -> Labels {
        Labels::new(&self.id2label, self.num_labels, self.problem_type)
    }

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
    fn check(&self) -> Result<(), ConfigError> {
        checks::model_type(&self.model_type, "distilbert")?;
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
        checks::not_negative([("initializer_range", self.initializer_range)])?;
        checks::pad_token(self.pad_token_id, self.vocab_size)?;
        checks::labels(&self.labels())?;
        checks::encoder_only(&self.other)
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }

    /// As in transformers, a size may stand under the name that BERT has for it, and then counts.
    fn read(file: &Path) -> Result<Self, Error> {
        read_json_as(file, |mut keys: Map<String, Value>| {
            for (ours, berts) in
                [("dim", "hidden_size"), ("n_heads", "num_attention_heads"), ("n_layers", "num_hidden_layers")]
            {
                if let Some(value) = keys.remove(berts) {
                    keys.insert(ours.into(), value);
                }
            }
            keys
        })
    }
}
