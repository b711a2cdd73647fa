//! Any model of the family, as its directory says.

use burn::{module::Module, tensor::Tensor};
use embert_albert::{Albert, AlbertConfig};
use embert_checkpoint::{ConfigError, KeyError, ModelConfig};
use embert_core::{
    Backbone, BaseModel, Batch, Bert, BertConfig, Embedding, EncoderOnly, Family, FamilyConfig, ForMaskedLm,
    ForMultipleChoice, ForNextSentencePrediction, ForPreTraining, ForQuestionAnswering, ForSequenceClassification,
    ForTokenClassification, Heads, Init, InputError, Pass, Positions,
};
use embert_distilbert::{DistilBert, DistilBertConfig};
use embert_roberta::{Roberta, RobertaConfig};
use serde::Serialize;
use serde_json::{Map, Value};

/// The config of any model of the family.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AutoConfig {
    /// `bert`.
    Bert(BertConfig),
    /// `roberta`.
    Roberta(RobertaConfig),
    /// `albert`.
    Albert(AlbertConfig),
    /// `distilbert`.
    DistilBert(DistilBertConfig),
}

/// Any model of the family, without a head.
#[derive(Module, Debug)]
pub enum AutoBackbone {
    /// `bert`.
    Bert(Bert),
    /// `roberta`.
    Roberta(Roberta),
    /// `albert`.
    Albert(Albert),
    /// `distilbert`.
    DistilBert(DistilBert),
}

/// Does the same with the config or model of any family.
macro_rules! any {
    ($of:ident, $this:expr, $it:ident => $do:expr) => {
        match $this {
            $of::Bert($it) => $do,
            $of::Roberta($it) => $do,
            $of::Albert($it) => $do,
            $of::DistilBert($it) => $do,
        }
    };
}

impl AutoConfig {
    /// The published model of that name.
    pub fn preset(name: &str) -> Option<Self> {
        (BertConfig::preset(name).map(Self::Bert))
            .or_else(|| RobertaConfig::preset(name).map(Self::Roberta))
            .or_else(|| AlbertConfig::preset(name).map(Self::Albert))
            .or_else(|| DistilBertConfig::preset(name).map(Self::DistilBert))
    }

    /// The names of the published models.
    pub fn presets() -> impl Iterator<Item = &'static str> {
        let names = embert_core::PRESETS.iter().chain(&embert_roberta::PRESETS).chain(&embert_albert::PRESETS);
        names.chain(&embert_distilbert::PRESETS).map(|(name, _)| *name)
    }

    /// The classes that the checkpoint was saved from.
    pub fn architectures(&self) -> &[String] {
        any!(AutoConfig, self, config => &config.architectures)
    }
}

impl ModelConfig for AutoConfig {
    /// `model_type` decides; where there is none, it is BERT's.
    fn from_keys(keys: Map<String, Value>) -> Result<Self, KeyError> {
        match keys.get("model_type") {
            None | Some(Value::Null) => BertConfig::from_keys(keys).map(Self::Bert),
            Some(found) => match found.as_str() {
                Some("bert") => BertConfig::from_keys(keys).map(Self::Bert),
                Some("roberta") => RobertaConfig::from_keys(keys).map(Self::Roberta),
                Some("albert") => AlbertConfig::from_keys(keys).map(Self::Albert),
                Some("distilbert") => DistilBertConfig::from_keys(keys).map(Self::DistilBert),
                _ => Err(KeyError {
                    key: "model_type".into(),
                    message: format!("{found}; bert, roberta, albert or distilbert is expected"),
                }),
            },
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        any!(AutoConfig, self, config => config.check())
    }

    fn tie_word_embeddings(&mut self) -> &mut bool {
        any!(AutoConfig, self, config => config.tie_word_embeddings())
    }
}

impl FamilyConfig for AutoConfig {
    fn family(&self) -> &'static Family {
        any!(AutoConfig, self, config => config.family())
    }

    fn heads(&self) -> Heads {
        any!(AutoConfig, self, config => config.heads())
    }

    fn positions(&self) -> Positions {
        any!(AutoConfig, self, config => config.positions())
    }

    fn longest_sequence(&self) -> usize {
        any!(AutoConfig, self, config => config.longest_sequence())
    }
}

impl Backbone for AutoBackbone {
    type Config = AutoConfig;

    fn new(config: &AutoConfig, init: &Init) -> Self {
        match config {
            AutoConfig::Bert(config) => Self::Bert(Bert::new(config, init)),
            AutoConfig::Roberta(config) => Self::Roberta(Roberta::new(config, init)),
            AutoConfig::Albert(config) => Self::Albert(Albert::new(config, init)),
            AutoConfig::DistilBert(config) => Self::DistilBert(DistilBert::new(config, init)),
        }
    }

    fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError> {
        any!(AutoBackbone, self, model => model.forward(batch, pass))
    }

    fn word_embeddings(&self) -> &Embedding {
        any!(AutoBackbone, self, model => model.word_embeddings())
    }
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
