//! `embert embed`.

use std::{
    io::{BufWriter, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use embert::{EmbedSettings, Pooling, SentenceEmbedder, checkpoint::write_beside};

use super::{Machine, Talk, WrongUse};
use crate::output::{Format, VectorWriter, lines};

/// Lines that are embedded at a time.
const LINES_AT_A_TIME: usize = 1024;

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
    #[command(flatten)]
    machine: Machine,
}

impl Embed {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let stdout = std::io::stdout();
        if self.output.is_none() && self.format != Format::JsonLines && stdout.is_terminal() {
            let message = "npy and safetensors are not for a terminal; --output FILE is expected".into();
            return Err(WrongUse(message).into());
        }
        let settings = EmbedSettings { pooling: self.pooling, no_normalize: self.no_normalize };
        let (embedder, warnings) = SentenceEmbedder::open(&self.model, settings, &self.machine.open()?)?;
        talk.warn(&warnings);
        match &self.output {
            Some(path) => write_beside(path, |file| self.embed(&embedder, &mut BufWriter::new(file)))?,
            None => self.embed(&embedder, &mut BufWriter::new(stdout.lock()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn embed(&self, embedder: &SentenceEmbedder, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut lines = lines(&self.input)?;
        let mut writer = VectorWriter::new(self.format, embedder.dimension(), out);
        loop {
            let texts: Vec<String> =
                lines.by_ref().take(LINES_AT_A_TIME).map(|line| Ok(line??)).collect::<anyhow::Result<_>>()?;
            if texts.is_empty() {
                return writer.finish();
            }
            writer.write(&embedder.embed(&texts)?)?;
        }
    }
}
