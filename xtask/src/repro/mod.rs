//! `cargo xtask repro`: what the papers of RoBERTa, ALBERT and DistilBERT claim, tried at a small size.

mod books;
mod claims;
mod figure;
mod measure;
mod models;
mod program;
mod report;
mod settings;
mod spread;

use std::{
    fs::{create_dir_all, write},
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;

use crate::{
    bench::{bench_worker, embed::SENTENCES, embed::sentences},
    shell::{embert, root},
};
use books::Books;
use program::Program;
use report::Report;

/// Where everything is that it makes, from the root.
const FOLDER: &str = "target/repro";
/// Of every command.
const THREADS: usize = 2;
/// Tokens of a pre-training.
const TOKENS: u64 = 2_000_000;
const SEEDS: u64 = 3;
/// The same, of a run that shows that all works.
const QUICK: (u64, u64) = (400_000, 1);

/// Pre-train, distil and fine-tune small models on the books of the toolchain, and write which claims of the papers hold
/// (docs/src/repro.md). What was done before is not done again, and what was begun is gone on with.
#[derive(Debug, Args)]
pub(crate) struct Repro {
    /// One seed, few tokens, no verdicts: a page under target/repro, in less than a quarter of an hour.
    #[arg(long)]
    quick: bool,
    /// Tokens of each pre-training, twice as many where a recipe is given twice the steps; the page then stays under
    /// target/repro too [2000000; 400000 with --quick].
    #[arg(long)]
    tokens: Option<NonZeroU64>,
    /// The program; without it, the workspace's own is built.
    #[arg(long)]
    embert: Option<PathBuf>,
}

/// What is run: all models at each seed.
struct Study {
    program: Program,
    /// From the root.
    folder: String,
    /// Of a pre-training.
    tokens: u64,
    /// From 1 on.
    seeds: u64,
    /// What is embedded to see how long it takes: a file from the root, a sentence a line.
    sentences: String,
    sentence_count: usize,
}

impl Repro {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (tokens, seeds) = if self.quick { QUICK } else { (TOKENS, SEEDS) };
        let tokens = self.tokens.map_or(tokens, NonZeroU64::get);
        let program = Program { embert: embert(self.embert.as_deref())? };
        let worker = bench_worker()?;
        let books = Books::make(&worker)?;
        let layers = root().join(models::LAYERS);
        write(&layers, models::LAYERS_TOML).with_context(|| layers.display().to_string())?;
        let sentences = sentences(&worker)?;
        let sentences = sentences.strip_prefix(root()).unwrap_or(&sentences).display().to_string();
        let folder = format!("{FOLDER}/{tokens}-tokens");
        let study = Study { program, folder, tokens, seeds, sentences, sentence_count: SENTENCES };
        let (mut rows, seconds) = study.rows()?;
        study.time(&mut rows)?;

        let claims = (!self.quick).then(|| claims::claims(&rows));
        let report = Report::new(&study, &books, (&rows, seconds), claims, "repro.svg")?.to_string();
        println!("{report}");
        let is_whole = !self.quick && self.tokens.is_none();
        let folder = root().join(if is_whole { "docs/src" } else { study.folder.as_str() });
        keep(&folder, "repro.md", &report)?;
        keep(&folder, "repro.svg", &figure::svg(&rows)?)
    }
}

fn keep(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = folder.join(name);
    write(&file, text).with_context(|| file.display().to_string())?;
    eprintln!("{}", file.display());
    Ok(())
}
