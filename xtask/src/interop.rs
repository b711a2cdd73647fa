//! `cargo xtask interop`: what we write, opened by Hugging Face's own code.

use std::process::Command;

use clap::Args;

use crate::{
    python::python,
    shell::{embert, run},
};

/// Open in Python's transformers what embert writes, in an environment of its own, and print a table.
#[derive(Debug, Args)]
pub(crate) struct Interop {}

impl Interop {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let embert = embert(None)?;
        let python = python()?;
        let script = |script: &str| {
            let mut command = Command::new(&python);
            command.arg(script).arg("--embert").arg(&embert).env("HF_HUB_OFFLINE", "1");
            command
        };
        run(&mut script("xtask/interop/tokenizer_round_trip.py"))?;
        run(script("xtask/interop/checkpoints.py").arg("--models").arg("crates/embert/tests/reference/models"))
    }
}
