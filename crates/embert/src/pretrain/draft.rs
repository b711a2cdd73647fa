//! What a person said about a run, over what the recipe says: tables of TOML, until nothing is open.

use std::path::{Path, PathBuf};

use embert_checkpoint::{CONFIG_FILE, read_config};
use embert_core::FamilyConfig;
use serde::{Serialize, de::IntoDeserializer};
use toml::{Table, Value};

use super::{
    Budget, DistillationSettings, ModelSettings, Recipe, Settings, Vocabulary,
    model::question,
    recipe::Paper,
    settings::{BatchSettings, RunSettings},
};
use crate::{AutoConfig, error::Error};

/// Tokens that a core works on at a time. Its tensors then stay in its cache, and a batch of a few thousand tokens gives
/// work to several cores.
const PIECE_TOKENS: usize = 768;
/// Tokens of a step, where they are not the paper's.
const BATCH_TOKENS: usize = 4096;
/// The longest example, where it is not the paper's.
const MAX_LENGTH: usize = 128;
/// Steps, where neither they nor a budget are given.
const STEPS: usize = 1000;
/// Pieces of a vocabulary that is trained.
const VOCAB_SIZE: usize = 8000;
const PRESET: &str = "bert-mini";

/// A run before it is resolved: what was said of it, key by key.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    said: Table,
    /// Whether what is not said is as large as in the paper.
    pub paper_scale: bool,
}

impl Draft {
    /// The keys of a TOML file.
    ///
    /// # Errors
    /// Where it cannot be read, or is no TOML.
    pub fn read(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file).map_err(|source| Error::Io { file: file.to_owned(), source })?;
        let said = text.parse().map_err(|error: toml::de::Error| Error::File {
            file: file.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        Ok(Self { said, paper_scale: false })
    }

    /// Says the value of a key, such as `optimizer.learning_rate`, whatever was said before.
    pub fn say(&mut self, key: &str, value: impl Into<Value>) {
        let (tables, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &mut self.said;
        for inner in tables.split('.').filter(|inner| !inner.is_empty()) {
            let entry = table.entry(inner).or_insert_with(|| Table::new().into());
            // What was no table becomes one: the last word counts.
            if !entry.is_table() {
                *entry = Table::new().into();
            }
            let Value::Table(inner) = entry else { return };
            table = inner;
        }
        table.insert(name.to_owned(), value.into());
    }

    /// Takes a key away, such as `model.config`, or a whole table.
    pub fn unsay(&mut self, key: &str) {
        match key.split_once('.') {
            None => drop(self.said.remove(key)),
            Some((table, name)) => {
                if let Some(Value::Table(table)) = self.said.get_mut(table) {
                    table.remove(name);
                }
            }
        }
    }

    /// Whether anything was said of a key.
    pub fn says(&self, key: &str) -> bool {
        self.said(key).is_some()
    }

    fn said(&self, key: &str) -> Option<&Value> {
        let mut names = key.split('.');
        let first = self.said.get(names.next()?)?;
        names.try_fold(first, |table, name| table.get(name))
    }

    /// The value of a key, if it was said.
    ///
    /// # Errors
    /// Where it is of another type.
    fn value<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.said(key) else { return Ok(None) };
        let value = T::deserialize(value.clone().into_deserializer());
        value.map(Some).map_err(|error: toml::de::Error| wrong(key, error.message()))
    }

    /// Everything that does not depend on the text: the settings, and what the number of steps is still to be chosen for,
    /// if it is.
    ///
    /// # Errors
    /// Names the key that is unknown, or whose value is of another type.
    pub fn resolve(&self) -> Result<(Settings, Option<Budget>), Error> {
        let recipe: Recipe = self.value("recipe")?.unwrap_or_default();
        if self.said("corpus.paths").is_none() {
            return Err(wrong("corpus.paths", "it is missing; --corpus PATH is expected where no run has begun"));
        }
        let paper = recipe.paper();
        let distillation = self.distillation(recipe)?;
        let mut draft = Self { paper_scale: self.paper_scale, ..Self::default() };
        draft.say("recipe", recipe.name());
        draft.say("seed", 42);
        draft.say("corpus.held_out", 0.05);
        draft.say("corpus.text_column", "text");
        draft.say("corpus.lossy", false);
        if let Some((settings, _)) = &distillation {
            let its = table_of(&Vocabulary::Existing { path: settings.teacher.clone() })?;
            if self.said("tokenizer").is_some_and(|said| *said != its) {
                return Err(wrong(
                    "tokenizer",
                    "it is said; a student reads what its teacher reads, and no other is expected",
                ));
            }
            draft.say("distillation", table_of(settings)?);
            draft.say("tokenizer", its);
        } else if self.said("tokenizer.path").is_none() {
            draft.say("tokenizer.algorithm", table_of(&recipe.algorithm())?);
            draft.say("tokenizer.vocab_size", VOCAB_SIZE as i64);
        }
        match &distillation {
            Some(_) => draft.say("model", Table::new()),
            None if self.said("model.config").is_none() => draft.say("model.preset", PRESET),
            None => {}
        }
        draft.say("data", table_of(&recipe.data())?);
        let max_length = if self.paper_scale { paper.max_length } else { MAX_LENGTH };
        let readable = distillation.as_ref().map_or(max_length, |(_, teacher)| teacher.longest_sequence());
        draft.say("data.max_length", max_length.min(readable) as i64);
        draft.say("optimizer", table_of(&recipe.optimizer(paper.learning_rate))?);
        draft.say("schedule.power", 1.0);
        draft.say("batch", table_of(&BatchSettings { tokens: BATCH_TOKENS, micro_tokens: PIECE_TOKENS })?);
        draft.say("run", table_of(&RunSettings::default())?);
        lay_over(&mut draft.said, &self.said);
        if self.said("data.seed").is_none() {
            let seed = draft.said("seed").cloned().unwrap_or(Value::Integer(42));
            draft.say("data.seed", seed);
        }

        let model: ModelSettings = draft.value("model")?.ok_or_else(|| wrong("model", "it is missing"))?;
        let config = model.config(recipe, draft.value("distillation")?.as_ref())?;
        if self.said("optimizer.learning_rate").is_none() && !self.paper_scale {
            draft.say("optimizer.learning_rate", recipe.small_batch_rate(config.layers().sizes.hidden_size));
        }
        if self.said("batch.tokens").is_none() && self.paper_scale {
            draft.say("batch.tokens", paper.batch_tokens() as i64);
        }
        let budget = draft.budget(&paper)?;
        let steps: usize = draft.value("schedule.steps")?.unwrap_or(STEPS);
        draft.say("schedule.steps", steps as i64);
        if draft.said("schedule.warmup_steps").is_none() {
            draft.say("schedule.warmup_steps", warmup(&paper, steps) as i64);
        }
        let settings = settings_of(draft.said)?;
        if let Some(distillation) = &settings.distillation {
            distillation.check(&config, settings.data.max_length)?;
            let (layers, count) = (&distillation.layers, config.layers().count);
            if self.said("distillation.layers").is_some() && layers.len() != count {
                let message = format!("they are {layers:?}; one for each of the student's {count} layers is expected");
                return Err(wrong("distillation.layers", &message));
            }
        }
        if question(&config, settings.data.form)?.is_some() && settings.distillation.is_some() {
            return Err(wrong(
                "data.form",
                "a student learns words alone; full-sentences or doc-sentences is expected",
            ));
        }
        settings.check(budget.is_some())?;
        Ok((settings, budget))
    }

    /// What is not said of a distillation, with the teacher's config; none without a teacher.
    fn distillation(&self, recipe: Recipe) -> Result<Option<(DistillationSettings, AutoConfig)>, Error> {
        let Some(dir) = self.value::<PathBuf>("distillation.teacher")? else { return Ok(None) };
        let teacher: AutoConfig = read_config(&dir.join(CONFIG_FILE))?;
        let all = teacher.layers().count;
        let is_chosen = self.said("model.config").or(self.said("model.preset")).is_some();
        let model: Option<ModelSettings> = self.value("model")?.filter(|_| is_chosen);
        let layers = match (self.value::<Vec<usize>>("distillation.layers")?, model) {
            (Some(layers), _) => layers.len(),
            (None, Some(model)) => model.config(recipe, None)?.layers().count.min(all),
            (None, None) => all.div_ceil(2),
        };
        Ok(Some((DistillationSettings::of(&dir, layers, &teacher), teacher)))
    }

    /// What the number of steps is to be chosen for, where it is not given.
    fn budget(&self, paper: &Paper) -> Result<Option<Budget>, Error> {
        let said: Option<String> = self.value("schedule.budget")?;
        if self.said("schedule.steps").is_some() {
            let both = || wrong("schedule.budget", "steps are said too; one of them is expected");
            return said.map_or(Ok(None), |_| Err(both()));
        }
        let chosen = said.map(|text| text.parse().map_err(|error: String| wrong("schedule.budget", &error)));
        Ok(match chosen.transpose()? {
            Some(budget) => Some(budget),
            None if self.paper_scale => Some(Budget::Paper(paper.length)),
            None => None,
        })
    }

    /// Whether a run whose config.toml is `stored` may be gone on with: nothing else was said since.
    ///
    /// # Errors
    /// Names the keys that differ.
    pub(super) fn agree(&self, stored: &Table) -> Result<(), Error> {
        let mut keys = Vec::new();
        differences("", &Value::Table(self.said.clone()), &Value::Table(stored.clone()), &mut keys);
        if keys.is_empty() { Ok(()) } else { Err(Error::OtherConfig { keys }) }
    }

    /// Whether the warm-up was left to the recipe.
    pub(super) fn warmup_is_open(&self) -> bool {
        self.said("schedule.warmup_steps").is_none()
    }

    /// Whether the time of the masks was left to the recipe.
    pub(super) fn masking_time_is_open(&self) -> bool {
        self.said("data.masking_time").is_none()
    }
}

/// The keys whose values differ in two configs.
///
/// # Errors
/// Where one is no TOML.
pub(super) fn differing(now: &str, was: &str) -> Result<Vec<String>, toml::de::Error> {
    let (now, was): (Table, Table) = (now.parse()?, was.parse()?);
    let mut keys = Vec::new();
    let (now, was) = (Value::Table(now), Value::Table(was));
    differences("", &now, &was, &mut keys);
    if keys.is_empty() && now != was {
        // What is only there was taken out since.
        differences("", &was, &now, &mut keys);
    }
    Ok(keys)
}

/// The paper's share of the steps.
pub(super) fn warmup(paper: &Paper, steps: usize) -> usize {
    (paper.warmup_share * steps as f64).round() as usize
}

/// The settings in a whole table.
///
/// # Errors
/// Names the key that is unknown or missing, or whose value is of another type.
pub(super) fn settings_of(table: Table) -> Result<Settings, Error> {
    let said =
        |error: serde_path_to_error::Error<toml::de::Error>| wrong(&error.path().to_string(), error.inner().message());
    serde_path_to_error::deserialize(Value::Table(table).into_deserializer()).map_err(said)
}

fn wrong(key: &str, message: &str) -> Error {
    Error::Setting { key: key.to_owned(), message: message.to_owned() }
}

fn table_of(value: &impl Serialize) -> Result<Value, Error> {
    Value::try_from(value).map_err(|error| wrong("the settings", &error.to_string()))
}

/// These are one value each, whatever they hold.
const WHOLE: [&str; 2] = ["choice", "masking_time"];

fn lay_over(under: &mut Table, over: &Table) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Table(under)), Value::Table(over)) if !WHOLE.contains(&key.as_str()) => lay_over(under, over),
            _ => drop(under.insert(key.clone(), value.clone())),
        }
    }
}

/// The keys of `said` whose values are others in `stored`.
fn differences(key: &str, said: &Value, stored: &Value, keys: &mut Vec<String>) {
    match (said, stored) {
        (Value::Table(said), Value::Table(stored)) => {
            for (name, value) in said {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                match stored.get(name) {
                    Some(stored) => differences(&key, value, stored, keys),
                    None => keys.push(format!("{key} (now {value})")),
                }
            }
        }
        (Value::Integer(said), Value::Float(stored)) if *said as f64 == *stored => {}
        _ if said == stored => {}
        _ => keys.push(format!("{key} (was {stored}, now {said})")),
    }
}
