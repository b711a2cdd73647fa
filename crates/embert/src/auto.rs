//! Any model of the family, as its directory says.

use burn::{module::Module, tensor::Tensor};
use embert_checkpoint::{ConfigError, KeyError, ModelConfig};
use embert_core::{
    Backbone, BaseModel, Batch, Embedding, EncoderOnly, Family, FamilyConfig, ForMaskedLm, ForMultipleChoice,
    ForNextSentencePrediction, ForPreTraining, ForQuestionAnswering, ForSequenceClassification, ForTokenClassification,
    Heads, Init, InputError, Layers, Linear, Pass, Positions,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// From the list of the families, all that knows every one of them.
macro_rules! families {
    ($($family:ident, $model_type:literal, $package:ident, $config:ident;)*) => {
        /// The config of any model of the family.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum AutoConfig {
            $(#[doc = concat!("`", $model_type, "`.")] $family($package::$config),)*
        }

        /// Any model of the family, without a head.
        #[derive(Module, Debug)]
        pub enum AutoBackbone {
            $(#[doc = concat!("`", $model_type, "`.")] $family($package::$family),)*
        }

        const MODEL_TYPES: &[&str] = &[$($model_type),*];

        impl AutoConfig {
            /// The published model of that name.
            pub fn preset(name: &str) -> Option<Self> {
                None$(.or_else(|| $package::$config::preset(name).map(Self::$family)))*
            }

            /// The names of the published models.
            pub fn presets() -> impl Iterator<Item = &'static str> {
                let families = [$(&$package::PRESETS[..]),*];
                families.into_iter().flatten().map(|(name, _)| *name)
            }

            /// The classes that the checkpoint was saved from.
            pub fn architectures(&self) -> &[String] {
                match self {
                    $(Self::$family(config) => &config.architectures,)*
                }
            }

            /// The names of the classes, in the order of their scores; one that has none is called as in transformers.
            pub fn class_names(&self) -> Vec<String> {
                let names = match self {
                    $(Self::$family(config) => config.id2label.as_ref(),)*
                };
                let name = |id| names.and_then(|names| names.name(id)).map_or_else(|| format!("LABEL_{id}"), str::to_owned);
                (0..self.heads().labels.num_labels).map(name).collect()
            }

            fn of_type(model_type: &str, keys: Map<String, Value>) -> Result<Self, KeyError> {
                match model_type {
                    $($model_type => $package::$config::from_keys(keys).map(Self::$family),)*
                    _ => Err(no_family(&model_type)),
                }
            }
        }

        impl ModelConfig for AutoConfig {
            /// `model_type` decides; where there is none, it is BERT's.
            fn from_keys(keys: Map<String, Value>) -> Result<Self, KeyError> {
                match keys.get("model_type").cloned() {
                    None | Some(Value::Null) => Self::of_type("bert", keys),
                    Some(Value::String(model_type)) => Self::of_type(&model_type, keys),
                    Some(other) => Err(no_family(&other)),
                }
            }

            fn check(&self) -> Result<(), ConfigError> {
                match self {
                    $(Self::$family(config) => config.check(),)*
                }
            }

            fn tie_word_embeddings(&mut self) -> &mut bool {
                match self {
                    $(Self::$family(config) => config.tie_word_embeddings(),)*
                }
            }
        }

        impl FamilyConfig for AutoConfig {
            fn family(&self) -> &'static Family {
                match self {
                    $(Self::$family(config) => config.family(),)*
                }
            }

            fn heads(&self) -> Heads {
                match self {
                    $(Self::$family(config) => config.heads(),)*
                }
            }

            fn layers(&self) -> Layers {
                match self {
                    $(Self::$family(config) => config.layers(),)*
                }
            }

            fn positions(&self) -> Positions {
                match self {
                    $(Self::$family(config) => config.positions(),)*
                }
            }

            fn longest_sequence(&self) -> usize {
                match self {
                    $(Self::$family(config) => config.longest_sequence(),)*
                }
            }
        }

        impl Backbone for AutoBackbone {
            type Config = AutoConfig;

            fn new(config: &AutoConfig, init: &Init) -> Self {
                match config {
                    $(AutoConfig::$family(config) => Self::$family($package::$family::new(config, init)),)*
                }
            }

            fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
                match self {
                    $(Self::$family(model) => model.forward(batch, pass),)*
                }
            }

            fn word_embeddings(&self) -> &Embedding {
                match self {
                    $(Self::$family(model) => model.word_embeddings(),)*
                }
            }

            fn linears_mut(&mut self) -> Vec<&mut Linear> {
                match self {
                    $(Self::$family(model) => model.linears_mut(),)*
                }
            }

            /// Of a teacher of another family nothing is taken, but by a DistilBERT of a BERT.
            fn take(&mut self, teacher: &Self, layers: &[usize]) {
                match (self, teacher) {
                    $((Self::$family(student), Self::$family(teacher)) => student.take(teacher, layers),)*
                    (Self::DistilBert(student), Self::Bert(teacher)) => student.take_from_bert(teacher, layers),
                    _ => {}
                }
            }
        }
    };
}

families! {
    Bert, "bert", embert_core, BertConfig;
    Roberta, "roberta", embert_roberta, RobertaConfig;
    Albert, "albert", embert_albert, AlbertConfig;
    DistilBert, "distilbert", embert_distilbert, DistilBertConfig;
}

fn no_family(found: &dyn std::fmt::Display) -> KeyError {
    let message = format!("{found} is no model of this family; one of {} is expected", MODEL_TYPES.join(", "));
    KeyError { key: "model_type".into(), message }
}

/// Any model without a head.
pub type AutoModel = BaseModel<AutoBackbone>;
/// Any model without a head and without a pooler.
pub type AutoEncoder = EncoderOnly<AutoBackbone>;
/// Any model that fills in masked words.
pub type AutoModelForMaskedLm = ForMaskedLm<AutoBackbone>;
/// A BERT or an ALBERT with both heads that it is pre-trained with.
pub type AutoModelForPreTraining = ForPreTraining<AutoBackbone>;
/// A BERT that says whether the second sentence follows the first.
pub type AutoModelForNextSentencePrediction = ForNextSentencePrediction<AutoBackbone>;
/// Any model that classifies sequences.
pub type AutoModelForSequenceClassification = ForSequenceClassification<AutoBackbone>;
/// Any model that classifies tokens.
pub type AutoModelForTokenClassification = ForTokenClassification<AutoBackbone>;
/// Any model that extracts answers.
pub type AutoModelForQuestionAnswering = ForQuestionAnswering<AutoBackbone>;
/// Any model that chooses an answer.
pub type AutoModelForMultipleChoice = ForMultipleChoice<AutoBackbone>;
