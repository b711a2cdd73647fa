//! `cargo xtask docs`: the book, and whether what it says is so.

mod links;
mod pages;
mod picture;
mod quotes;
mod scripts;

use std::{path::PathBuf, process::Command};

use anyhow::bail;
use clap::Args;

use crate::{
    shell::{embert, run},
    tools::Tool,
};

/// Build the book, after a look at its quotes of the code and its links.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    /// Run the commands of the README and the book too, with the model of `embert quickstart`.
    #[arg(long)]
    check: bool,
    /// Draw docs/src/quickstart.svg anew from the curves of `embert quickstart`.
    #[arg(long)]
    picture: bool,
    /// The program; without it, the workspace's own is built.
    #[arg(long, requires = "check")]
    embert: Option<PathBuf>,
}

const MDBOOK: Tool = Tool { name: "mdbook", version: "0.5.4", features: &["--no-default-features"] };

impl Docs {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if self.picture {
            picture::write()?;
        }
        let pages = pages::read()?;
        let mut complaints = quotes::complaints(&pages);
        complaints.extend(links::complaints(&pages));
        if !complaints.is_empty() {
            bail!("{}", complaints.join("\n"));
        }
        run(Command::new(MDBOOK.installed()?).args(["build", "docs"]))?;
        if self.check {
            scripts::run_all(&pages, &embert(self.embert.as_deref())?)?;
        }
        Ok(())
    }
}
