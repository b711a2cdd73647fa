//! The keys of config.json, declared with their defaults in one place.

/// Declares a config: its own keys with their defaults, and those that every model of the family has.
///
/// A key that is absent from the file has transformers' default, and a key that is not known is kept and written back.
/// The struct has `labels()`: what a classifier on this model tells apart.
#[macro_export]
macro_rules! config_keys {
    (
        $(#[$about:meta])*
        $name:ident, $model_type:literal;
        $($(#[$about_key:meta])* $key:ident: $type:ty = $default:expr,)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            /// The classes that this checkpoint was saved from, such as `BertForMaskedLM`.
            #[serde(deserialize_with = "embert_core::null_as_default", skip_serializing_if = "Vec::is_empty")]
            pub architectures: Vec<String>,
            #[doc = concat!("`", $model_type, "`.")]
            pub model_type: String,
            $($(#[$about_key])* pub $key: $type,)*
            /// Standard deviation of freshly drawn matrices.
            pub initializer_range: f64,
            /// Whether the masked-LM head's matrix is the word embedding.
            pub tie_word_embeddings: bool,
            /// The classes' names.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub id2label: Option<$crate::ClassNames>,
            /// The number of classes, where they have no names.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub num_labels: Option<usize>,
            /// What a sequence classifier's scores are.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub problem_type: Option<$crate::ProblemType>,
            /// The keys that are not known here.
            #[serde(flatten)]
            pub other: serde_json::Map<String, serde_json::Value>,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    architectures: Vec::new(),
                    model_type: $model_type.into(),
                    $($key: $default,)*
                    initializer_range: 0.02,
                    tie_word_embeddings: true,
                    id2label: None,
                    num_labels: None,
                    problem_type: None,
                    other: serde_json::Map::new(),
                }
            }
        }

        impl $name {
            /// What a classifier on this model tells apart.
            pub fn labels(&self) -> $crate::Labels {
                $crate::Labels::new(&self.id2label, self.num_labels, self.problem_type)
            }

            /// # Errors
            /// Where what every model of the family has is wrong.
            fn check_common(&self, model_type: &str) -> Result<(), $crate::ConfigError> {
                $crate::checks::model_type(&self.model_type, model_type)?;
                $crate::checks::not_negative([("initializer_range", self.initializer_range)])?;
                $crate::checks::labels(&self.labels())?;
                $crate::checks::encoder_only(&self.other)
            }
        }
    };
}

/// Declares the config of an encoder with BERT's keys: their defaults, and keys of its own.
///
/// Beside what [`config_keys!`](crate::config_keys) gives, the struct knows the sizes of its blocks.
#[macro_export]
macro_rules! encoder_config {
    (
        $(#[$about:meta])*
        $name:ident, $model_type:literal {
            vocab_size: $vocab_size:expr,
            hidden_size: $hidden_size:expr,
            num_hidden_layers: $num_hidden_layers:expr,
            num_attention_heads: $num_attention_heads:expr,
            intermediate_size: $intermediate_size:expr,
            hidden_act: $hidden_act:expr,
            dropout: $dropout:expr,
        }
        $($own_keys:tt)*
    ) => {
        $crate::config_keys! {
            $(#[$about])*
            $name, $model_type;
            /// Words of the vocabulary.
            vocab_size: usize = $vocab_size,
            /// Width of a token's vector.
            hidden_size: usize = $hidden_size,
            /// Blocks that a token goes through.
            num_hidden_layers: usize = $num_hidden_layers,
            /// Attention heads of a block; divides `hidden_size`.
            num_attention_heads: usize = $num_attention_heads,
            /// Width of the feed-forward network between its two maps.
            intermediate_size: usize = $intermediate_size,
            /// The activation of the feed-forward network and, but in RoBERTa, of the masked-LM head.
            hidden_act: $crate::HiddenAct = $hidden_act,
            /// Dropout of embeddings and of what is added to a residual, in `[0, 1]`.
            hidden_dropout_prob: f64 = $dropout,
            /// Dropout of attention probabilities, in `[0, 1]`.
            attention_probs_dropout_prob: f64 = $dropout,
            /// Rows of the table of positions: the longest sequence, and in RoBERTa `pad_token_id` + 1 more.
            max_position_embeddings: usize = 512,
            /// Segments.
            type_vocab_size: usize = 2,
            /// Added to the variance in LayerNorm.
            layer_norm_eps: f64 = 1e-12,
            /// The id of the padding.
            pad_token_id: Option<u32> = Some(0),
            $($own_keys)*
        }

        impl $name {
            /// Of the tables, whose vectors are so wide and whose positions are counted so.
            pub fn embedding_sizes(&self, width: usize, positions: $crate::Positions) -> $crate::EmbeddingSizes {
                $crate::EmbeddingSizes {
                    width,
                    vocab_size: self.vocab_size,
                    max_position_embeddings: self.max_position_embeddings,
                    type_vocab_size: Some(self.type_vocab_size),
                    layer_norm_eps: self.layer_norm_eps,
                    dropout: self.hidden_dropout_prob,
                    positions,
                }
            }

            /// Of each block.
            pub fn layer_sizes(&self) -> $crate::LayerSizes {
                $crate::LayerSizes {
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

            /// # Errors
            /// Where no encoder can be built from these keys, or they are another model's.
            fn check_encoder(&self, model_type: &str) -> Result<(), $crate::ConfigError> {
                use $crate::checks::{self, most};
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
                ])?;
                checks::not_negative([("layer_norm_eps", self.layer_norm_eps)])?;
                checks::pad_token(self.pad_token_id, self.vocab_size)
            }
        }
    };
}
