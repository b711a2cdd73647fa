//! Real sentences: those of the books that come with the toolchain.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use embert::data::Corpus;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Write sentences of HTML pages, one a line, in an order that is the same at every call.
#[derive(Debug, Args)]
pub(crate) struct MakeSentences {
    /// So many.
    #[arg(long)]
    count: usize,
    /// Folders of pages.
    #[arg(long, num_args = 1.., required = true)]
    from: Vec<PathBuf>,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

impl MakeSentences {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut sentences = Vec::new();
        for document in Corpus::open(&self.from)?.documents() {
            sentences.extend(document?.sentences);
        }
        ensure!(sentences.len() >= self.count, "{} sentences; {} are expected", sentences.len(), self.count);
        // As they come, neighbours would be of like length, and the first pages of one book.
        sentences.shuffle(&mut ChaCha8Rng::seed_from_u64(1));
        sentences.truncate(self.count);
        let lines: Vec<String> =
            sentences.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        std::fs::write(&self.out, lines.join("\n") + "\n").with_context(|| self.out.display().to_string())
    }
}
