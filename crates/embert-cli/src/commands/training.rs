//! The flags of every command that trains on text, and the way from them to a trained model.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use embert::{
    data::Corpus,
    is_free,
    pretrain::{Budget, Draft, Event, Options, Run, Settings},
};

use super::{Machines, Talk, WrongUse, check_apart};
#[cfg(feature = "tui")]
use crate::dashboard::Dashboard;
use crate::{interrupt::Interrupt, progress::Progress};

/// A run: its text, its folder, its length.
#[derive(Debug, Args)]
pub(super) struct RunFlags {
    /// Files of text, or folders of them: .txt .md .html .jsonl .csv .tsv .parquet, .gz and .zst.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// The run's folder; not there or empty, or with --resume a run's.
    #[arg(long)]
    out: PathBuf,
    /// Go on from the last checkpoint. Flags need not be said again, and may not say anything else.
    #[arg(long)]
    resume: bool,
    /// A TOML file with any key of config.toml; flags count more.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Steps of the optimiser [1000].
    #[arg(long, value_parser = at_least::<1>, conflicts_with_all = ["tokens", "budget"])]
    steps: Option<i64>,
    /// As many steps as go through so many tokens.
    #[arg(long, value_parser = at_least::<1>, conflicts_with = "budget")]
    tokens: Option<i64>,
    /// As many steps as fit into a time, such as 30m or 1.5h, at the pace of the first few.
    #[arg(long, value_parser = budget)]
    budget: Option<String>,
    /// Tokens of a step [4096].
    #[arg(long, value_parser = at_least::<1>)]
    batch_tokens: Option<i64>,
    /// Tokens that are in memory together: a step of many of them fits anywhere [768].
    #[arg(long, value_parser = at_least::<1>)]
    micro_batch_tokens: Option<i64>,
    /// The longest example, in tokens [128].
    #[arg(long, value_parser = length)]
    max_length: Option<i64>,
    /// The highest learning rate; by default one that suits the model's width.
    #[arg(long, value_parser = rate)]
    lr: Option<f64>,
    /// First weights, masks, the order of the data and dropout follow from it [42].
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    seed: Option<i64>,
    /// The share of the documents that is held out [0.05].
    #[arg(long, value_parser = share)]
    held_out: Option<f64>,
    /// Steps from one line of metrics.jsonl to the next [10].
    #[arg(long, value_parser = at_least::<1>)]
    log_every: Option<i64>,
    /// Steps from one look at the held-out documents to the next [100].
    #[arg(long, value_parser = at_least::<1>)]
    validate_every: Option<i64>,
    /// Steps from one checkpoint to the next [500].
    #[arg(long, value_parser = at_least::<1>)]
    save_every: Option<i64>,
    /// What a step computes in, f32 or bf16; weights and the optimiser's moments are f32 always [f32].
    #[arg(long, value_parser = dtype)]
    dtype: Option<String>,
    /// Keep less in memory for the way back: the results of element-wise operations (activations, additions, dropout) are
    /// computed again there; matrix products are kept.
    #[arg(long)]
    gradient_checkpointing: bool,
    /// Write what the model is shown in the first steps to batches.jsonl, token for token.
    #[arg(long, default_value_t = 0, value_name = "STEPS")]
    record_batches: usize,
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
fn length(text: &str) -> Result<i64, String> {
    let lengths = 8..=16_384;
    let length = text.parse().ok().filter(|length| lengths.contains(length));
    length.ok_or_else(|| "a whole number from 8 to 16384 is expected".into())
}

fn rate(text: &str) -> Result<f64, String> {
    let is_rate = |rate: &f64| *rate > 0.0 && *rate <= 1.0;
    text.parse().ok().filter(is_rate).ok_or_else(|| "a number above 0, and at most 1, is expected".into())
}

fn share(text: &str) -> Result<f64, String> {
    let is_share = |share: &f64| *share > 0.0 && *share < 1.0;
    text.parse().ok().filter(is_share).ok_or_else(|| "a number between 0 and 1 is expected".into())
}

fn budget(text: &str) -> Result<String, String> {
    text.parse::<Budget>().map(|_| text.to_owned())
}

fn dtype(text: &str) -> Result<String, String> {
    match text {
        "f32" | "bf16" => Ok(text.to_owned()),
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

    /// Trains by a draft, from its beginning or from its last checkpoint.
    ///
    /// # Errors
    /// Where `check` refuses the run's settings, or the training fails.
    pub(super) fn run(
        self,
        draft: &Draft,
        talk: Talk,
        check: impl FnOnce(&Settings) -> Result<(), WrongUse>,
    ) -> anyhow::Result<ExitCode> {
        check_apart(&self.out, &self.corpus)?;
        let devices = self.machines.open()?;
        let run = if self.resume { Run::resume(draft, &self.out) } else { Run::begin(draft, &self.out) }?;
        let settings = run.settings();
        check(settings)?;
        let mut progress = Progress::new(talk);
        let version = env!("CARGO_PKG_VERSION");
        progress.say(&format!("embert {version}   {}   seed {}", self.machines.describe(), settings.seed));
        let options = Options { devices, record_batches: self.record_batches };
        let interrupt = Interrupt::default();
        #[cfg(feature = "tui")]
        let dashboard = self.tui.then(|| std::cell::RefCell::new(Dashboard::new()));
        let on_event = |event: &Event| {
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
        let corpus = |settings: &Settings| Ok(Corpus::open_with(&settings.corpus.paths, settings.corpus.options())?);
        let finished = run.train(corpus, &options, on_event, stop)?;
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
    pub(super) fn draft(&self) -> anyhow::Result<Draft> {
        let mut draft = match &self.config {
            Some(file) => Draft::read(file)?,
            None => Draft::default(),
        };
        if !self.corpus.is_empty() {
            draft.say("corpus.paths", self.corpus.iter().map(|file| path(file)).collect::<anyhow::Result<Vec<_>>>()?);
        }
        if self.steps.is_some() {
            draft.unsay("schedule.budget");
        }
        let tokens = self.tokens.map(|tokens| format!("{tokens} tokens"));
        if let Some(budget) = tokens.or(self.budget.clone()) {
            draft.unsay("schedule.steps");
            draft.say("schedule.budget", budget);
        }
        for (key, number) in [
            ("schedule.steps", self.steps),
            ("batch.tokens", self.batch_tokens),
            ("batch.micro_tokens", self.micro_batch_tokens),
            ("data.max_length", self.max_length),
            ("seed", self.seed),
            ("run.log_every", self.log_every),
            ("run.validate_every", self.validate_every),
            ("run.save_every", self.save_every),
        ] {
            if let Some(number) = number {
                draft.say(key, number);
            }
        }
        for (key, number) in [("optimizer.learning_rate", self.lr), ("corpus.held_out", self.held_out)] {
            if let Some(number) = number {
                draft.say(key, number);
            }
        }
        if let Some(dtype) = &self.dtype {
            draft.say("run.dtype", dtype.clone());
        }
        if self.gradient_checkpointing {
            draft.say("run.gradient_checkpointing", true);
        }
        Ok(draft)
    }
}
