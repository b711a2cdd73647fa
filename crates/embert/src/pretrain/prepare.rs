//! What a training needs besides its settings: made of the text, or found where a run has made it before.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use burn::tensor::Device;
use embert_checkpoint::{CONFIG_FILE, read_config, write_file};
use embert_core::FamilyConfig;
use embert_data::store::MaskingTime;
use embert_objectives::losses::SentencePair;
use embert_tokenizer::Tokenizer;

use super::{
    Budget, Draft, Event, Length, Settings, Text,
    examples::{RunExamples, Sample},
    model::{fitted, question},
    pace::pace,
    text::Parts,
};
use crate::{
    AutoConfig,
    directory::write_directory,
    error::Error,
    run::{CONFIG, DATA, TOKENIZER, to_toml},
};

pub(super) struct Prepared {
    pub(super) tokenizer: Tokenizer,
    pub(super) config: AutoConfig,
    pub(super) question: Option<SentencePair>,
    pub(super) examples: RunExamples,
}

pub(super) struct Preparation<'a> {
    pub(super) dir: &'a Path,
    /// What of a run that begins is still to be chosen.
    pub(super) open: Option<(Draft, Option<Budget>)>,
    /// The checkpoint that a run goes on from.
    pub(super) checkpoint: Option<&'a Path>,
    pub(super) devices: &'a [Device],
    /// Processes that share the steps.
    pub(super) ranks: usize,
}

impl Preparation<'_> {
    /// Finds the tokenizer and the examples, or makes them of the text, and chooses what is still open. The text is not
    /// opened where nothing is to be made.
    pub(super) fn prepare<T: Text>(
        self,
        settings: &mut Settings,
        text: impl FnOnce(&Settings) -> Result<T, Error>,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<Prepared, Error> {
        let data = self.dir.join(DATA);
        let found = match (self.tokenizer_there(), RunExamples::there(&data, settings)?) {
            (Some(place), Some(examples)) if self.open.is_none() => Some((place, examples)),
            _ => None,
        };
        if let Some((place, (training, held_out))) = found {
            let tokenizer = self.found(&place, on_event)?;
            let config = self.config(settings, &tokenizer)?;
            let question = question(&config, settings.data.form)?;
            on_event(&Event::Plan(Box::new(settings.clone())));
            let examples = RunExamples::new(training, held_out, &tokenizer, settings)?;
            return Ok(Prepared { tokenizer, config, question, examples });
        }

        let start = Instant::now();
        let text = text(settings)?;
        let parts = Parts::of(&text, settings.corpus.held_out, settings.seed)?;
        on_event(&Event::Corpus { documents: parts.documents(), sentences: parts.sentences, elapsed: start.elapsed() });
        let tokenizer = match self.tokenizer_there() {
            Some(place) => self.found(&place, on_event)?,
            None => self.made(&text, &parts, settings, on_event)?,
        };
        let config = self.config(settings, &tokenizer)?;
        let question = question(&config, settings.data.form)?;
        self.choose(settings, &parts, &tokenizer, &config, question)?;
        on_event(&Event::Plan(Box::new(settings.clone())));
        let (training, held_out) = RunExamples::made(&data, &text, &parts, &tokenizer, settings, on_event)?;
        let examples = RunExamples::new(training, held_out, &tokenizer, settings)?;
        Ok(Prepared { tokenizer, config, question, examples })
    }

    /// Where the run's tokenizer is: beside its weights, in its folder, or with its examples.
    fn tokenizer_there(&self) -> Option<PathBuf> {
        let places = [self.dir.join(TOKENIZER), self.dir.join(DATA).join("training").join(TOKENIZER)];
        self.checkpoint.map(Path::to_owned).into_iter().chain(places).find(|place| place.exists())
    }

    fn found(&self, place: &Path, on_event: &mut impl FnMut(&Event)) -> Result<Tokenizer, Error> {
        let start = Instant::now();
        let tokenizer = Tokenizer::from_dir(place)?;
        let (origin, vocab_size) = (place.display().to_string(), tokenizer.vocab_size());
        on_event(&Event::Tokenizer { origin, vocab_size, elapsed: start.elapsed() });
        Ok(tokenizer)
    }

    fn made(
        &self,
        text: &impl Text,
        parts: &Parts,
        settings: &Settings,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<Tokenizer, Error> {
        let start = Instant::now();
        let place = self.dir.join(TOKENIZER);
        let made = settings.tokenizer.tokenizer(parts.part(text, false), settings.data.max_length)?;
        write_directory(&place, |dir| Ok(made.save(dir)?))?;
        // What a run that goes on will read.
        let tokenizer = Tokenizer::from_dir(&place)?;
        let (origin, vocab_size) = (made.origin().to_owned(), tokenizer.vocab_size());
        on_event(&Event::Tokenizer { origin, vocab_size, elapsed: start.elapsed() });
        Ok(tokenizer)
    }

    /// The model's: that of the weights, where there are any.
    fn config(&self, settings: &Settings, tokenizer: &Tokenizer) -> Result<AutoConfig, Error> {
        match self.checkpoint {
            Some(checkpoint) => Ok(read_config(&checkpoint.join(CONFIG_FILE))?),
            None => {
                let config = settings.model.config(settings.recipe, settings.distillation.as_ref())?;
                // A teacher may have more rows in its table than its tokenizer has words, and then so has a student.
                let vocab_size = match settings.distillation {
                    Some(_) => config.heads().masked_lm.vocab_size,
                    None => tokenizer.vocab_size(),
                };
                fitted(&config, &settings.model, tokenizer, vocab_size, settings.data.max_length)
            }
        }
    }

    /// Chooses what depends on the text, and writes the config.
    fn choose(
        &self,
        settings: &mut Settings,
        parts: &Parts,
        tokenizer: &Tokenizer,
        config: &AutoConfig,
        question: Option<SentencePair>,
    ) -> Result<(), Error> {
        let Some((draft, budget)) = &self.open else { return Ok(()) };
        let sample = Sample::of(&parts.sample, tokenizer, settings)?;
        let tokens = (1.0 - settings.corpus.held_out) * parts.bytes as f64 * sample.density;
        if let Some(budget) = *budget {
            // Of this process; others are taken to be as fast.
            let measure = || Ok(pace(settings, config, question, &sample.examples, self.devices)? * self.ranks as f64);
            settings.schedule.steps = steps(budget, tokens, settings.batch.tokens, measure)?;
            if let Some(steps) = draft.warmup_steps(&settings.recipe.paper(), settings.schedule.steps) {
                settings.schedule.warmup_steps = steps;
            }
            settings.training().check()?;
        }
        let is_left_to_us = !draft.paper_scale && draft.masking_time_is_open();
        if let (MaskingTime::Static { duplicates }, true) = (settings.data.masking_time, is_left_to_us) {
            // No more than the steps go through.
            let passes = settings.schedule.steps as f64 * settings.batch.tokens as f64 / tokens.max(1.0);
            let duplicates = (passes.ceil() as u64).clamp(1, duplicates.max(1));
            settings.data.masking_time = MaskingTime::Static { duplicates };
        }
        Ok(write_file(&self.dir.join(CONFIG), to_toml(settings)?.as_bytes())?)
    }
}

/// How many steps a budget is.
fn steps(
    budget: Budget,
    tokens: f64,
    batch_tokens: usize,
    pace: impl FnOnce() -> Result<f64, Error>,
) -> Result<usize, Error> {
    let of_tokens = |tokens: f64| ((tokens / batch_tokens as f64).round() as usize).max(1);
    Ok(match budget {
        Budget::Time(time) => of_tokens(time.as_secs_f64() * pace()?),
        Budget::Tokens(tokens) => of_tokens(tokens as f64),
        Budget::Paper(Length::Steps(steps)) => steps,
        Budget::Paper(Length::Passes(passes)) => of_tokens(passes * tokens),
    })
}
