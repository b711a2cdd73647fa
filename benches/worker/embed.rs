//! Sentences in, vectors out: from a file of lines to a file of vectors.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use embert::{Backend, Embedder, Schedule, checkpoint::read_json, core::ComputeType};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Threads, protocol};

/// Answer with how long a model takes for all lines of a file.
#[derive(Debug, Args)]
pub(crate) struct Embed {
    /// A sentence-transformers directory.
    #[arg(long)]
    model: PathBuf,
    /// Text, a sentence a line.
    #[arg(long)]
    input: PathBuf,
    /// f32, bf16 or int8.
    #[arg(long, default_value = "f32")]
    dtype: ComputeType,
    #[command(flatten)]
    threads: Threads,
}

impl Embed {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let before = protocol::memory_now();
        let builder = Embedder::builder(&self.model).device(Backend::Flex.open()?);
        let embedder = builder.compute(self.dtype).open()?;
        let accounted = activations(&self.model)?;
        protocol::serve(
            "embert",
            &self.dtype.to_string(),
            || protocol::Memory::of(before, None),
            |_, output| {
                let output = output.context("an output is expected")?;
                let start = Instant::now();
                embed(&embedder, &self.input, output)?;
                Ok(json!({"ms": start.elapsed().as_secs_f64() * 1e3, "accounted_bytes": accounted}))
            },
        )
    }
}

#[derive(Deserialize)]
struct Sizes {
    hidden_size: u64,
    intermediate_size: u64,
}

/// What one batch's activations have to take, in bytes, at the widest place of a layer: what goes around the
/// feed-forward network, what is between its two maps, and what comes out.
fn activations(model: &Path) -> anyhow::Result<u64> {
    let Sizes { hidden_size, intermediate_size } = read_json(&model.join("config.json"))?;
    Ok(Schedule::default().batch_tokens as u64 * (2 * hidden_size + intermediate_size) * size_of::<f32>() as u64)
}

/// As the program writes it.
#[derive(Serialize)]
struct Line<'a> {
    embedding: &'a [f32],
}

/// What `embert embed --input … --output …` does.
fn embed(embedder: &Embedder, input: &Path, output: &Path) -> anyhow::Result<()> {
    let lines = BufReader::new(File::open(input)?).lines();
    let mut out = BufWriter::new(File::create(output)?);
    embedder.each(lines.map(|line| Ok(line?)), |vector| -> anyhow::Result<()> {
        serde_json::to_writer(&mut out, &Line { embedding: &vector })?;
        Ok(out.write_all(b"\n")?)
    })?;
    Ok(out.flush()?)
}
