//! RoBERTa's config.json.

use embert_checkpoint::{ConfigError, ModelConfig};
use embert_core::{
    ClassNames, EmbeddingSizes, FamilyConfig, HiddenAct, Labels, LayerSizes, ProblemType,
    checks::{self, most},
    null_as_default,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The sizes and rates of a RoBERTa, under the keys of Hugging Face's config.json.
///
/// A key that is absent from the file has transformers' default, and a key
/// that is not known here is kept and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RobertaConfig {
    /// The classes that this checkpoint was saved from, such as `RobertaForMaskedLM`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<String>,
    /// `roberta`.
    pub model_type: String,
    /// Words of the vocabulary.
    pub vocab_size: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Blocks of the encoder.
    pub num_hidden_layers: usize,
    /// Attention heads of a block; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward network between its two maps.
    pub intermediate_size: usize,
    /// The activation of the feed-forward network.
    pub hidden_act: HiddenAct,
    /// Dropout of embeddings and of what is added to a residual, in `[0, 1]`.
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities, in `[0, 1]`.
    pub attention_probs_dropout_prob: f64,
    /// Dropout before a classifier, in `[0, 1]`; where it is absent, `hidden_dropout_prob`.
    pub classifier_dropout: Option<f64>,
    /// Rows of the table of positions: the longest sequence and `pad_token_id` + 1 more.
    pub max_position_embeddings: usize,
    /// Segments; the published models have one.
    pub type_vocab_size: usize,
    /// Standard deviation of freshly drawn matrices.
    pub initializer_range: f64,
    /// Added to the variance in LayerNorm.
    pub layer_norm_eps: f64,
    /// The id of `<pad>`, from which positions count.
    pub pad_token_id: u32,
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

impl Default for RobertaConfig {
    /// transformers' defaults; the published models have 514 positions, one
    /// segment and an epsilon of 1e-5.
    fn default() -> Self {
        Self {
            architectures: Vec::new(),
            model_type: "roberta".into(),
            vocab_size: 50265,
            hidden_size: 768,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            intermediate_size: 3072,
            hidden_act: HiddenAct::default(),
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            classifier_dropout: None,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: 1,
            tie_word_embeddings: true,
            id2label: None,
            num_labels: None,
            problem_type: None,
            other: Map::new(),
        }
    }
}

impl RobertaConfig {
    /// What a classifier on this model tells apart.
    pub fn labels(&self) -> Labels {
        Labels::new(&self.id2label, self.num_labels, self.problem_type)
    }

    /// Of the tables.
    pub(crate) fn embedding_sizes(&self) -> EmbeddingSizes {
        EmbeddingSizes {
            width: self.hidden_size,
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
            feed_forward_dropout: self.hidden_dropout_prob,
        }
    }
}

impl ModelConfig for RobertaConfig {
    fn check(&self) -> Result<(), ConfigError> {
        checks::model_type(&self.model_type, "roberta")?;
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
        checks::not_negative([("layer_norm_eps", self.layer_norm_eps), ("initializer_range", self.initializer_range)])?;
        checks::pad_token(Some(self.pad_token_id), self.vocab_size)?;
        checks::labels(&self.labels())?;
        checks::encoder_only(&self.other)
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}
