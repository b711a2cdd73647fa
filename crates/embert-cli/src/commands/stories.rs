//! `embert data stories`.

use std::io::{BufWriter, Write};

use clap::Args;
use embert::{data::Microworld, quickstart::DOCUMENTS};

/// Print stories of the small world that `embert quickstart` learns from: text to try a model on. A sentence a line,
/// blank lines between stories.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert data stories --count 3\n",
    "  embert data stories --first 0 --count 1000 > stories.txt",
))]
pub(super) struct Stories {
    /// The number of the first one; by default one that `embert quickstart` does not train on.
    #[arg(long, default_value_t = DOCUMENTS as u64)]
    first: u64,
    /// How many.
    #[arg(long, default_value_t = 100)]
    count: u64,
    /// The world; that of `embert quickstart` has the same seed.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

impl Stories {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let world = Microworld::new(self.seed);
        let mut out = BufWriter::new(std::io::stdout().lock());
        for index in 0..self.count {
            for sentence in world.document(self.first.saturating_add(index)).sentences {
                writeln!(out, "{sentence}")?;
            }
            writeln!(out)?;
        }
        Ok(out.flush()?)
    }
}
