//! The commands, a file each.

mod answer;
mod attention;
mod classify;
mod completions;
mod convert;
mod data;
mod decode;
mod devices;
mod distill;
mod embed;
mod evaluate;
mod fill_mask;
mod finetune;
mod forward;
mod inspect;
mod job;
mod man;
mod named;
mod pieces;
mod pretrain;
mod quickstart;
mod rerank;
mod shard;
mod similarity;
mod source;
mod stories;
mod tag;
mod text;
mod texts;
mod tokenize;
mod train_tokenizer;
mod training;
mod tree;
#[cfg(feature = "remote")]
mod worker;
mod zero_shot;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use burn::tensor::Device;
use clap::{Args, Parser, Subcommand};
#[cfg(feature = "flex")]
use embert::kernels::CpuLevel;
use embert::{Chosen, DeviceChoice, RunOn, core::ComputeType, is_free, train::Ranks};

use self::{named::named, source::Source};
use crate::{
    failure::{Work, is_in_use},
    output::tell,
};

/// The BERT family: from text to a trained model, and from a Hugging Face
/// directory to answers.
#[derive(Debug, Parser)]
#[command(name = "embert", version, after_help = concat!(
    "Examples:\n",
    "  embert quickstart\n",
    "  embert embed --model sentence-transformers/all-MiniLM-L6-v2 \"a cat\" \"a dog\"\n",
    "  embert pretrain --corpus TEXT --out runs/mine",
))]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    talk: Talk,
}

#[derive(Debug, Subcommand)]
enum Command {
    Quickstart(quickstart::Quickstart),
    Pretrain(Box<pretrain::Pretrain>),
    Distill(Box<distill::Distill>),
    Finetune(Box<finetune::Finetune>),
    Evaluate(evaluate::Evaluate),
    FillMask(fill_mask::FillMask),
    Classify(classify::Classify),
    Tag(tag::Tag),
    Answer(answer::Answer),
    ZeroShot(zero_shot::ZeroShot),
    Embed(embed::Embed),
    Similarity(similarity::Similarity),
    Rerank(rerank::Rerank),
    Attention(attention::Attention),
    Forward(forward::Forward),
    Data(data::Data),
    Tokenize(tokenize::Tokenize),
    Decode(decode::Decode),
    TrainTokenizer(train_tokenizer::TrainTokenizer),
    Inspect(inspect::Inspect),
    Convert(convert::Convert),
    Devices(devices::Devices),
    Completions(completions::Completions),
    Man(man::Man),
    #[cfg(feature = "remote")]
    Worker(worker::Worker),
}

/// How much the program says, and how.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Talk {
    /// Say nothing but results, warnings and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Results and progress as JSON lines on standard output, where they are not anyway.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Talk {
    /// That of one of several processes, of which the first alone tells.
    fn of(self, ranks: &dyn Ranks) -> Self {
        if ranks.is_first() { self } else { Self { quiet: true, json: false } }
    }

    /// Says on standard error what a person should know.
    pub(crate) fn warn(self, warnings: &[String]) {
        for warning in warnings {
            tell(&format!("warning: {warning}"));
        }
    }
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let talk = self.talk;
        match self.command {
            Command::Quickstart(command) => command.run(talk),
            Command::Pretrain(command) => command.run(talk),
            Command::Distill(command) => command.run(talk),
            Command::Finetune(command) => command.run(talk),
            Command::Evaluate(command) => command.run(talk).map(|()| ExitCode::SUCCESS),
            Command::FillMask(command) => command.run(talk),
            Command::Classify(command) => command.run(talk),
            Command::Tag(command) => command.run(talk),
            Command::Answer(command) => command.run(talk),
            Command::ZeroShot(command) => command.run(talk),
            Command::Embed(command) => command.run(talk),
            Command::Similarity(command) => command.run(talk),
            Command::Rerank(command) => command.run(talk),
            Command::Attention(command) => command.run(talk),
            Command::Forward(command) => command.run(talk),
            Command::Data(command) => command.run(talk),
            Command::Tokenize(command) => command.run(talk),
            Command::Decode(command) => command.run(talk),
            Command::TrainTokenizer(command) => command.run(talk),
            Command::Inspect(command) => command.run(talk),
            Command::Convert(command) => command.run(talk),
            Command::Devices(command) => command.run(talk),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
            #[cfg(feature = "remote")]
            Command::Worker(command) => command.run(talk),
        }
    }
}

/// A folder to write has nothing in it that could be lost.
fn check_free(out: &Path) -> Result<(), WrongUse> {
    if is_free(out) {
        return Ok(());
    }
    let out = out.display();
    Err(WrongUse(format!("--out {out}: it is not empty; a folder that is empty or not there is expected")))
}

/// A file to write has a folder to stand in; asked before anything is computed.
fn check_folder(flag: &str, file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => anyhow::bail!("{flag} {}: there is no folder {}", file.display(), folder.display()),
        None => Ok(()),
    }
}

/// What is written is not read again, and what is read stays as it is.
fn check_apart(out: &Path, folders: &[PathBuf]) -> anyhow::Result<()> {
    let out = std::path::absolute(out)?;
    for folder in folders {
        if folder.is_dir() && out.starts_with(std::path::absolute(folder)?) {
            let (out, folder) = (out.display(), folder.display());
            return Err(
                WrongUse(format!("--out {out}: it is in {folder}, which is read; another place is expected")).into()
            );
        }
    }
    Ok(())
}

/// An error that is the caller's: exit code 2.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl std::fmt::Display for WrongUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// On how many cores.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Threads {
    /// Threads, up to 512; all of the machine's by default. Results do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
    /// The instructions to use, of those that this machine has; plain is Burn's own operations. The best by default, or
    /// what EMBERT_CPU says.
    #[cfg(feature = "flex")]
    #[arg(long, value_name = "LEVEL",
          value_parser = named(CpuLevel::available().map(CpuLevel::name), str::parse::<CpuLevel>))]
    cpu: Option<CpuLevel>,
}

impl Threads {
    pub(crate) fn apply(self) -> anyhow::Result<()> {
        #[cfg(feature = "flex")]
        self.apply_cpu()?;
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
            pool.build_global().context("--threads")?;
        }
        Ok(())
    }

    #[cfg(feature = "flex")]
    fn apply_cpu(self) -> anyhow::Result<()> {
        use embert::kernels::CPU_VARIABLE;

        let level = match (self.cpu, std::env::var(CPU_VARIABLE)) {
            (Some(level), _) => level,
            (None, Ok(name)) => name.parse().map_err(|error| WrongUse(format!("{CPU_VARIABLE}: {error}")))?,
            (None, Err(_)) => return Ok(()),
        };
        anyhow::ensure!(level.force(), "--cpu {level}: other instructions are in use already");
        Ok(())
    }
}

/// By one of these a launcher says the number of a process among those of its machine: Open MPI, MPICH, Slurm.
const LOCAL_RANKS: [&str; 3] = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"];

/// A device; an empty `EMBERT_DEVICE` is none, and `cuda:local` the one of this process's number on its machine.
fn device(text: &str) -> Result<DeviceChoice, String> {
    match text.strip_suffix(":local") {
        _ if text.is_empty() => Ok(DeviceChoice::Auto),
        None => text.parse(),
        Some(backend) => {
            let number = LOCAL_RANKS.iter().find_map(|name| std::env::var(name).ok());
            let number =
                number.ok_or_else(|| format!("no launcher says this process's number: {}", LOCAL_RANKS.join(", ")))?;
            format!("{backend}:{number}").parse()
        }
    }
}

/// Where it runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct Machine {
    /// auto, or what `embert devices` lists: flex, wgpu:0, cuda:1; or remote:HOST:PORT, where a worker listens.
    #[arg(long, default_value = "auto", env = "EMBERT_DEVICE", value_parser = device)]
    device: DeviceChoice,
    #[command(flatten)]
    threads: Threads,
}

impl Machine {
    pub(crate) fn open(&self, talk: Talk) -> anyhow::Result<Device> {
        self.threads.apply()?;
        open_device(&self.device, talk, Work::Answers)
    }
}

/// Opens a device, and says which it is where that was not said.
fn open_device(device: &DeviceChoice, talk: Talk, work: Work) -> anyhow::Result<Device> {
    let Chosen { device, choice, why } = device.choose()?;
    is_in_use(&choice, work);
    if let Some(why) = why.filter(|_| !talk.quiet && !talk.json) {
        tell(&format!("device      {choice}: {why}"));
    }
    Ok(device)
}

/// Where a model is run, and what it computes with.
#[derive(Clone, Debug, Args)]
pub(crate) struct Runner {
    #[command(flatten)]
    machine: Machine,
    /// What a model is computed with: f32, or f16, bf16 or int8, which are faster and less exact where the device has
    /// them.
    #[arg(long, value_name = "TYPE", default_value = "f32",
          value_parser = named(ComputeType::ALL.map(ComputeType::name), str::parse::<ComputeType>))]
    dtype: ComputeType,
}

impl Runner {
    pub(crate) fn open(&self, talk: Talk) -> anyhow::Result<RunOn> {
        Ok(RunOn { device: self.machine.open(talk)?, compute: self.dtype })
    }
}

/// Where a training runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct Machines {
    /// auto, or what `embert devices` lists, or remote:HOST:PORT; several, as in flex,flex, share each step, and those of
    /// a kind come to the same. Of several processes on a machine, each takes its own with cuda:local.
    #[arg(long, default_value = "auto", env = "EMBERT_DEVICE", value_delimiter = ',', value_parser = device)]
    device: Vec<DeviceChoice>,
    #[command(flatten)]
    threads: Threads,
}

impl Machines {
    pub(crate) fn open(&self, talk: Talk) -> anyhow::Result<Vec<Device>> {
        self.threads.apply()?;
        self.device.iter().map(|device| open_device(device, talk, Work::Training)).collect()
    }

    /// Devices to serve to others: this machine's own, and all of a kind, as Burn's server has them.
    #[cfg(feature = "remote")]
    fn open_of_one_backend(&self, talk: Talk) -> anyhow::Result<Vec<Device>> {
        let mut backends = Vec::new();
        for device in &self.device {
            match device.resolved() {
                DeviceChoice::One { backend, .. } => backends.push(backend.name()),
                DeviceChoice::Remote { .. } => {
                    return Err(WrongUse(format!("--device {device}: a device of this machine is expected")).into());
                }
                // Why there is none, opening it says.
                DeviceChoice::Auto => {}
            }
        }
        backends.dedup();
        if backends.len() > 1 {
            let found = backends.join(", ");
            return Err(WrongUse(format!("--device: devices of one backend are expected, found {found}")).into());
        }
        self.open(talk)
    }

    /// `flex, 2 threads`.
    pub(crate) fn describe(&self) -> String {
        let devices: Vec<String> = self.device.iter().map(|device| device.resolved().to_string()).collect();
        format!("{}, {} threads", devices.join(", "), rayon::current_num_threads())
    }
}
