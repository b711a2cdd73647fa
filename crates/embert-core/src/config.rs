//! BERT's config.json.

use embert_checkpoint::{ConfigError, ModelConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    backbone::{Decoder, Family, FamilyConfig, Heads, MaskedLmSizes, PairQuestion, SentencePair, Summary},
    batch::Positions,
    checks::{self, most},
    embeddings::EmbeddingSizes,
    hidden_act::HiddenAct,
    labels::{ClassNames, Labels, ProblemType, null_as_default},
    layer::LayerSizes,
    layout::BERT_LAYOUT,
};

/// The sizes and rates of a BERT, under the keys of Hugging Face's config.json.
///
/// A key that is absent from the file has transformers' default, and a key
/// that is not known here is kept and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BertConfig {
    /// The classes that this checkpoint was saved from, such as `BertForMaskedLM`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<String>,
    /// `bert`.
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
    /// The activation of the feed-forward network and the masked-LM head.
    pub hidden_act: HiddenAct,
    /// Dropout of embeddings and of what is added to a residual, in `[0, 1]`.
    pub hidden_dropout_prob: f64,
    /// Dropout of attention probabilities, in `[0, 1]`.
    pub attention_probs_dropout_prob: f64,
    /// Dropout before a classifier, in `[0, 1]`; where it is absent, `hidden_dropout_prob`.
    pub classifier_dropout: Option<f64>,
    /// The longest sequence.
    pub max_position_embeddings: usize,
    /// Segments.
    pub type_vocab_size: usize,
    /// Standard deviation of freshly drawn matrices.
    pub initializer_range: f64,
    /// Added to the variance in LayerNorm.
    pub layer_norm_eps: f64,
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

impl Default for BertConfig {
    /// transformers' defaults, which are the sizes of bert-base-uncased.
    fn default() -> Self {
        Self {
            architectures: Vec::new(),
            model_type: "bert".into(),
            vocab_size: 30522,
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
            pad_token_id: Some(0),
            tie_word_embeddings: true,
            id2label: None,
            num_labels: None,
            problem_type: None,
            other: Map::new(),
        }
    }
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

    /// What a classifier on this model tells apart.
    pub fn labels(&self) -> Labels {
        Labels::new(&self.id2label, self.num_labels, self.problem_type)
    }
}

impl ModelConfig for BertConfig {
    fn check(&self) -> Result<(), ConfigError> {
        checks::model_type(&self.model_type, "bert")?;
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
        checks::pad_token(self.pad_token_id, self.vocab_size)?;
        checks::labels(&self.labels())?;
        checks::encoder_only(&self.other)
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        &mut self.tie_word_embeddings
    }
}

static BERT: Family = Family { model_type: "bert", class_prefix: "Bert", layout: &BERT_LAYOUT };

impl FamilyConfig for BertConfig {
    fn family(&self) -> &'static Family {
        &BERT
    }

    fn heads(&self) -> Heads {
        let classifier_dropout = self.classifier_dropout.unwrap_or(self.hidden_dropout_prob);
        Heads {
            hidden_size: self.hidden_size,
            initializer_range: self.initializer_range,
            masked_lm: MaskedLmSizes {
                embedding_size: self.hidden_size,
                vocab_size: self.vocab_size,
                activation: self.hidden_act.activation(),
                layer_norm_eps: self.layer_norm_eps,
                decoder: Decoder::of(self.tie_word_embeddings),
            },
            pooler: Some(Summary::TANH),
            sentence_pair: Some(SentencePair { question: PairQuestion::NextSentence, classes: 2, dropout: 0.0 }),
            sequence: Summary::TANH,
            choice: Summary::TANH,
            sequence_dropout: classifier_dropout,
            token_dropout: classifier_dropout,
            question_answering_dropout: 0.0,
            labels: self.labels(),
        }
    }

    fn positions(&self) -> Positions {
        Positions::FromZero
    }

    fn longest_sequence(&self) -> usize {
        self.max_position_embeddings
    }
}
