//! `embert man`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, CommandFactory};

use super::{Cli, check_free};

/// Write the manual: a page for each command, made of its --help.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert man --out man/man1\n",
    "  man --local-file man/man1/embert-pretrain.1",
))]
pub(crate) struct Man {
    /// The folder to write.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Man {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        check_free(&self.out)?;
        let name = || self.out.display().to_string();
        std::fs::create_dir_all(&self.out).with_context(name)?;
        clap_mangen::generate_to(Cli::command(), &self.out).with_context(name)?;
        Ok(ExitCode::SUCCESS)
    }
}
