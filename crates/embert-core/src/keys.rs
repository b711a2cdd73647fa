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
