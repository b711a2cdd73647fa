//! `cargo xtask bench`: how fast, how large, how exact, beside the libraries that do the same.

mod accuracy;
mod backends;
mod compare;
mod contest;
mod criterion;
pub(crate) mod embed;
mod flops;
mod goals;
mod inference;
pub(crate) mod machine;
mod peers;
mod ranks;
mod report;
mod row;
pub(crate) mod table;
mod train;
mod worker;
#[path = "../../../benches/worker/works.rs"]
mod works;

use std::{
    ffi::OsStr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::Command,
    thread::available_parallelism,
};

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};

use crate::shell::{cargo, root, run};
use report::Report;
use row::Row;

/// Measure, print a table, and leave the numbers in a file.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// All of them by default, but for the other backends.
    #[arg(value_enum)]
    question: Option<Question>,
    /// Make what the other libraries need: an environment of Python under target/bench, and candle's program.
    #[arg(long)]
    peers: bool,
    /// How often everything is asked, for inference, backends, embed and train; their own number by default.
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
    /// Threads of each system; all of the machine's cores by default.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Where the numbers go; target/bench/QUESTION.json by default.
    #[arg(long, value_name = "FILE", requires = "question")]
    json: Option<PathBuf>,
    /// The numbers of another run, to compare with.
    #[arg(long, value_name = "FILE", requires = "question")]
    compare: Option<PathBuf>,
    /// The backends beside flex, for the question of that name: features of the workspace's crates.
    #[arg(long, value_name = "FEATURES", value_delimiter = ',', default_value = "ndarray,wgpu")]
    backends: Vec<String>,
    /// Instead of beside PyTorch, train: by so many processes together, such as 1,2, of --threads threads each, or of one.
    #[arg(long, value_name = "COUNTS", value_delimiter = ',')]
    ranks: Vec<NonZeroUsize>,
    /// What Criterion is told, such as a filter, for the questions that are its own.
    #[arg(last = true)]
    criterion: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Question {
    /// How long does bert-base take from ids to hidden states?
    Inference,
    /// How long does bert-base take on each backend, and how far is it from what the device can do?
    Backends,
    /// How long do 10,000 sentences take from text to vectors?
    Embed,
    /// How long does a step of a training take?
    Train,
    /// How fast is text encoded, and what does training a vocabulary cost?
    Tokenizer,
    /// How fast are training examples made and read?
    Data,
    /// How long does opening a model take?
    Load,
    /// How fast is each operation of a model?
    Kernels,
}

impl Question {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// How the systems are measured.
struct Settings {
    rounds: Option<NonZeroUsize>,
    threads: usize,
    /// Whether to make what the peers need.
    peers: bool,
}

impl Bench {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        // Before anything is written: the run that is compared with may be the last one of this question.
        let old = self.compare.as_deref().map(Report::read).transpose()?;
        let threads = match self.threads {
            Some(threads) => threads,
            None if !self.ranks.is_empty() => NonZeroUsize::MIN,
            None => available_parallelism().context("the number of cores")?,
        };
        let settings = Settings { rounds: self.rounds, threads: threads.get(), peers: self.peers };
        let questions = match self.question {
            Some(question) => vec![question],
            // Other backends are a build of their own.
            None => Question::value_variants().iter().copied().filter(|of| !matches!(of, Question::Backends)).collect(),
        };
        for question in questions {
            let rows = self.ask(question, &settings)?;
            let report = Report::new(rows, settings.threads)?;
            let file = self.json.clone().unwrap_or_else(|| folder().join(question.name() + ".json"));
            println!("{report}");
            if let Some(old) = &old {
                println!("{}", compare::table_of(old, &report));
            }
            report.write(&file)?;
            eprintln!("{}", file.display());
        }
        Ok(())
    }

    fn ask(&self, question: Question, settings: &Settings) -> anyhow::Result<Vec<Row>> {
        let of_workers =
            matches!(question, Question::Inference | Question::Backends | Question::Embed | Question::Train);
        let name = question.name();
        ensure!(
            !of_workers || self.criterion.is_empty(),
            "{name} is not measured by Criterion, which is told something"
        );
        match question {
            Question::Inference => inference::rows(settings),
            Question::Backends => backends::rows(settings, &self.backends),
            Question::Embed => embed::rows(settings),
            Question::Train if !self.ranks.is_empty() => {
                ranks::rows(settings, &self.ranks.iter().map(|count| count.get()).collect::<Vec<_>>())
            }
            Question::Train => train::rows(settings),
            _ => criterion::rows(&name, settings.threads, &self.criterion),
        }
    }
}

/// Where everything is that measuring makes.
fn folder() -> PathBuf {
    root().join("target/bench")
}

/// The program that measures embert, built as the program that people use is.
pub(crate) fn bench_worker() -> anyhow::Result<PathBuf> {
    bench_worker_with(&[])
}

/// The same, with backends.
fn bench_worker_with(features: &[String]) -> anyhow::Result<PathBuf> {
    let features = features.join(",");
    let build = ["build", "--release", "-p", "embert-benches", "--bin", "bench-worker", "--features", &features];
    run(&mut cargo(&build))?;
    Ok(root().join("target/release/bench-worker"))
}

/// A command that is told on how many threads to work.
fn on_threads(program: &Path, threads: usize, what: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.arg(what).args(["--threads", &threads.to_string()]);
    command
}
