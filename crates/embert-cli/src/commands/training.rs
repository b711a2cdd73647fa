//! The flags of every command that trains, and how a training is watched.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
};

use burn::tensor::Device;
use clap::Args;
use embert::{
    is_free,
    run::{Finished, LEAST_LENGTH, Said},
    train::Ranks,
};

use super::{Machines, Talk, WrongUse, named::named};
#[cfg(feature = "tui")]
use crate::dashboard::Dashboard;
use crate::{
    interrupt::Interrupt,
    progress::{Progress, Told},
    ranks::Company,
};

/// A run: its folder, its length, what is told of it.
#[derive(Debug, Args)]
pub(super) struct RunFlags {
    /// The run's folder; not there or empty, or with --resume a run's.
    #[arg(long)]
    pub(super) out: PathBuf,
    /// Go on from the last checkpoint. Flags need not be said again, and may not say anything else.
    #[arg(long)]
    pub(super) resume: bool,
    /// A TOML file with any key of config.toml; flags count more.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Steps of the optimiser [1000; of a task, those of three epochs].
    #[arg(long, value_parser = at_least::<1>)]
    pub(super) steps: Option<i64>,
    /// Tokens that are in memory together: a step of many of them fits anywhere [768].
    #[arg(long, value_parser = at_least::<1>)]
    micro_batch_tokens: Option<i64>,
    /// The longest example, in tokens [128; of questions, 384].
    #[arg(long, value_parser = length)]
    max_length: Option<i64>,
    /// The highest learning rate; by default one that suits the model's width.
    #[arg(long, value_parser = rate)]
    lr: Option<f64>,
    /// First weights, masks, the order of the data and dropout follow from it [42].
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
    /// Steps from one line of metrics.jsonl to the next [10].
    #[arg(long, value_parser = at_least::<1>)]
    log_every: Option<i64>,
    /// Steps from one look at the held-out examples to the next [100; of a task, an epoch].
    #[arg(long, value_parser = at_least::<1>)]
    validate_every: Option<i64>,
    /// Steps from one checkpoint to the next [500; of a task, from look to look].
    #[arg(long, value_parser = at_least::<1>)]
    save_every: Option<i64>,
    /// So many looks at the held-out examples in a row without a better model end the run.
    #[arg(long, value_parser = at_least::<1>)]
    patience: Option<i64>,
    /// What a step computes in; weights and the optimiser's moments are f32 always [f32].
    #[arg(long, value_parser = named(DTYPES, dtype))]
    dtype: Option<String>,
    /// Keep less in memory for the way back: the results of element-wise operations (activations, additions, dropout) are
    /// computed again there; matrix products are kept.
    #[arg(long)]
    gradient_checkpointing: bool,
    /// Curves in the terminal, instead of lines.
    #[cfg(feature = "tui")]
    #[arg(long)]
    tui: bool,
    #[command(flatten)]
    machines: Machines,
}

pub(super) fn at_least<const LEAST: i64>(text: &str) -> Result<i64, String> {
    let number = text.parse().ok().filter(|number| *number >= LEAST);
    number.ok_or_else(|| format!("a whole number, {LEAST} or more, is expected"))
}

/// Each position costs a vector.
pub(super) fn length(text: &str) -> Result<i64, String> {
    let (least, most) = (LEAST_LENGTH as i64, 16_384);
    let length = text.parse().ok().filter(|length| (least..=most).contains(length));
    length.ok_or_else(|| format!("a whole number from {least} to {most} is expected"))
}

fn rate(text: &str) -> Result<f64, String> {
    let is_rate = |rate: &f64| *rate > 0.0 && *rate <= 1.0;
    text.parse().ok().filter(is_rate).ok_or_else(|| "a number above 0, and at most 1, is expected".into())
}

/// What a training computes in.
const DTYPES: [&str; 2] = ["f32", "bf16"];

fn dtype(text: &str) -> Result<String, String> {
    match text {
        _ if DTYPES.contains(&text) => Ok(text.to_owned()),
        "f16" => Err("f16 does not train: its gradients vanish; bf16 or f32 is expected".into()),
        _ => Err("f32 or bf16 is expected".into()),
    }
}

/// As a draft has it.
///
/// # Errors
/// Where it is not UTF-8.
pub(super) fn path(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().ok_or_else(|| WrongUse(format!("{}: the path is not UTF-8", path.display())))?;
    Ok(text.to_owned())
}

impl RunFlags {
    /// Whether a run is to be gone on with that has begun.
    pub(super) fn goes_on(&self) -> bool {
        self.resume && !is_free(&self.out)
    }

    /// # Errors
    /// Where a device cannot be had.
    pub(super) fn devices(&self, talk: Talk) -> anyhow::Result<Vec<Device>> {
        self.machines.open(talk)
    }

    /// A training by all ranks of an `mpirun`, or by this process alone: each does `part`.
    ///
    /// # Errors
    /// Where the others cannot be joined; what `part` gives, where there are none.
    pub(super) fn shared(
        &self,
        part: impl FnOnce(Rc<dyn Ranks>) -> anyhow::Result<ExitCode>,
    ) -> anyhow::Result<ExitCode> {
        Company::join()?.take_part(&self.out, part)
    }

    /// Takes part in a training of which the first rank tells, and ends it when a signal comes.
    ///
    /// # Errors
    /// Where the training fails.
    pub(super) fn follow(
        &self,
        train: impl FnOnce(&dyn Fn() -> bool) -> Result<Option<Finished>, embert::Error>,
    ) -> anyhow::Result<ExitCode> {
        let interrupt = Interrupt::default();
        interrupt.listen()?;
        let finished = train(&|| interrupt.came())?;
        let is_finished = finished.is_none_or(|finished| finished.is_finished);
        Ok(if is_finished { ExitCode::SUCCESS } else { interrupt.exit_code() })
    }

    /// Tells of a training by so many `ranks` while it goes on, and ends it when a signal comes.
    ///
    /// # Errors
    /// Where the training fails.
    pub(super) fn watch<E: Told>(
        &self,
        talk: Talk,
        seed: u64,
        ranks: usize,
        train: impl FnOnce(&mut dyn FnMut(&E), &dyn Fn() -> bool) -> Result<Finished, embert::Error>,
    ) -> anyhow::Result<ExitCode> {
        let mut progress = Progress::new(talk);
        let version = env!("CARGO_PKG_VERSION");
        let ranks = if ranks > 1 { format!("   {ranks} ranks") } else { String::new() };
        progress.say(&format!("embert {version}   {}{ranks}   seed {seed}", self.machines.describe()));
        let interrupt = Interrupt::default();
        #[cfg(feature = "tui")]
        let dashboard = self.tui.then(|| std::cell::RefCell::new(Dashboard::new()));
        let mut on_event = |event: &E| {
            interrupt.on_event(event);
            #[cfg(feature = "tui")]
            if let Some(dashboard) = &dashboard {
                return dashboard.borrow_mut().on_event(event);
            }
            progress.on_event(event);
        };
        let stop = || {
            #[cfg(feature = "tui")]
            if dashboard.as_ref().is_some_and(|dashboard| dashboard.borrow().should_stop()) {
                return true;
            }
            interrupt.came()
        };
        let finished = train(&mut on_event, &stop)?;
        #[cfg(feature = "tui")]
        drop(dashboard);
        progress.finish(&finished);
        if finished.is_finished {
            return Ok(ExitCode::SUCCESS);
        }
        let step = finished.step;
        progress.say(&format!("stopped     at step {step}, which is kept; --resume goes on from there"));
        Ok(interrupt.exit_code())
    }

    /// What the file says, and then the flags.
    pub(super) fn said(&self) -> anyhow::Result<Said> {
        let mut said = match &self.config {
            Some(file) => Said::read(file)?,
            None => Said::default(),
        };
        if self.steps.is_some() {
            said.unsay("schedule.budget");
        }
        for (key, number) in [
            ("schedule.steps", self.steps),
            ("batch.micro_tokens", self.micro_batch_tokens),
            ("data.max_length", self.max_length),
            ("seed", self.seed),
            ("run.log_every", self.log_every),
            ("run.validate_every", self.validate_every),
            ("run.save_every", self.save_every),
            ("run.patience", self.patience),
        ] {
            if let Some(number) = number {
                said.say(key, number);
            }
        }
        if let Some(rate) = self.lr {
            said.say("optimizer.learning_rate", rate);
        }
        if let Some(dtype) = &self.dtype {
            said.say("run.dtype", dtype.clone());
        }
        if self.gradient_checkpointing {
            said.say("run.gradient_checkpointing", true);
        }
        Ok(said)
    }
}
