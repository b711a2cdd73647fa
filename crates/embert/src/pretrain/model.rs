//! The model of a run: a published size, or a config.json.

use std::path::PathBuf;

use embert_checkpoint::read_config;
use embert_core::{FamilyConfig, Layers, PairQuestion, Positions};
use embert_data::store::FormName;
use embert_objectives::losses::SentencePair;
use embert_tokenizer::{Role, Tokenizer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DistillationSettings, Recipe};
use crate::{
    AutoConfig,
    config_keys::{from_json, to_json},
    error::Error,
};

/// The widest word vectors of an ALBERT, as in all published sizes.
const WIDEST_EMBEDDING: usize = 128;

/// What the model is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct ModelSettings {
    /// Its sizes.
    pub choice: ModelChoice,
    /// Keys of a config.json that are otherwise than there: `hidden_dropout_prob = 0.0`.
    pub keys: Map<String, Value>,
}

/// What says how large the model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// A published size, of the recipe's family whoever published it.
    Preset(String),
    /// A config.json, of any family that the recipe's examples can train.
    Config(PathBuf),
    /// As its teacher, with fewer layers: a DistilBERT of a BERT, else one of the teacher's family.
    Student,
}

/// As a file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    preset: Option<String>,
    config: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    keys: Map<String, Value>,
}

impl TryFrom<Keys> for ModelSettings {
    type Error = &'static str;

    fn try_from(Keys { preset, config, keys }: Keys) -> Result<Self, Self::Error> {
        let choice = match (preset, config) {
            (Some(preset), None) => ModelChoice::Preset(preset),
            (None, Some(config)) => ModelChoice::Config(config),
            (None, None) => ModelChoice::Student,
            (Some(_), Some(_)) => return Err("either preset or config is expected"),
        };
        Ok(Self { choice, keys })
    }
}

impl From<ModelSettings> for Keys {
    fn from(ModelSettings { choice, keys }: ModelSettings) -> Self {
        match choice {
            ModelChoice::Preset(preset) => Self { preset: Some(preset), config: None, keys },
            ModelChoice::Config(config) => Self { preset: None, config: Some(config), keys },
            ModelChoice::Student => Self { preset: None, config: None, keys },
        }
    }
}

impl ModelSettings {
    /// The config before there is a vocabulary.
    ///
    /// # Errors
    /// Where there is no such preset, the file is no config, or a key is not one of its family.
    pub fn config(&self, recipe: Recipe, distillation: Option<&DistillationSettings>) -> Result<AutoConfig, Error> {
        let config = match &self.choice {
            ModelChoice::Student => {
                let none =
                    || Error::Setting { key: "model".into(), message: "either preset or config is expected".into() };
                let lesson = distillation.ok_or_else(none)?;
                student_of(&lesson.config()?, lesson.layers.len())?
            }
            ModelChoice::Config(file) => read_config(file)?,
            ModelChoice::Preset(name) => {
                let preset = AutoConfig::preset(name).ok_or_else(|| {
                    let names: Vec<&str> = AutoConfig::presets().collect();
                    let message = format!("{name:?} is none; one of {} is expected", names.join(", "));
                    Error::Setting { key: "model.preset".into(), message }
                })?;
                if preset.family().model_type == recipe.name() { preset } else { of_size(recipe, preset.layers())? }
            }
        };
        let mut json = to_json(&config)?;
        for (key, value) in &self.keys {
            match json.get_mut(key) {
                Some(there) => *there = value.clone(),
                None => {
                    let message = format!("it is no key of a {}", config.family().model_type);
                    return Err(Error::Setting { key: format!("model.keys.{key}"), message });
                }
            }
        }
        from_json(json)
    }
}

/// A model of the recipe's family, as large as one of another.
fn of_size(recipe: Recipe, Layers { count, sizes }: Layers) -> Result<AutoConfig, Error> {
    let (hidden, heads, intermediate) = (sizes.hidden_size, sizes.num_attention_heads, sizes.intermediate_size);
    let mut config = match recipe {
        Recipe::Distilbert => json!({ "dim": hidden, "n_layers": count, "n_heads": heads, "hidden_dim": intermediate }),
        Recipe::Bert | Recipe::Roberta | Recipe::Albert => json!({
            "hidden_size": hidden, "num_hidden_layers": count, "num_attention_heads": heads,
            "intermediate_size": intermediate,
        }),
    };
    config["model_type"] = recipe.name().into();
    match recipe {
        Recipe::Roberta => (config["type_vocab_size"], config["layer_norm_eps"]) = (1.into(), 1e-5.into()),
        Recipe::Albert => config["embedding_size"] = hidden.min(WIDEST_EMBEDDING).into(),
        Recipe::Bert | Recipe::Distilbert => {}
    }
    from_json(config)
}

/// A student with so many layers.
fn student_of(teacher: &AutoConfig, layers: usize) -> Result<AutoConfig, Error> {
    let keys = to_json(teacher)?;
    let AutoConfig::Bert(bert) = teacher else {
        let mut keys = keys;
        let key = if teacher.family().model_type == "distilbert" { "n_layers" } else { "num_hidden_layers" };
        keys[key] = layers.into();
        return from_json(keys);
    };
    // What a DistilBERT has other names for, and what both call alike.
    let mut student = json!({
        "model_type": "distilbert", "dim": bert.hidden_size, "n_layers": layers, "n_heads": bert.num_attention_heads,
        "hidden_dim": bert.intermediate_size, "activation": keys["hidden_act"], "dropout": bert.hidden_dropout_prob,
        "attention_dropout": bert.attention_probs_dropout_prob,
    });
    for key in ["vocab_size", "max_position_embeddings", "initializer_range", "pad_token_id", "tie_word_embeddings"] {
        student[key] = keys[key].clone();
    }
    from_json(student)
}

/// The config for a tokenizer, for `vocab_size` words and for sequences of `max_length` tokens. The positions of a
/// config.json, and of a teacher, may be more than that.
///
/// # Errors
/// Where no model can be built so.
pub(super) fn fitted(
    config: &AutoConfig,
    settings: &ModelSettings,
    tokenizer: &Tokenizer,
    vocab_size: usize,
    max_length: usize,
) -> Result<AutoConfig, Error> {
    let pad = tokenizer.special_tokens().require(Role::Pad)?.id;
    let mut keys = to_json(config)?;
    keys["vocab_size"] = vocab_size.into();
    keys["pad_token_id"] = pad.into();
    // A RoBERTa's or an ALBERT's config that does not say what its texts begin and end with means the published words.
    let has_its_own = ["roberta", "albert"].contains(&config.family().model_type);
    for (key, role) in [("bos_token_id", Role::Cls), ("eos_token_id", Role::Sep)] {
        let is_said = keys.get(key).is_some_and(|id| !id.is_null());
        if let (true, Some(token)) = (is_said || has_its_own, tokenizer.special_tokens().get(role)) {
            keys[key] = token.id.into();
        }
    }
    let before = match config.positions() {
        Positions::FromZero => 0,
        // Positions count from the one after the padding's.
        Positions::AfterPadding { .. } => pad as usize + 1,
    };
    let needed = max_length + before;
    let there = keys.get("max_position_embeddings").and_then(Value::as_u64).unwrap_or(0) as usize;
    let positions = if matches!(settings.choice, ModelChoice::Preset(_)) { needed } else { there.max(needed) };
    keys["max_position_embeddings"] = positions.into();
    from_json(keys)
}

/// What a model is asked about the two segments of its examples, if they have two.
///
/// # Errors
/// Where its family has no head for that.
pub(super) fn question(config: &AutoConfig, form: FormName) -> Result<Option<SentencePair>, Error> {
    let (asked, question) = match form {
        FormName::NextSentence => (PairQuestion::NextSentence, SentencePair::NextSentence),
        FormName::SentenceOrder => (PairQuestion::SentenceOrder, SentencePair::SentenceOrder),
        FormName::FullSentences | FormName::DocSentences => return Ok(None),
    };
    let answered = config.heads().sentence_pair.map(|pair| pair.question);
    if answered == Some(asked) {
        return Ok(Some(question));
    }
    let form = FormName::NAMES.into_iter().find(|(_, known)| *known == form).map_or("", |(name, _)| name);
    let family = config.family().model_type;
    let message = format!(
        "the family {family} has no head for {form}; full-sentences or doc-sentences is expected, or another family"
    );
    Err(Error::Setting { key: "data.form".into(), message })
}
