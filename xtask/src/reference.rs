//! `cargo xtask reference`: the cases that the tests compare with, made again
//! by Hugging Face's own code.

use std::{path::PathBuf, process::Command};

use clap::Args;

use crate::{
    python::{make, python},
    shell::{root, run},
};

/// Make the reference cases with Python's transformers, in an environment of its own.
#[derive(Debug, Args)]
pub(crate) struct Reference {
    /// The folder to write to.
    #[arg(long, default_value = "target/reference")]
    out: PathBuf,
    /// Random weights and inputs follow from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Reference {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        run(Command::new(python()?)
            .arg("xtask/reference/make_reference.py")
            .args(["--seed", &self.seed.to_string()])
            .arg("--out")
            .arg(&self.out)
            .env("HF_HUB_OFFLINE", "1"))?;
        run(Command::new(python()?)
            .arg("xtask/reference/make_pytorch.py")
            .arg("--models")
            .arg(self.out.join("models"))
            .arg("--out")
            .arg(self.out.join("pytorch")))?;
        // transformers 5 has no pipeline that answers questions.
        let older = root().join("target/python-transformers-4");
        make(&older, &["torch", "transformers<5"])?;
        for (python, script) in [
            (python()?, "make_pipelines.py"),
            (python()?, "make_sentences.py"),
            (older.join("bin/python"), "make_answers.py"),
        ] {
            run(Command::new(python)
                .arg(format!("xtask/reference/{script}"))
                .arg("--models")
                .arg(self.out.join("models"))
                .arg("--out")
                .arg(self.out.join("pipelines"))
                .env("HF_HUB_OFFLINE", "1"))?;
        }
        Ok(())
    }
}
