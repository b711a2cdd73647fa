//! ALBERT's config.json.

use embert_checkpoint::{ConfigError, ModelConfig};
use embert_core::{
    ClassNames, EmbeddingSizes, FamilyConfig, HiddenAct, Labels, LayerSizes, ProblemType,
    checks::{self, most},
    null_as_default,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The sizes and rates of an ALBERT, under the keys of Hugging Face's config.json.
///
/// A key that is absent from the file has transformers' default, and a key
/// that is not known here is kept and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlbertConfig {
    /// The classes that this checkpoint was saved from, such as `AlbertForMaskedLM`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<String>,
    /// `albert`.
    pub model_type: String,
    /// Words of the vocabulary.
    pub vocab_size: usize,
    /// Width of a word's vector.
    pub embedding_size: usize,
    /// Width of a token's vector, after the projection.
    pub hidden_size: usize,
    /// How often a group of layers is run.
    pub num_hidden_layers: usize,
    /// Groups, each with parameters of its own; the published models have one.
    pub num_hidden_groups: usize,
    /// Layers of a group; the published models have one.
    pub inner_group_num: usize,
    /// Attention heads of a block; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward network between its two maps.
    pub intermediate_size: usize,
    /// The activation of the feed-forward network and the masked-LM head.
    pub hidden_act: HiddenAct,
    /// Dropout of embeddings and of attention's output, in `[0, 1]`; as in transformers, the feed-forward network has
    /// none.
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities, in `[0, 1]`.
    pub attention_probs_dropout_prob: f64,
    /// Dropout before a classifier, in `[0, 1]`.
    pub classifier_dropout_prob: f64,
    /// The longest sequence.
    pub max_position_embeddings: usize,
    /// Segments.
    pub type_vocab_size: usize,
    /// Standard deviation of freshly drawn matrices.
    pub initializer_range: f64,
    /// Added to the variance in LayerNorm.
    pub layer_norm_eps: f64,
    /// The id of `<pad>`.
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

impl Default for AlbertConfig {
    /// transformers' defaults, which are the sizes of albert-xxlarge-v1.
    fn default() -> Self {
        Self {
            architectures: Vec::new(),
            model_type: "albert".into(),
            vocab_size: 30000,
            embedding_size: 128,
            hidden_size: 4096,
            num_hidden_layers: 12,
            num_hidden_groups: 1,
            inner_group_num: 1,
            num_attention_heads: 64,
            intermediate_size: 16384,
            hidden_act: HiddenAct::gelu_new(),
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            classifier_dropout_prob: 0.1,
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: Some(0),
            tie_word_embeddings: true,
            id2label: None,
            num_labels: None,
            problem_type: None,
            other: Map::new(),
        }
    }
}

impl AlbertConfig {
    /// What a classifier on this model tells apart.
    pub fn labels(&self) -> Labels {
        Labels::new(&self.id2label, self.num_labels, self.problem_type)
    }

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
    fn check(&self) -> Result<(), ConfigError> {
        checks::model_type(&self.model_type, "albert")?;
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
        checks::not_negative([("layer_norm_eps", self.layer_norm_eps), ("initializer_range", self.initializer_range)])?;
        checks::pad_token(self.pad_token_id, self.vocab_size)?;
        checks::labels(&self.labels())?;
        checks::encoder_only(&self.other)
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}
