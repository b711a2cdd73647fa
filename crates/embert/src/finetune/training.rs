//! A fine-tuning: its settings, and the way from examples to a trained model.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    rc::Rc,
    time::Instant,
};

use burn::tensor::Device;
use embert_checkpoint::{CONFIG_FILE, Pretrained, adapt, read_config, write_file};
use embert_core::FamilyConfig;
use embert_tokenizer::Tokenizer;
use embert_train::{Alone, InMemory, Objective, Ranks};

use super::{Event, Settings, scribe::Beside, settings::Open};
use crate::{
    AutoConfig, SentencePipeline,
    encode::tokenizer_of,
    error::Error,
    run::{
        CONFIG, FINETUNE, Finished, Folder, Hold, Job, Said, Stand, first, hear_ready, say_over, say_ready, state,
        to_toml, wrong,
    },
    sentence::transformer_of,
    tasks::{self, Beginning, Ready, TaskName},
};

/// A run that is about to begin, or to go on.
#[derive(Debug)]
pub struct Run {
    folder: Folder,
    settings: Settings,
    /// What is still to be chosen, where it has not begun.
    open: Option<Open>,
    ranks: Rc<dyn Ranks>,
}

impl Run {
    /// A run in `dir`, which is not there or empty.
    ///
    /// # Errors
    /// Where a setting makes no sense, or there is no such model.
    pub fn begin(said: &Said, dir: &Path) -> Result<Self, Error> {
        let (settings, open) = Settings::of(&from_anywhere(said)?, config_of)?;
        Ok(Self { folder: Folder::begin(dir)?, settings, open: Some(open), ranks: Rc::new(Alone) })
    }

    /// The run in `dir`, from its last checkpoint on; where there is none, from the beginning. `said` need not say
    /// anything, and may not say anything else than when the run was begun.
    ///
    /// # Errors
    /// Where the folder is no run's, another run is using it, or was begun otherwise.
    pub fn resume(said: &Said, dir: &Path) -> Result<Self, Error> {
        let said = &from_anywhere(said)?;
        let (folder, settings, open) = Folder::go_on(dir, &[FINETUNE], said, || Settings::of(said, config_of))?;
        Ok(Self { folder, settings, open, ranks: Rc::new(Alone) })
    }

    /// The same, shared with other ranks, of which this process is the first. The others [`follow`].
    pub fn among(self, ranks: Rc<dyn Ranks>) -> Self {
        Self { ranks, ..self }
    }

    /// The settings; before a run has begun, the number of steps may still change.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Trains to the end, or until `stop` says so, and tells `on_event` of it.
    ///
    /// # Errors
    /// Where a file of examples is none of the task, the training fails, or a file cannot be written. What was kept
    /// before is kept.
    pub fn train(
        self,
        devices: &[Device],
        on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error> {
        let Self { folder, settings, open, ranks } = self;
        let (folder, checkpoint) = match Stand::of(folder, &to_toml(&settings)?, &settings.training())? {
            Stand::Before(folder, checkpoint) => (folder, checkpoint),
            Stand::Over(finished) => {
                say_over(&*ranks)?;
                return Ok(finished);
            }
        };
        let source = match Source::open(&settings, checkpoint, devices) {
            Ok(source) => source,
            Err(error) => return Err(leave(Hold::First(folder), error)),
        };
        let hold = Hold::First(folder);
        let start = Instant::now();
        Lesson { hold, settings, open, source, devices, ranks: &*ranks, start }.of_task(on_event, stop)
    }
}

/// Takes part in the run in `dir`, which the first of `ranks` begins or goes on with, as another of them. None where there
/// was nothing left to do.
///
/// # Errors
/// Where the run's files are not there on this machine, or the training fails.
pub fn follow(
    dir: &Path,
    ranks: &dyn Ranks,
    devices: &[Device],
    stop: impl Fn() -> bool,
) -> Result<Option<Finished>, Error> {
    let Some((settings, checkpoint)) = hear_ready::<Settings>(ranks)? else { return Ok(None) };
    let source = Source::open(&settings, checkpoint, devices)?;
    let hold = Hold::Other(dir.to_owned());
    let lesson = Lesson { hold, settings, open: None, source, devices, ranks, start: Instant::now() };
    lesson.of_task(|_| (), stop).map(Some)
}

/// The model that a run begins as or goes on from, but for its weights.
struct Source {
    /// Where its files are.
    dir: PathBuf,
    /// The checkpoint that it is, if it is one.
    checkpoint: Option<PathBuf>,
    config: AutoConfig,
    tokenizer: Tokenizer,
    /// How sentences become vectors.
    pipeline: SentencePipeline,
}

impl Source {
    fn open(settings: &Settings, checkpoint: Option<PathBuf>, devices: &[Device]) -> Result<Self, Error> {
        let dir = checkpoint.as_deref().unwrap_or(&settings.model);
        let max_length = settings.data.max_length;
        let pipeline = SentencePipeline::open(dir, first(devices)?)?;
        let pipeline = SentencePipeline { max_length: Some(max_length), ..pipeline };
        let dir = pipeline.transformer.clone();
        let config = config_of(&dir)?;
        let tokenizer = tokenizer_of(&dir, &config)?.with_max_length(max_length);
        Ok(Self { dir, checkpoint, config, tokenizer, pipeline })
    }

    fn beginning(&self) -> Beginning<'_> {
        Beginning { config: &self.config, has_head: self.checkpoint.is_some(), tokenizer: &self.tokenizer }
    }
}

/// A task that is about to be learned.
struct Lesson<'a> {
    hold: Hold,
    settings: Settings,
    open: Option<Open>,
    source: Source,
    devices: &'a [Device],
    ranks: &'a dyn Ranks,
    start: Instant,
}

impl Lesson<'_> {
    fn of_task(self, on_event: impl FnMut(&Event), stop: impl Fn() -> bool) -> Result<Finished, Error> {
        let (of, files) = (self.source.beginning(), self.settings.data.files());
        match self.settings.task {
            TaskName::SequenceClassification => {
                let ready = tasks::sequence(&of, &files);
                self.train(ready, on_event, stop)
            }
            TaskName::TokenClassification => {
                let ready = tasks::tokens(&of, &files);
                self.train(ready, on_event, stop)
            }
            TaskName::QuestionAnswering => {
                let ready = tasks::answers(&of, &files);
                self.train(ready, on_event, stop)
            }
            TaskName::MultipleChoice => {
                let ready = tasks::choices(&of, &files);
                self.train(ready, on_event, stop)
            }
            TaskName::Embedding => {
                let batch = self.settings.batch.examples;
                let ready = tasks::embedding(&of, &files, &self.source.pipeline, batch);
                self.train(ready, on_event, stop)
            }
        }
    }

    fn train<O>(
        self,
        ready: Result<Ready<O>, Error>,
        mut on_event: impl FnMut(&Event),
        stop: impl Fn() -> bool,
    ) -> Result<Finished, Error>
    where
        O: Objective<Example: Clone>,
        O::Model: Pretrained<Config = AutoConfig>,
    {
        let Self { hold, mut settings, open, source, devices, ranks, start } = self;
        let prepared = ready.and_then(|ready| {
            let (training, held_out) = (ready.training.len(), ready.held_out.len());
            on_event(&Event::Data {
                training,
                held_out,
                passed_over: ready.passed_over,
                problem: ready.config.heads().labels.problem_type,
                labels: ready.labels.clone(),
                elapsed: start.elapsed(),
            });
            let rows = [training, held_out];
            let contents = [content_of(&settings.data.train)?, content_of(&settings.data.valid)?];
            match open {
                Some(open) => {
                    (settings.data.rows, settings.data.contents) = (rows, contents);
                    settings.choose(open)?;
                }
                None => settings.data.agree(rows, &contents)?,
            }
            on_event(&Event::Plan(Box::new(settings.clone())));
            let device = first(devices)?;
            let state = state(source.checkpoint.as_deref(), settings.optimizer, device, || {
                let class = O::Model::architecture(&ready.config);
                let is_own_head = ready.has_own_labels && source.config.architectures().contains(&class);
                let (config, seed) = (ready.config.clone(), settings.seed);
                let (model, _, report) = adapt::<O::Model>(&source.dir, config, device, seed, is_own_head)?;
                on_event(&Event::Begun { drawn: report.missing });
                Ok(model)
            })?;
            let written = to_toml(&settings)?;
            if let Hold::First(Folder { lock, .. }) = &hold {
                write_file(&lock.dir().join(CONFIG), written.as_bytes())?;
                say_ready(ranks, &written, source.checkpoint.as_deref())?;
            }
            Ok((ready, state, written))
        });
        let (Ready { objective, config, training, held_out, .. }, state, written) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Err(leave(hold, error)),
        };
        let beside = Beside {
            tokenizer: &source.tokenizer,
            pipeline: (settings.task == TaskName::Embedding).then(|| (&source.pipeline, config.heads().hidden_size)),
        };
        let job = Job {
            training: settings.training(),
            written,
            keep_checkpoints: settings.run.keep_checkpoints,
            config,
            examples: &InMemory(training),
            held_out: &InMemory(held_out),
            devices,
            ranks,
            record_batches: 0,
        };
        let told = |event: &crate::run::Event| on_event(&Event::Training(event.clone()));
        job.train(&objective, state, &beside, hold, told, stop)
    }
}

/// What is wrong with the settings or the files leaves nothing behind of a run that has not begun.
fn leave(hold: Hold, error: Error) -> Error {
    match hold {
        Hold::First(folder) if !folder.lock.dir().join(CONFIG).exists() => folder.discard(),
        Hold::First(_) | Hold::Other(_) => {}
    }
    error
}

/// The config of the model in `dir`, which may be one of sentence-transformers.
fn config_of(dir: &Path) -> Result<AutoConfig, Error> {
    Ok(read_config(&transformer_of(dir)?.join(CONFIG_FILE))?)
}

/// The same, with paths that lead there from any folder: a run may be gone on with from another.
fn from_anywhere(said: &Said) -> Result<Said, Error> {
    let mut said = said.clone();
    for key in ["model", "data.train", "data.valid"] {
        if let Some(path) = said.value::<PathBuf>(key)? {
            let absolute = std::path::absolute(&path).map_err(|source| Error::Io { file: path, source })?;
            let text = absolute.to_str().ok_or_else(|| wrong(key, "the path is not UTF-8"))?;
            said.say(key, text);
        }
    }
    Ok(said)
}

/// What `file` holds, in short: its length and a checksum.
fn content_of(file: &Path) -> Result<String, Error> {
    let refused = |source| Error::Io { file: file.to_owned(), source };
    let mut reader = BufReader::new(File::open(file).map_err(refused)?);
    let (mut bytes, mut sum) = (0, 0);
    loop {
        let part = reader.fill_buf().map_err(refused)?;
        if part.is_empty() {
            return Ok(format!("{bytes} bytes, CRC-32C {sum:08x}"));
        }
        (bytes, sum) = (bytes + part.len(), crc32c::crc32c_append(sum, part));
        let read = part.len();
        reader.consume(read);
    }
}
