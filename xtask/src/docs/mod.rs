//! `cargo xtask docs`: the book, and whether what it says is so.

mod links;
mod pages;
mod picture;
mod quotes;
mod scripts;

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::bail;
use clap::Args;

use crate::shell::{cargo, embert, root, run};

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

/// The release of mdBook that the book is built with.
const MDBOOK: &str = "0.5.4";

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
        run(Command::new(mdbook()?).args(["build", "docs"]))?;
        if self.check {
            scripts::run_all(&pages, &embert(self.embert.as_deref())?)?;
        }
        Ok(())
    }
}

/// mdBook: the machine's own of that release, or one that is built into `target/tools`.
fn mdbook() -> anyhow::Result<PathBuf> {
    let kept = root().join("target/tools/bin/mdbook");
    let is_it = |program: &PathBuf| {
        let said = Command::new(program).arg("--version").stderr(Stdio::null()).output();
        said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(MDBOOK))
    };
    if let Some(there) = [PathBuf::from("mdbook"), kept.clone()].into_iter().find(is_it) {
        return Ok(there);
    }
    let mut install =
        cargo(&["install", "mdbook", "--locked", "--debug", "--no-default-features", "--version", MDBOOK]);
    install.env("CARGO_PROFILE_DEV_DEBUG", "false");
    run(install.arg("--root").arg(root().join("target/tools")))?;
    Ok(kept)
}
