//! BERT's config.json.

use embert_checkpoint::{ConfigError, ModelConfig};
use embert_kernels::Activation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The sizes and rates of a BERT, under the keys of Hugging Face's config.json.
///
/// A key that is absent from the file has transformers' default, and a key
/// that is not known here is kept and written back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BertConfig {
    /// The classes that this checkpoint was saved from, such as `BertForMaskedLM`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
            max_position_embeddings: 512,
            type_vocab_size: 2,
            initializer_range: 0.02,
            layer_norm_eps: 1e-12,
            pad_token_id: Some(0),
            tie_word_embeddings: true,
            other: Map::new(),
        }
    }
}

/// The published sizes: name, layers, width, heads (BERT, section 3, and the
/// miniatures of Turc et al. 2019).
pub const PRESETS: [(&str, usize, usize, usize); 6] = [
    ("bert-tiny", 2, 128, 2),
    ("bert-mini", 4, 256, 4),
    ("bert-small", 4, 512, 8),
    ("bert-medium", 8, 512, 8),
    ("bert-base", 12, 768, 12),
    ("bert-large", 24, 1024, 16),
];

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

    /// The published size of that name, one of [`PRESETS`].
    pub fn preset(name: &str) -> Option<Self> {
        let (_, layers, width, heads) = PRESETS.into_iter().find(|preset| preset.0 == name)?;
        Some(Self::of_size(layers, width, heads))
    }
}

impl ModelConfig for BertConfig {
    const MODEL_TYPE: &'static str = "bert";

    fn model_type(&self) -> &str {
        &self.model_type
    }

    fn check(&self) -> Result<(), ConfigError> {
        // Each size is bounded, so that no product of them overflows and no
        // allocation follows a number that nobody can have meant.
        let sizes = [
            ("vocab_size", self.vocab_size, 1 << 24),
            ("hidden_size", self.hidden_size, 1 << 16),
            ("num_hidden_layers", self.num_hidden_layers, 1 << 10),
            ("num_attention_heads", self.num_attention_heads, 1 << 16),
            ("intermediate_size", self.intermediate_size, 1 << 18),
            ("max_position_embeddings", self.max_position_embeddings, 1 << 24),
            ("type_vocab_size", self.type_vocab_size, 1 << 16),
        ];
        for (key, found, most) in sizes {
            let least = if key == "num_hidden_layers" { 0 } else { 1 };
            if !(least..=most).contains(&found) {
                return Err(ConfigError::value(key, found, format!("{least} to {most}")));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let expected = format!("a divisor of hidden_size ({})", self.hidden_size);
            return Err(ConfigError::value("num_attention_heads", self.num_attention_heads, expected));
        }
        for (key, found) in [
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            ("attention_probs_dropout_prob", self.attention_probs_dropout_prob),
        ] {
            if !(0.0..=1.0).contains(&found) {
                return Err(ConfigError::value(key, found, "0 to 1".into()));
            }
        }
        for (key, found) in [("layer_norm_eps", self.layer_norm_eps), ("initializer_range", self.initializer_range)] {
            if !(found >= 0.0 && found.is_finite()) {
                return Err(ConfigError::value(key, found, "0 or more".into()));
            }
        }
        if let Some(pad) = self.pad_token_id.filter(|&pad| pad as usize >= self.vocab_size) {
            let expected = format!("less than vocab_size ({})", self.vocab_size);
            return Err(ConfigError::value("pad_token_id", pad, expected));
        }
        // What would compute something else than the file asks for.
        for (key, expected) in [
            ("is_decoder", Value::Bool(false)),
            ("add_cross_attention", Value::Bool(false)),
            ("position_embedding_type", Value::from("absolute")),
        ] {
            if let Some(found) = self.other.get(key).filter(|&found| *found != expected) {
                return Err(ConfigError::value(key, found, expected.to_string()));
            }
        }
        Ok(())
    }
}

/// An activation, under the name that the file has for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HiddenAct {
    name: String,
    activation: Activation,
}

impl HiddenAct {
    /// The function.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

impl Default for HiddenAct {
    /// `gelu`.
    fn default() -> Self {
        Self { name: "gelu".into(), activation: Activation::Gelu }
    }
}

impl TryFrom<String> for HiddenAct {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match Activation::from_name(&name) {
            Some(activation) => Ok(Self { name, activation }),
            None => Err(format!("{name:?}; gelu, gelu_new, relu, silu or tanh is expected")),
        }
    }
}

impl From<HiddenAct> for String {
    fn from(act: HiddenAct) -> String {
        act.name
    }
}
