//! The pages of books, as running text.

use std::{
    fs::{File, read_to_string},
    io::{BufWriter, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::Args;
use embert::data::{Corpus, html::paragraphs};
use serde_json::json;

/// Write the paragraphs of HTML pages, a page a line: {"book": FOLDER, "paragraphs": [..]}.
#[derive(Debug, Args)]
pub(crate) struct MakePages {
    /// Folders of pages, a book each.
    #[arg(long, num_args = 1.., required = true)]
    from: Vec<PathBuf>,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

impl MakePages {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let name = || self.out.display().to_string();
        let mut out = BufWriter::new(File::create(&self.out).with_context(name)?);
        for folder in self.from {
            let book = folder.file_name().unwrap_or_default().to_string_lossy();
            for page in Corpus::open(std::slice::from_ref(&folder))?.files() {
                let html = read_to_string(page).with_context(|| page.display().to_string())?;
                writeln!(out, "{}", json!({ "book": book, "paragraphs": paragraphs(&html) })).with_context(name)?;
            }
        }
        out.flush().with_context(name)
    }
}
