//! A run: its settings, and the way from text to a trained model.

use std::path::{Path, PathBuf};

use burn::{module::Module, tensor::Device};
use embert_checkpoint::{Pretrained, save_pretrained, write_file};
use embert_data::Example;
use embert_tokenizer::Tokenizer;
use embert_train::{
    MaskedLm, Material, Objective, PreTraining, RunDirectory, RunLock, State, TRAINING, Validation, load_state,
    read_progress, save_state,
};

use super::{
    Budget, Draft, Event, Settings, Text,
    distillation::Lesson,
    draft::{differing, settings_of},
    examples::RunExamples,
    folder::{CONFIG, Folder, Found},
    prepare::{Preparation, Prepared},
    record::{REPORT, Record},
};
use crate::{AutoBackbone, AutoConfig, error::Error};

/// A run that is about to begin, or to go on.
#[derive(Debug)]
pub struct Run {
    folder: Folder,
    settings: Settings,
    /// What is still to be chosen, where it has not begun.
    open: Option<(Draft, Option<Budget>)>,
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
        let (settings, budget) = draft.resolve()?;
        Ok(Self { folder: Folder::begin(dir)?, settings, open: Some((draft.clone(), budget)) })
    }

    /// The run in `dir`, from its last checkpoint on; where there is none, from the beginning. `draft` need not say
    /// anything, and may not say anything else than when the run was begun.
    ///
    /// # Errors
    /// Where the folder is no run's, another run is using it, or was begun otherwise.
    pub fn resume(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        match Folder::resume(dir)? {
            Found::Run(folder, config) => {
                draft.agree(&config)?;
                let wrong = |error: Error| Error::File { file: dir.join(CONFIG), message: error.to_string() };
                Ok(Self { folder, settings: settings_of(config).map_err(wrong)?, open: None })
            }
            Found::Nothing(folder) => match draft.resolve() {
                Ok((settings, budget)) => Ok(Self { folder, settings, open: Some((draft.clone(), budget)) }),
                Err(error) => {
                    folder.discard();
                    Err(error)
                }
            },
        }
    }

    /// The settings; before a run has begun, the number of steps may still change.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Trains to the end, or until `stop` says so, and tells `on_event` of it. `text` opens the text, where anything is
    /// still to be made of it.
    ///
    /// # Errors
    /// Where the text does not give enough examples, the training fails, or a file cannot be written. What was kept
    /// before is kept.
    pub fn train<T: Text>(
        self,
        text: impl FnOnce(&Settings) -> Result<T, Error>,
        options: &Options,
        mut on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error> {
        let Self { folder, mut settings, open } = self;
        let dir = folder.lock.dir().to_owned();
        let checkpoint = folder.lock.last_checkpoint()?;
        if let Some(checkpoint) = &checkpoint {
            check_config(checkpoint, &settings)?;
            let step = read_progress(checkpoint)?.step;
            if step >= settings.schedule.steps {
                return Finished::before(folder.lock, step);
            }
        }
        let preparation = Preparation { dir: &dir, open, checkpoint: checkpoint.as_deref(), devices: &options.devices };
        let prepared = match preparation.prepare(&mut settings, text, &mut on_event) {
            // What is wrong with the text or the settings leaves nothing behind; examples that were made until a disk was
            // full stay, to go on with.
            Err(error) if checkpoint.is_none() && (!dir.join(CONFIG).exists() || is_of_the_text(&error)) => {
                folder.discard();
                return Err(error);
            }
            prepared => prepared?,
        };
        let Prepared { tokenizer, config, question, examples } = prepared;
        let job = Job { settings: &settings, config, tokenizer: &tokenizer, examples, checkpoint, options };
        let config = job.config.clone();
        match (&job.settings.distillation, question) {
            (Some(distillation), _) => {
                let lesson = Lesson::new(distillation, &config)?;
                let layers = lesson.layers().map(<[usize]>::to_vec);
                if job.checkpoint.is_none() {
                    on_event(&Event::Student { teacher: distillation.teacher.clone(), layers });
                }
                let objective = lesson.objective(&options.devices)?;
                let begin = |student, device: &Device| lesson.begin(student, device);
                job.train(&objective, begin, folder.lock, on_event, stop)
            }
            (None, Some(question)) => {
                let objective = PreTraining::<AutoBackbone>::new(&config, question);
                job.train(&objective, as_drawn, folder.lock, on_event, stop)
            }
            (None, None) => {
                let objective = MaskedLm::<AutoBackbone>::new(&config);
                job.train(&objective, as_drawn, folder.lock, on_event, stop)
            }
        }
    }
}

impl Finished {
    /// A run that had come to its end already.
    fn before(lock: RunLock, step: usize) -> Result<Self, Error> {
        let directory = RunDirectory::at(lock, step)?;
        let (model, report) = (directory.model(), directory.dir().join(REPORT));
        Ok(Self { model, report, step, is_finished: true, validation: None })
    }
}

/// Whether a checkpoint is of a run of these settings.
fn check_config(checkpoint: &Path, settings: &Settings) -> Result<(), Error> {
    let file = checkpoint.join(TRAINING).join(CONFIG);
    let text = std::fs::read_to_string(&file).map_err(|source| Error::Io { file: file.clone(), source })?;
    let keys = differing(&to_toml(settings)?, &text)
        .map_err(|error| Error::File { file: file.clone(), message: error.to_string() })?;
    if keys.is_empty() { Ok(()) } else { Err(Error::OtherConfig { keys }) }
}

/// Whether a run cannot begin with its text and settings, whatever the machine.
fn is_of_the_text(error: &Error) -> bool {
    use embert_data::Error::{EmptyCorpus, TooFewDocuments};
    match error {
        Error::Train(error) => {
            matches!(error, embert_train::Error::SmallerThanABatch { .. } | embert_train::Error::Setting { .. })
        }
        Error::Data(error) => matches!(error, EmptyCorpus | TooFewDocuments { .. }),
        Error::TooFewDocuments { .. } | Error::Setting { .. } | Error::Config { .. } | Error::Tokenizer(_) => true,
        _ => false,
    }
}

/// All that a training is made of.
struct Job<'a> {
    settings: &'a Settings,
    config: AutoConfig,
    tokenizer: &'a Tokenizer,
    examples: RunExamples,
    checkpoint: Option<PathBuf>,
    options: &'a Options,
}

impl Job<'_> {
    fn train<O>(
        self,
        objective: &O,
        begin: impl FnOnce(O::Model, &Device) -> Result<O::Model, Error>,
        lock: RunLock,
        mut on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error>
    where
        O: Objective<Example = Example>,
        O::Model: Pretrained<Config = AutoConfig>,
    {
        let Self { settings, config, tokenizer, examples, checkpoint, options } = self;
        let training = settings.training();
        let device = first(&options.devices)?;
        let state = match checkpoint {
            Some(checkpoint) => load_state(&checkpoint, settings.optimizer, device)?.0,
            None => {
                let model = fresh_model::<O::Model>(&config, device, settings.seed)?;
                State::new(begin(model, device)?, settings.optimizer)
            }
        };
        let step = state.progress.step;
        let parameters = state.model.num_params();
        on_event(&Event::Model { config: Box::new(config.clone()), parameters, step });
        let written = to_toml(settings)?;
        let directory = RunDirectory::at(lock, step)?;
        let mut record = Record::new(directory, tokenizer, written.clone(), step, options.record_batches)?;
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
                        write_file(&dir.join(TRAINING).join(CONFIG), written.as_bytes())?;
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
            is_finished: state.progress.step >= settings.schedule.steps,
            validation: last,
        })
    }
}

/// The device where a model lives.
pub(super) fn first(devices: &[Device]) -> Result<&Device, Error> {
    devices.first().ok_or_else(|| Error::Config { message: "there is no device to train it on".into() })
}

/// A model that no step has moved.
pub(super) fn fresh_model<M: Pretrained<Config = AutoConfig>>(
    config: &AutoConfig,
    device: &Device,
    seed: u64,
) -> Result<M, Error> {
    M::from_config(config, device, seed).map_err(|error| Error::Config { message: error.to_string() })
}

/// A model begins with what was drawn for it.
fn as_drawn<M>(model: M, _: &Device) -> Result<M, Error> {
    Ok(model)
}

pub(super) fn to_toml(settings: &Settings) -> Result<String, Error> {
    let unwritable = |error: toml::ser::Error| Error::Config { message: error.to_string() };
    toml::to_string_pretty(settings).map_err(unwritable)
}
