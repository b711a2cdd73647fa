//! `embert embed`.

use std::{
    io::{IsTerminal, stdout},
    path::Path,
    process::ExitCode,
};

use clap::Args;
use embert::{EmbedSettings, Pooling, SentenceEmbedder};

use super::{
    Talk, WrongUse,
    texts::{Texts, done, single},
};
use crate::output::{Format, VectorWriter};

/// Give a vector for each text, as sentence-transformers does with the same directory.
#[derive(Debug, Args)]
pub(crate) struct Embed {
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
    texts: Texts,
}

impl Embed {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { format, pooling, no_normalize, texts } = self;
        if texts.output.is_none() && format != Format::JsonLines && stdout().is_terminal() {
            let message = "npy and safetensors are not for a terminal; --output FILE is expected".into();
            return Err(WrongUse(message).into());
        }
        let settings = EmbedSettings { pooling, no_normalize, read: texts.settings() };
        let open = |dir: &Path, on| SentenceEmbedder::open(dir, settings, on);
        let embedder = texts.each(talk, open, |embedder, passages, out| {
            let mut writer = VectorWriter::new(format, embedder.dimension(), out);
            embedder.embed_each(single(passages), |vector| Ok(writer.write(&vector)?))?;
            writer.finish()
        })?;
        Ok(done(talk, embedder.cut()))
    }
}
