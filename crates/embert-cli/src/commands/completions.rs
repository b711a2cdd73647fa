//! `embert completions`.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::Cli;

/// Print what a shell completes commands and flags by.
///
/// For zsh, `fpath+=~/.zfunc` has to stand before `compinit` in ~/.zshrc.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  mkdir -p ~/.local/share/bash-completion/completions\n",
    "  embert completions bash > ~/.local/share/bash-completion/completions/embert\n",
    "  mkdir -p ~/.zfunc && embert completions zsh > ~/.zfunc/_embert\n",
    "  mkdir -p ~/.config/fish/completions\n",
    "  embert completions fish > ~/.config/fish/completions/embert.fish",
))]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "embert", &mut script);
        stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
