//! `cargo xtask deny`: by which licences the dependencies come, from where, and what is known against them.

use std::process::Command;

use clap::Args;

use crate::{shell::run, tools::Tool};

/// Check the dependencies by deny.toml: licences, versions, registries.
#[derive(Debug, Args)]
pub(crate) struct Deny {
    /// Ask RustSec's database, which is fetched, what is known against them.
    #[arg(long)]
    advisories: bool,
}

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", features: &[] };

impl Deny {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let advisories = self.advisories.then_some("advisories");
        run(Command::new(CARGO_DENY.installed()?).arg("check").args(["bans", "licenses", "sources"]).args(advisories))
    }
}
