//! `embert embed`.

use std::{
    io::{BufWriter, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use embert::{EmbedSettings, Pooling, Schedule, SentenceEmbedder, checkpoint::write_beside};

use super::{Runner, Talk, WrongUse};
use crate::output::{Format, VectorWriter, lines};

/// Give a vector for each line, as sentence-transformers does with the same directory.
#[derive(Debug, Args)]
pub(crate) struct Embed {
    /// A sentence-transformers directory, or that of any model.
    #[arg(long)]
    model: PathBuf,
    /// A file with a text a line; - is standard input.
    #[arg(long, default_value = "-")]
    input: PathBuf,
    /// The file to write; standard output by default.
    #[arg(long)]
    output: Option<PathBuf>,
    /// jsonl ({"embedding": [...]} a line), npy or safetensors.
    #[arg(long, default_value = "jsonl")]
    format: Format,
    /// mean, cls or max; the model's own by default.
    #[arg(long)]
    pooling: Option<Pooling>,
    /// Leave the vectors at the length that they have.
    #[arg(long)]
    no_normalize: bool,
    /// Tokens that are computed at a time, up to 1000000; a longer line is computed by itself.
    #[arg(long, default_value_t = Schedule::default().batch_tokens as u32,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_tokens: u32,
    #[command(flatten)]
    runner: Runner,
}

impl Embed {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let stdout = std::io::stdout();
        if self.output.is_none() && self.format != Format::JsonLines && stdout.is_terminal() {
            let message = "npy and safetensors are not for a terminal; --output FILE is expected".into();
            return Err(WrongUse(message).into());
        }
        let schedule = Schedule { batch_tokens: self.batch_tokens as usize, ..Schedule::default() };
        let settings = EmbedSettings { pooling: self.pooling, no_normalize: self.no_normalize, schedule };
        let (embedder, warnings) = SentenceEmbedder::open(&self.model, settings, self.runner.open()?)?;
        talk.warn(&warnings);
        match &self.output {
            Some(path) => write_beside(path, |file| self.embed(&embedder, &mut BufWriter::new(file)))?,
            None => self.embed(&embedder, &mut BufWriter::new(stdout.lock()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn embed(&self, embedder: &SentenceEmbedder, out: &mut dyn Write) -> anyhow::Result<()> {
        let lines = lines(&self.input)?.map(|line| -> anyhow::Result<String> { Ok(line??) });
        let mut writer = VectorWriter::new(self.format, embedder.dimension(), out);
        embedder.embed_each(lines, |vector| Ok(writer.write(&vector)?))?;
        writer.finish()
    }
}
