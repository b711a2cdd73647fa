//! From an objective and its examples to a trained model in a folder.

use std::path::{Path, PathBuf};

use burn::{module::Module, tensor::Device};
use embert_checkpoint::{Pretrained, save_pretrained, write_file};
use embert_train::{
    Material, Objective, OptimizerSettings, Ranks, RunDirectory, Sample, Source, State, TRAINING, Training, load_state,
    read_progress, save_state,
};
use serde_json::Value;

use super::{
    CONFIG, Event, Finished, Folder, Hold,
    ranks::finished,
    record::{REPORT, Record},
    said::differing,
};
use crate::{AutoConfig, error::Error};

/// All that a training in a folder is made of.
pub(crate) struct Job<'a, T, H> {
    pub(crate) training: Training,
    /// The run's `config.toml`.
    pub(crate) written: String,
    /// Checkpoints that are kept.
    pub(crate) keep_checkpoints: usize,
    pub(crate) config: AutoConfig,
    pub(crate) examples: &'a T,
    pub(crate) held_out: &'a H,
    pub(crate) devices: &'a [Device],
    pub(crate) ranks: &'a dyn Ranks,
    /// Of so many steps, from the first on, what the model is shown is written down.
    pub(crate) record_batches: usize,
}

/// Who knows what numbers stand for.
pub(crate) trait Scribe<E> {
    /// Writes what makes weights and a config a model: its tokenizer.
    fn save(&self, dir: &Path) -> Result<(), Error>;

    /// An example, as `batches.jsonl` has it, where that is written.
    fn example(&self, _example: &E) -> Value {
        Value::Null
    }

    /// An example and the model's answers in words; none where they have none.
    fn sample(&self, _sample: &Sample<E>) -> Result<Option<Value>, Error> {
        Ok(None)
    }
}

impl<T, H> Job<'_, T, H> {
    /// Trains from `state` to the end, or until `stop` says so. Whoever does not hold the folder writes and tells nothing.
    ///
    /// # Errors
    /// Where the training fails, or a file cannot be written. What was kept before is kept.
    pub(crate) fn train<O>(
        self,
        objective: &O,
        state: State<O::Model>,
        scribe: &impl Scribe<O::Example>,
        hold: Hold,
        mut on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error>
    where
        O: Objective,
        O::Model: Pretrained<Config = AutoConfig>,
        T: Source<Example = O::Example>,
        H: Source<Example = O::Example>,
    {
        let Self { training, written, config, ranks, .. } = self;
        let (held_out, devices) = (self.held_out, self.devices);
        let material = Material { objective, training: self.examples, held_out, devices, ranks };
        let lock = match hold {
            Hold::First(folder) => folder.lock,
            Hold::Other(dir) => {
                let State { progress, .. } = training.run(state, material, |_| Ok::<(), Error>(()), stop)?;
                return Ok(finished(&dir, progress.step, training.is_over(&progress)));
            }
        };
        let step = state.progress.step;
        let parameters = state.model.num_params();
        on_event(&Event::Model { config: Box::new(config.clone()), parameters, step });
        let directory = RunDirectory::at(lock, step)?;
        let mut record = Record::new(directory, written.clone(), step, self.record_batches)?;
        let mut last = None;
        let keep = |event: embert_train::Event<'_, O>| -> Result<(), Error> {
            match event {
                embert_train::Event::Batch { step, examples } => {
                    record.batch(step, || examples.iter().map(|example| scribe.example(example)).collect())?;
                }
                embert_train::Event::Step(report) => {
                    record.step(report)?;
                    on_event(&Event::Step(report.clone()));
                }
                embert_train::Event::Validated { validation, samples, model } => {
                    let samples = samples.iter().filter_map(|sample| scribe.sample(sample).transpose());
                    record.validated(validation, samples.collect::<Result<_, _>>()?)?;
                    if validation.is_best {
                        record.directory.save_best(|dir| -> Result<(), Error> {
                            save_pretrained(model, &config, dir)?;
                            scribe.save(dir)
                        })?;
                    }
                    on_event(&Event::Validated(validation.clone()));
                    last = Some(validation.clone());
                }
                embert_train::Event::Save(snapshot) => {
                    let step = snapshot.progress.step;
                    record.directory.save(step, self.keep_checkpoints, |dir| -> Result<(), Error> {
                        save_state(snapshot, &config, dir)?;
                        write_file(&dir.join(TRAINING).join(CONFIG), written.as_bytes())?;
                        scribe.save(dir)
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
            is_finished: training.is_over(&state.progress),
            validation: last,
        })
    }
}

/// Where a run stands that is to begin, or to go on.
pub(crate) enum Stand {
    /// Before the step after this checkpoint, or before the first.
    Before(Folder, Option<PathBuf>),
    /// At its end.
    Over(Finished),
}

impl Stand {
    /// By the last checkpoint in `folder`, of a run whose config.toml is `written`.
    ///
    /// # Errors
    /// Where the checkpoint is of another run, or cannot be read.
    pub(crate) fn of(folder: Folder, written: &str, training: &Training) -> Result<Self, Error> {
        let Some(checkpoint) = folder.lock.last_checkpoint()? else { return Ok(Self::Before(folder, None)) };
        checkpoint_agrees(&checkpoint, written)?;
        let progress = read_progress(&checkpoint)?;
        if !training.is_over(&progress) {
            return Ok(Self::Before(folder, Some(checkpoint)));
        }
        let directory = RunDirectory::at(folder.lock, progress.step)?;
        let (model, report) = (directory.model(), directory.dir().join(REPORT));
        Ok(Self::Over(Finished { model, report, step: progress.step, is_finished: true, validation: None }))
    }
}

/// The training in `checkpoint`; without one, that of the model that `begin` makes.
///
/// # Errors
/// Where a file is not what was written, or `begin` fails.
pub(crate) fn state<M: Pretrained>(
    checkpoint: Option<&Path>,
    optimizer: OptimizerSettings,
    device: &Device,
    begin: impl FnOnce() -> Result<M, Error>,
) -> Result<State<M>, Error> {
    match checkpoint {
        Some(checkpoint) => Ok(load_state(checkpoint, optimizer, device)?.0),
        None => Ok(State::new(begin()?, optimizer)),
    }
}

/// Whether a checkpoint is of a run of these settings.
///
/// # Errors
/// Names the keys that differ.
fn checkpoint_agrees(checkpoint: &Path, written: &str) -> Result<(), Error> {
    let file = checkpoint.join(TRAINING).join(CONFIG);
    let text = std::fs::read_to_string(&file).map_err(|source| Error::Io { file: file.clone(), source })?;
    let keys =
        differing(written, &text).map_err(|error| Error::File { file: file.clone(), message: error.to_string() })?;
    if keys.is_empty() { Ok(()) } else { Err(Error::OtherConfig { keys }) }
}

/// The device where a model lives.
pub(crate) fn first(devices: &[Device]) -> Result<&Device, Error> {
    devices.first().ok_or_else(|| Error::Config { message: "there is no device to train it on".into() })
}

/// A model that no step has moved.
pub(crate) fn fresh_model<M: Pretrained<Config = AutoConfig>>(
    config: &AutoConfig,
    device: &Device,
    seed: u64,
) -> Result<M, Error> {
    M::from_config(config, device, seed).map_err(|error| Error::Config { message: error.to_string() })
}
