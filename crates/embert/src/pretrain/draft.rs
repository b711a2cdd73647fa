//! What a person said about a run, over what the recipe says, until nothing is open.

use std::path::PathBuf;

use embert_checkpoint::{CONFIG_FILE, read_config};
use embert_core::FamilyConfig;
use toml::{Table, Value};

use super::{
    Budget, DistillationSettings, ModelSettings, Recipe, Settings, Vocabulary, model::question, recipe::Paper,
    settings::BatchSettings,
};
use crate::{
    AutoConfig,
    error::Error,
    run::{PIECE_TOKENS, RunSettings, Said, table_of, wrong},
};

/// Tokens of a step, where they are not the paper's.
const BATCH_TOKENS: usize = 4096;
/// The longest example, where it is not the paper's.
const MAX_LENGTH: usize = 128;
/// Steps, where neither they nor a budget are given.
const STEPS: usize = 1000;
/// The share of the steps that is warm-up, where it is not the paper's: that of a million steps is too few of a thousand,
/// and a model whose first steps are too long learns how often words come, and never more.
const WARMUP: f64 = 0.1;
/// Pieces of a vocabulary that is trained.
const VOCAB_SIZE: usize = 8000;
const PRESET: &str = "bert-mini";

/// A run before it is resolved.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What was said of it.
    pub said: Said,
    /// Whether what is not said is as large as in the paper.
    pub paper_scale: bool,
}

impl From<Said> for Draft {
    fn from(said: Said) -> Self {
        Self { said, paper_scale: false }
    }
}

impl Draft {
    /// Everything that does not depend on the text: the settings, and what the number of steps is still to be chosen for,
    /// if it is.
    ///
    /// # Errors
    /// Names the key that is unknown, or whose value is of another type.
    pub fn resolve(&self) -> Result<(Settings, Option<Budget>), Error> {
        let recipe: Recipe = self.said.value("recipe")?.unwrap_or_default();
        if !self.said.says("corpus.paths") {
            return Err(wrong("corpus.paths", "it is missing; --corpus PATH is expected where no run has begun"));
        }
        let paper = recipe.paper();
        let distillation = self.distillation(recipe)?;
        let mut draft = Said::default();
        draft.say("recipe", recipe.name());
        draft.say("seed", 42);
        draft.say("corpus.held_out", 0.05);
        draft.say("corpus.text_column", "text");
        draft.say("corpus.lossy", false);
        if let Some((settings, _)) = &distillation {
            let its = table_of(&Vocabulary::Existing { path: settings.teacher.clone() })?;
            if self.said.get("tokenizer").is_some_and(|said| *said != its) {
                return Err(wrong(
                    "tokenizer",
                    "it is said; a student reads what its teacher reads, and no other is expected",
                ));
            }
            draft.say("distillation", table_of(settings)?);
            draft.say("tokenizer", its);
        } else if !self.said.says("tokenizer.path") {
            draft.say("tokenizer.algorithm", table_of(&recipe.algorithm())?);
            draft.say("tokenizer.vocab_size", VOCAB_SIZE as i64);
        }
        match &distillation {
            Some(_) => draft.say("model", Table::new()),
            None if !self.said.says("model.config") => draft.say("model.preset", PRESET),
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
        draft.lay_over(&self.said);
        if !self.said.says("data.seed") {
            let seed = draft.get("seed").cloned().unwrap_or(Value::Integer(42));
            draft.say("data.seed", seed);
        }

        let model: ModelSettings = draft.value("model")?.ok_or_else(|| wrong("model", "it is missing"))?;
        let config = model.config(recipe, draft.value("distillation")?.as_ref())?;
        if !self.said.says("optimizer.learning_rate") && !self.paper_scale {
            draft.say("optimizer.learning_rate", recipe.small_batch_rate(config.layers().sizes.hidden_size));
        }
        if !self.said.says("batch.tokens") && self.paper_scale {
            draft.say("batch.tokens", paper.batch_tokens() as i64);
        }
        let budget = self.budget(&draft, &paper)?;
        let steps: usize = draft.value("schedule.steps")?.unwrap_or(STEPS);
        draft.say("schedule.steps", steps as i64);
        if let Some(steps) = self.warmup_steps(&paper, steps) {
            draft.say("schedule.warmup_steps", steps as i64);
        }
        let settings: Settings = draft.settings()?;
        if let Some(distillation) = &settings.distillation {
            distillation.check(&config, settings.data.max_length)?;
            let (layers, count) = (&distillation.layers, config.layers().count);
            if self.said.says("distillation.layers") && layers.len() != count {
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
        // Last, since files are looked into.
        settings.distillation.iter().try_for_each(DistillationSettings::check_teacher)?;
        Ok((settings, budget))
    }

    /// What is not said of a distillation, with the teacher's config; none without a teacher.
    fn distillation(&self, recipe: Recipe) -> Result<Option<(DistillationSettings, AutoConfig)>, Error> {
        let Some(dir) = self.said.value::<PathBuf>("distillation.teacher")? else { return Ok(None) };
        let teacher: AutoConfig = read_config(&dir.join(CONFIG_FILE))?;
        let all = teacher.layers().count;
        let is_chosen = self.said.says("model.config") || self.said.says("model.preset");
        let model: Option<ModelSettings> = self.said.value("model")?.filter(|_| is_chosen);
        let layers = match (self.said.value::<Vec<usize>>("distillation.layers")?, model) {
            (Some(layers), _) => layers.len(),
            (None, Some(model)) => model.config(recipe, None)?.layers().count.min(all),
            (None, None) => all.div_ceil(2),
        };
        Ok(Some((DistillationSettings::of(&dir, layers, &teacher), teacher)))
    }

    /// What the number of steps is to be chosen for, where it is not given.
    fn budget(&self, draft: &Said, paper: &Paper) -> Result<Option<Budget>, Error> {
        let said: Option<String> = draft.value("schedule.budget")?;
        if draft.says("schedule.steps") {
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

    /// How many of the steps are warm-up; nothing where that was said.
    pub(super) fn warmup_steps(&self, paper: &Paper, steps: usize) -> Option<usize> {
        let share = if self.paper_scale { paper.warmup_share } else { WARMUP };
        (!self.said.says("schedule.warmup_steps")).then(|| (share * steps as f64).round() as usize)
    }

    /// Whether the time of the masks was left to the recipe.
    pub(super) fn masking_time_is_open(&self) -> bool {
        !self.said.says("data.masking_time")
    }
}
