//! A run: its settings, and the way from text to a trained model.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use burn::tensor::Device;
use embert_data::Corpus;
use embert_train::{Alone, MaskedLm, PreTraining, Ranks};

use super::{
    Budget, Draft, Event, Settings, Text,
    distillation::Lesson,
    prepare::{Preparation, Prepared},
    words::Words,
};
use crate::{
    AutoBackbone,
    error::Error,
    run::{
        CONFIG, DISTILL, Finished, Folder, Hold, Job, PRETRAIN, Stand, first, fresh_model, hear_ready, say_over,
        say_ready, state, to_toml,
    },
};

/// A run that is about to begin, or to go on.
#[derive(Debug)]
pub struct Run {
    folder: Folder,
    settings: Settings,
    /// What is still to be chosen, where it has not begun.
    open: Option<(Draft, Option<Budget>)>,
    ranks: Rc<dyn Ranks>,
}

/// What a training is given besides its settings: nothing that it comes to depends on these.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it runs; several of one kind share each step.
    pub devices: Vec<Device>,
    /// Of so many steps, from the first on, what the model is shown is written to `batches.jsonl`.
    pub record_batches: usize,
}

impl Run {
    /// A run in `dir`, which is not there or empty.
    ///
    /// # Errors
    /// Where a setting makes no sense.
    pub fn begin(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        let (settings, budget) = draft.resolve()?;
        Ok(Self { folder: Folder::begin(dir)?, settings, open: Some((draft.clone(), budget)), ranks: Rc::new(Alone) })
    }

    /// The run in `dir`, from its last checkpoint on; where there is none, from the beginning. `draft` need not say
    /// anything, and may not say anything else than when the run was begun.
    ///
    /// # Errors
    /// Where the folder is no run's, another run is using it, or was begun otherwise.
    pub fn resume(draft: &Draft, dir: &Path) -> Result<Self, Error> {
        let resolve = || draft.resolve().map(|(settings, budget)| (settings, (draft.clone(), budget)));
        let (folder, settings, open) = Folder::go_on(dir, &[PRETRAIN, DISTILL], &draft.said, resolve)?;
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
        let Self { folder, mut settings, open, ranks } = self;
        let (folder, checkpoint) = match Stand::of(folder, &to_toml(&settings)?, &settings.training())? {
            Stand::Before(folder, checkpoint) => (folder, checkpoint),
            Stand::Over(finished) => {
                say_over(&*ranks)?;
                return Ok(finished);
            }
        };
        let dir = folder.lock.dir().to_owned();
        let preparation = Preparation {
            dir: &dir,
            open,
            checkpoint: checkpoint.as_deref(),
            devices: &options.devices,
            ranks: ranks.count(),
        };
        let prepared = match preparation.prepare(&mut settings, text, &mut on_event) {
            // What is wrong with the text or the settings leaves nothing behind; examples that were made until a disk was
            // full stay, to go on with.
            Err(error) if checkpoint.is_none() && (!dir.join(CONFIG).exists() || is_of_the_text(&error)) => {
                folder.discard();
                return Err(error);
            }
            prepared => prepared?,
        };
        say_ready(&*ranks, &to_toml(&settings)?, checkpoint.as_deref())?;
        let share = Share { settings, prepared, checkpoint, options, ranks: &*ranks };
        share.train(Hold::First(folder), on_event, stop)
    }
}

/// Takes part in the run in `dir`, which the first of `ranks` begins or goes on with, as another of them: it has the folder,
/// and the devices are this process's own. None where there was nothing left to do.
///
/// # Errors
/// Where the folder is not there on this machine, or the training fails.
pub fn follow(
    dir: &Path,
    ranks: &dyn Ranks,
    options: &Options,
    stop: impl Fn() -> bool,
) -> Result<Option<Finished>, Error> {
    let Some((mut settings, checkpoint)) = hear_ready::<Settings>(ranks)? else { return Ok(None) };
    let (devices, count) = (&options.devices, ranks.count());
    let preparation = Preparation { dir, open: None, checkpoint: checkpoint.as_deref(), devices, ranks: count };
    let not_here = |_: &Settings| {
        let message = "the first rank's tokenizer and examples are not there; a folder that all ranks see is expected";
        Err::<Corpus, _>(Error::File { file: dir.to_owned(), message: message.into() })
    };
    let prepared = preparation.prepare(&mut settings, not_here, &mut |_| ())?;
    let share = Share { settings, prepared, checkpoint, options, ranks };
    share.train(Hold::Other(dir.to_owned()), |_| (), stop).map(Some)
}

/// What a rank needs for its part of a training.
struct Share<'a> {
    settings: Settings,
    prepared: Prepared,
    checkpoint: Option<PathBuf>,
    options: &'a Options,
    ranks: &'a dyn Ranks,
}

impl Share<'_> {
    fn train(self, hold: Hold, mut on_event: impl FnMut(&Event), stop: impl Fn() -> bool) -> Result<Finished, Error> {
        let Self { settings, prepared, checkpoint, options, ranks } = self;
        let Prepared { tokenizer, config, question, examples } = prepared;
        let job = Job {
            training: settings.training(),
            written: to_toml(&settings)?,
            keep_checkpoints: settings.run.keep_checkpoints,
            config: config.clone(),
            examples: &examples.training,
            held_out: &examples.held_out,
            devices: &options.devices,
            ranks,
            record_batches: options.record_batches,
        };
        let words = Words(&tokenizer);
        let device = first(&options.devices)?;
        let (checkpoint, optimizer) = (checkpoint.as_deref(), settings.optimizer);
        match (&settings.distillation, question) {
            (Some(distillation), _) => {
                let lesson = Lesson::new(distillation, &config)?;
                let layers = lesson.layers().map(<[usize]>::to_vec);
                if checkpoint.is_none() {
                    on_event(&Event::Student { teacher: distillation.teacher.clone(), layers });
                }
                let objective = lesson.objective(&options.devices)?;
                let begin = || lesson.begin(fresh_model(&config, device, settings.seed)?, device);
                let state = state(checkpoint, optimizer, device, begin)?;
                job.train(&objective, state, &words, hold, told(on_event), stop)
            }
            (None, Some(question)) => {
                let objective = PreTraining::<AutoBackbone>::new(&config, question);
                let state = state(checkpoint, optimizer, device, || fresh_model(&config, device, settings.seed))?;
                job.train(&objective, state, &words, hold, told(on_event), stop)
            }
            (None, None) => {
                let objective = MaskedLm::<AutoBackbone>::new(&config);
                let state = state(checkpoint, optimizer, device, || fresh_model(&config, device, settings.seed))?;
                job.train(&objective, state, &words, hold, told(on_event), stop)
            }
        }
    }
}

/// What happens in the training is told as what happens in the run.
fn told(mut on_event: impl FnMut(&Event)) -> impl FnMut(&crate::run::Event) {
    move |event| on_event(&Event::Training(event.clone()))
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
