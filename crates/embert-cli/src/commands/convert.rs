//! `embert convert`.

use std::{path::PathBuf, process::ExitCode};

use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use embert::{ConvertSettings, checkpoint::WeightType, convert, forward::Task};

use super::{Machine, Source, Talk, check_free, forward::task_by_name};

/// Write a model anew: other types, other files, today's names of its tensors.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert convert --model DIR --out small --dtype f16\n",
    "  embert convert --model organisation/name --out today --max-shard-size 500MB",
))]
pub(crate) struct Convert {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long)]
    model: Source,
    /// The directory to write; it is empty or not there.
    #[arg(long)]
    out: PathBuf,
    /// What weights are written as; by default what they are stored as, f32 where that differs.
    #[arg(long)]
    dtype: Option<Dtype>,
    /// The most bytes of weights in one file, such as 500MB (10^6) or 2GiB (2^30); all by default.
    #[arg(long, value_parser = shard_size)]
    max_shard_size: Option<u64>,
    /// As what the model is opened; what it was saved for by default.
    #[arg(long, value_parser = task_by_name())]
    task: Option<Task>,
    #[command(flatten)]
    machine: Machine,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Dtype {
    F32,
    F16,
    Bf16,
}

fn shard_size(text: &str) -> Result<u64, String> {
    let expected = || "a number of bytes, 1 or more, such as 500MB or 2GiB, is expected".to_owned();
    text.parse().map(|ByteSize(bytes)| bytes).ok().filter(|&bytes| bytes > 0).ok_or_else(expected)
}

impl Convert {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        check_free(&self.out)?;
        let weight_type = self.dtype.map(|dtype| match dtype {
            Dtype::F32 => WeightType::F32,
            Dtype::F16 => WeightType::F16,
            Dtype::Bf16 => WeightType::Bf16,
        });
        let settings = ConvertSettings { task: self.task, weight_type, max_shard_size: self.max_shard_size };
        talk.warn(&convert(&self.model.model(talk)?, &self.out, settings, &self.machine.open(talk)?)?);
        Ok(ExitCode::SUCCESS)
    }
}
