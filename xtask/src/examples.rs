//! `cargo xtask examples`: every example of `embert`, run.

use std::{process::Command, time::Instant};

use anyhow::{Context, ensure};
use clap::Args;

use crate::{
    gpu::FEATURES,
    shell::{cargo, root, run},
};

/// Run every example of `embert`, and say how long each takes.
#[derive(Debug, Args)]
pub(crate) struct Examples {}

impl Examples {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        // As the tests are built, and so built already.
        run(&mut cargo(&["build", "--workspace", "--examples", "--features", FEATURES]))?;
        let folder = root().join("crates/embert/examples");
        let entries = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
            .collect();
        names.sort();
        ensure!(!names.is_empty(), "{} has no example", folder.display());
        // What they keep for each other is made anew.
        let scratch = root().join("target/examples");
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
        }
        std::fs::create_dir_all(&scratch).with_context(|| scratch.display().to_string())?;
        for name in names {
            let start = Instant::now();
            let mut example = Command::new(root().join("target/debug/examples").join(&name));
            run(example.env("TMPDIR", &scratch))?;
            println!("==> {name}: {:.0} s", start.elapsed().as_secs_f64());
        }
        Ok(())
    }
}
