//! Sentences in, vectors out: from a file of lines to a file of vectors.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use embert::{DeviceChoice, EmbedSettings, SentenceEmbedder, checkpoint::read_json};
use serde::Deserialize;
use serde_json::json;

use crate::{Threads, protocol};

/// Lines that are embedded at a time, as the program does.
const LINES_AT_A_TIME: usize = 1024;

/// Tokens of the largest batch that the library makes.
const BATCH_TOKENS: u64 = 4096;

/// Answer with how long a model takes for all lines of a file.
#[derive(Debug, Args)]
pub(crate) struct Embed {
    /// A sentence-transformers directory.
    #[arg(long)]
    model: PathBuf,
    /// Text, a sentence a line.
    #[arg(long)]
    input: PathBuf,
    #[command(flatten)]
    threads: Threads,
}

impl Embed {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let before = protocol::memory_now();
        let (embedder, _) = SentenceEmbedder::open(&self.model, EmbedSettings::default(), &DeviceChoice::Flex.open()?)?;
        let accounted = activations(&self.model)?;
        protocol::serve("embert", "f32", before, |_, output| {
            let output = output.context("an output is expected")?;
            let start = Instant::now();
            embed(&embedder, &self.input, output)?;
            Ok(json!({"ms": start.elapsed().as_secs_f64() * 1e3, "accounted_bytes": accounted}))
        })
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
    Ok(BATCH_TOKENS * (2 * hidden_size + intermediate_size) * size_of::<f32>() as u64)
}

/// What `embert embed --input … --output …` does.
fn embed(embedder: &SentenceEmbedder, input: &Path, output: &Path) -> anyhow::Result<()> {
    let mut lines = BufReader::new(File::open(input)?).lines();
    let mut out = BufWriter::new(File::create(output)?);
    loop {
        let texts: Vec<String> = lines.by_ref().take(LINES_AT_A_TIME).collect::<Result<_, _>>()?;
        if texts.is_empty() {
            return Ok(out.flush()?);
        }
        for vector in embedder.embed(&texts)? {
            writeln!(out, "{}", json!({"embedding": vector}))?;
        }
    }
}
