//! A run: its folder, its settings, and the way from text to a trained model.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use burn::{module::Module, tensor::Device};
use embert_checkpoint::{Pretrained, save_pretrained, write_file};
use embert_data::{Example, store::MaskingTime};
use embert_objectives::losses::SentencePair;
use embert_tokenizer::Tokenizer;
use embert_train::{
    MaskedLm, Material, Objective, PreTraining, RunDirectory, State, Validation, load_state, save_state,
};

use toml::Table;

use super::{
    Budget, Draft, Event, Length, Settings, Text,
    draft::{settings_of, warmup},
    examples::{RunExamples, Sample},
    model::{fitted, question},
    pace::pace,
    record::Record,
    text::Parts,
};
use crate::{
    AutoBackbone, AutoConfig,
    directory::{is_free, write_directory},
    error::Error,
};

const CONFIG: &str = "config.toml";
const TOKENIZER: &str = "tokenizer";
const DATA: &str = "data";
/// Whether a file or folder of that name is one that a run makes in its folder.
pub fn is_of_a_run(name: &str) -> bool {
    const OTHERS: [&str; 8] = [
        ".lock",
        "batches.jsonl",
        "best",
        "checkpoints",
        "events.out.tfevents.0000000000.embert",
        "metrics.jsonl",
        "model",
        "report.html",
    ];
    let is_unfinished = [".embert-", ".unfinished-", ".old-"].iter().any(|prefix| name.starts_with(prefix));
    is_unfinished || [CONFIG, TOKENIZER, DATA].contains(&name) || OTHERS.contains(&name)
}

/// A run that is about to begin, or to go on.
#[derive(Debug)]
pub struct Run {
    dir: PathBuf,
    settings: Settings,
    /// Of the model, before there is a vocabulary.
    config: AutoConfig,
    state: Begun,
}

/// Whether there is a run in the folder.
#[derive(Debug)]
enum Begun {
    /// None, and what is still to be chosen.
    No { draft: Draft, budget: Option<Budget> },
    /// One, which is ours alone from now on.
    Yes(RunDirectory),
}

/// What a training is given besides its settings: nothing that it comes to depends on these.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it runs; several of one kind share each step.
    pub devices: Vec<Device>,
    /// Of so many steps, from the first on, what the model is shown is written to `batches.jsonl`.
    pub record_batches: usize,
}

/// A run that came to its end, or was stopped.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The model, a Hugging Face directory.
    pub model: PathBuf,
    /// A page about the run.
    pub report: PathBuf,
    /// The steps that it has been trained for.
    pub step: usize,
    /// Whether those are all.
    pub is_finished: bool,
    /// The last look at the held-out examples, if this process took one.
    pub validation: Option<Validation<Example>>,
}

impl Run {
    /// A run in `dir`, which is not there or empty.
    ///
    /// # Errors
    /// Where a setting makes no sense.
    pub fn begin(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        if !is_free(dir) {
            return Err(Error::NotFree { dir: dir.to_owned() });
        }
        Self::fresh(draft, dir)
    }

    fn fresh(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        let (settings, config, budget) = draft.resolve()?;
        settings.training().check()?;
        question(&config, settings.data.form)?;
        let state = Begun::No { draft: draft.clone(), budget };
        Ok(Self { dir: dir.to_owned(), settings, config, state })
    }

    /// The run in `dir`, from its last checkpoint on; where there is none, from the beginning. `draft` need not say
    /// anything, and may not say anything else than when the run was begun.
    ///
    /// # Errors
    /// Where the folder is no run's, another run is using it, or was begun otherwise.
    pub fn resume(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        if is_free(dir) {
            return Self::begin(draft, dir);
        }
        let file = dir.join(CONFIG);
        if !file.exists() {
            return Self::begin_again(draft, dir);
        }
        let directory = RunDirectory::open(dir)?;
        let text = std::fs::read_to_string(&file).map_err(|source| Error::Io { file: file.clone(), source })?;
        let wrong = |message: String| Error::File { file: file.clone(), message };
        let table: Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        draft.agree(&table)?;
        let settings = settings_of(table).map_err(|error| wrong(error.to_string()))?;
        let config = settings.model.config(settings.recipe)?;
        Ok(Self { dir: dir.to_owned(), settings, config, state: Begun::Yes(directory) })
    }

    /// A run that was killed before it had a config: what it left is made again.
    fn begin_again(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        // Whoever else is at work there is not disturbed.
        let _directory = RunDirectory::open(dir)?;
        clear(dir)?;
        Self::fresh(draft, dir)
    }

    /// The settings; before a run has begun, the number of steps may still change.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Trains to the end, or until `stop` says so, and tells `on_event` of it.
    ///
    /// # Errors
    /// Where the text does not give enough examples, the training fails, or a file cannot be written. What was kept
    /// before is kept.
    pub fn train(
        self,
        text: &impl Text,
        options: &Options,
        mut on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error> {
        let Self { dir, mut settings, config, state } = self;
        let start = Instant::now();
        let parts = Parts::of(text, settings.corpus.held_out, settings.seed)?;
        on_event(&Event::Corpus { documents: parts.documents(), sentences: parts.sentences, elapsed: start.elapsed() });

        let (directory, open) = match state {
            Begun::Yes(directory) => (directory, None),
            Begun::No { draft, budget } => (RunDirectory::open(&dir)?, Some((draft, budget))),
        };
        let is_fresh = open.is_some();
        let preparation = Preparation { dir: &dir, text, parts: &parts, open, devices: &options.devices };
        let prepared = preparation.prepare(&mut settings, &config, &mut on_event);
        let Prepared { tokenizer, config, question, examples } = match prepared {
            // What is wrong with the text or the settings leaves no folder behind; what was made until a disk was full
            // does, to go on with.
            Err(error) if is_fresh && !is_of_the_system(&error) => {
                drop(directory);
                clear(&dir)?;
                return Err(error);
            }
            prepared => prepared?,
        };

        let job = Job { settings: &settings, config, tokenizer: &tokenizer, examples, options };
        match question {
            Some(question) => {
                let objective = PreTraining::<AutoBackbone>::new(&job.config, question);
                job.train(&objective, directory, on_event, stop)
            }
            None => {
                let objective = MaskedLm::<AutoBackbone>::new(&job.config);
                job.train(&objective, directory, on_event, stop)
            }
        }
    }
}

/// What a training needs besides its settings.
struct Prepared {
    tokenizer: Tokenizer,
    config: AutoConfig,
    question: Option<SentencePair>,
    examples: RunExamples,
}

/// The text that is gone through, and what of a run is still open.
struct Preparation<'a, T> {
    dir: &'a Path,
    text: &'a T,
    parts: &'a Parts,
    open: Option<(Draft, Option<Budget>)>,
    devices: &'a [Device],
}

impl<T: Text> Preparation<'_, T> {
    /// Makes the tokenizer and the examples, where they are not there yet, and chooses what is still open.
    fn prepare(
        self,
        settings: &mut Settings,
        config: &AutoConfig,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<Prepared, Error> {
        let Self { dir, text, parts, open, devices } = self;
        let start = Instant::now();
        let (tokenizer, origin) = tokenizer(dir, text, parts, settings)?;
        let vocab_size = tokenizer.vocab_size();
        on_event(&Event::Tokenizer { origin, vocab_size, elapsed: start.elapsed() });
        let config = fitted(config, &settings.model, &tokenizer, settings.data.max_length)?;
        let question = question(&config, settings.data.form)?;
        if let Some((draft, budget)) = open {
            let sample = Sample::of(&parts.sample, &tokenizer, settings)?;
            let tokens = (1.0 - settings.corpus.held_out) * parts.bytes as f64 * sample.density;
            if let Some(budget) = budget {
                let measure = || pace(settings, &config, question, &sample.examples, devices);
                settings.schedule.steps = steps(budget, tokens, settings.batch.tokens, measure)?;
                if draft.warmup_is_open() {
                    settings.schedule.warmup_steps = warmup(&settings.recipe.paper(), settings.schedule.steps);
                }
            }
            if let (MaskingTime::Static { duplicates }, false) =
                (settings.data.masking_time, draft.paper_scale || !draft.masking_time_is_open())
            {
                // No more than the steps go through.
                let passes = (settings.schedule.steps * settings.batch.tokens) as f64 / tokens.max(1.0);
                let duplicates = (passes.ceil() as u64).clamp(1, duplicates);
                settings.data.masking_time = MaskingTime::Static { duplicates };
            }
            write_file(&dir.join(CONFIG), to_toml(settings)?.as_bytes())?;
        }
        on_event(&Event::Plan(Box::new(settings.clone())));
        let examples = RunExamples::of(&dir.join(DATA), text, parts, &tokenizer, settings, on_event)?;
        Ok(Prepared { tokenizer, config, question, examples })
    }
}

/// All that a training is made of.
struct Job<'a> {
    settings: &'a Settings,
    config: AutoConfig,
    tokenizer: &'a Tokenizer,
    examples: RunExamples,
    options: &'a Options,
}

impl Job<'_> {
    fn train<O>(
        self,
        objective: &O,
        directory: RunDirectory,
        mut on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error>
    where
        O: Objective<Example = Example>,
        O::Model: Pretrained<Config = AutoConfig>,
    {
        let Self { settings, config, tokenizer, examples, options } = self;
        let training = settings.training();
        let state = match (directory.last_checkpoint()?, options.devices.first()) {
            (Some(checkpoint), Some(device)) => load_state(&checkpoint, settings.optimizer, device)?.0,
            _ => State::new(fresh_model::<O::Model>(&config, &options.devices, settings.seed)?, settings.optimizer),
        };
        let step = state.progress.step;
        let parameters = state.model.num_params();
        on_event(&Event::Model { config: Box::new(config.clone()), parameters, step });
        let mut record = Record::new(directory, tokenizer, to_toml(settings)?, step, options.record_batches)?;
        let mut last = None;
        let material = Material {
            objective,
            training: &examples.training,
            held_out: &examples.held_out,
            devices: &options.devices,
        };
        let keep = |event: embert_train::Event<'_, O>| -> Result<(), Error> {
            match event {
                embert_train::Event::Batch { step, examples } => record.batch(step, examples)?,
                embert_train::Event::Step(report) => {
                    record.step(report)?;
                    on_event(&Event::Step(report.clone()));
                }
                embert_train::Event::Validated { validation, model } => {
                    record.validated(validation)?;
                    if validation.is_best {
                        // A model without its tokenizer is none.
                        record.directory.save_best(|dir| -> Result<(), Error> {
                            save_pretrained(model, &config, dir)?;
                            Ok(tokenizer.save(dir)?)
                        })?;
                    }
                    on_event(&Event::Validated(validation.clone()));
                    last = Some(validation.clone());
                }
                embert_train::Event::Save(snapshot) => {
                    let step = snapshot.progress.step;
                    record.directory.save(step, settings.run.keep_checkpoints, |dir| -> Result<(), Error> {
                        save_state(snapshot, &config, dir)?;
                        Ok(tokenizer.save(dir)?)
                    })?;
                    record.page()?;
                    on_event(&Event::Saved { step, model: record.directory.model() });
                }
            }
            Ok(())
        };
        let state = training.run(state, material, keep, stop)?;
        Ok(Finished {
            model: record.directory.model(),
            report: record.page()?,
            step: state.progress.step,
            is_finished: state.progress.step == settings.schedule.steps,
            validation: last,
        })
    }
}

/// A model that no step has moved, on the first device.
pub(super) fn fresh_model<M: Pretrained<Config = AutoConfig>>(
    config: &AutoConfig,
    devices: &[Device],
    seed: u64,
) -> Result<M, Error> {
    let wrong = |message: String| Error::Config { message };
    let device = devices.first().ok_or_else(|| wrong("there is no device to train it on".into()))?;
    M::from_config(config, device, seed).map_err(|error| wrong(error.to_string()))
}

/// The tokenizer in the run's folder, and where it comes from; where there is none yet, it is made.
fn tokenizer(dir: &Path, text: &impl Text, parts: &Parts, settings: &Settings) -> Result<(Tokenizer, String), Error> {
    let place = dir.join(TOKENIZER);
    if place.exists() {
        return Ok((Tokenizer::from_dir(&place)?, place.display().to_string()));
    }
    let made = settings.tokenizer.tokenizer(parts.part(text, false), settings.data.max_length)?;
    write_directory(&place, |dir| Ok(made.save(dir)?))?;
    // What a run that goes on will read.
    Ok((Tokenizer::from_dir(&place)?, made.origin().to_owned()))
}

/// Takes away what a run has made in its folder, and the folder too where nothing else is in it.
fn clear(dir: &Path) -> Result<(), Error> {
    let refused = |source| Error::Io { file: dir.to_owned(), source };
    let entries: Vec<_> = std::fs::read_dir(dir).map_err(refused)?.collect::<Result<_, _>>().map_err(refused)?;
    if !entries.iter().all(|entry| is_of_a_run(&entry.file_name().to_string_lossy())) {
        return Err(Error::NoRun { dir: dir.to_owned() });
    }
    std::fs::remove_dir_all(dir).map_err(refused)
}

/// Whether the machine is to blame, and not what it was given.
fn is_of_the_system(error: &Error) -> bool {
    matches!(error, Error::Io { .. } | Error::Data(embert_data::Error::Io { .. }) | Error::Checkpoint(_))
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

fn to_toml(settings: &Settings) -> Result<String, Error> {
    let unwritable = |error: toml::ser::Error| Error::Config { message: error.to_string() };
    toml::to_string_pretty(settings).map_err(unwritable)
}
