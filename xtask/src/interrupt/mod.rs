//! `cargo xtask interrupt`: a run that is killed at any moment, as often as one likes, ends as one that was left alone.

mod corpus;
mod curve;
mod process;
mod reference;
mod trial;
mod whole;

use std::{
    fs::{create_dir_all, remove_dir_all, write},
    path::PathBuf,
    time::Instant,
};

use anyhow::{Context, ensure};
use clap::Args;

use crate::{
    mpi::install_mpi,
    random::Random,
    shell::{embert_with, root},
};
use process::Program;
use reference::Reference;
use trial::{KILLS_OF_A_RUN, Tally, Trial};

/// Kill `embert pretrain` at random moments, go on with --resume, and compare with a run that was left alone, bit for
/// bit.
#[derive(Debug, Args)]
pub(crate) struct Interrupt {
    /// Kills in all, every other one at two threads.
    #[arg(long, default_value_t = 20)]
    kills: usize,
    /// The moments follow from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps of a run.
    #[arg(long, default_value_t = 400)]
    steps: usize,
    /// Processes that share a run, of which one is killed at a time.
    #[arg(long, default_value_t = 1)]
    ranks: usize,
    /// The program; without it, the workspace's own is built.
    #[arg(long)]
    embert: Option<PathBuf>,
}

impl Interrupt {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let start = Instant::now();
        let mpi: &[&str] = if self.ranks > 1 { &["--features", "mpi"] } else { &[] };
        if self.ranks > 1 {
            install_mpi()?;
        }
        let embert = embert_with(self.embert.as_deref(), mpi)?;
        let folder = root().join("target/interrupt");
        if folder.exists() {
            remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let corpus = folder.join("corpus.txt");
        write(&corpus, corpus::corpus()).with_context(|| corpus.display().to_string())?;

        let program = Program { embert, corpus, steps: self.steps, ranks: self.ranks };
        let reference = Reference::make(&program, &folder)?;
        println!("left alone: {reference}");
        let mut trial = Trial { program, reference, random: Random::new(self.seed), tally: Tally::default() };
        let mut runs = 0;
        println!("kill   run  rank  threads  seconds  at step  goes on from  in the");
        while trial.tally.kills() < self.kills {
            // Where the machine has become faster, a run comes to its end before its kills do.
            ensure!(runs < self.kills + 2, "{runs} runs, and {} kills: the runs are too short", trial.tally.kills());
            runs += 1;
            let out = folder.join(format!("run-{runs}"));
            trial.run(&out, runs, KILLS_OF_A_RUN.min(self.kills - trial.tally.kills()))?;
        }
        println!("{} kills in {runs} runs: {}", self.kills, trial.tally);
        println!("every run ended with the curve and the model of the one that was left alone, bit for bit");
        println!("{:.0} s", start.elapsed().as_secs_f64());
        Ok(())
    }
}
