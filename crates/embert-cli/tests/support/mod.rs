//! The program, started by a test.

#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod runs;

use std::{fs::copy, path::Path};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

pub(crate) fn embert(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("embert").unwrap();
    // It has nothing to tell of a choice then; who wants another says so.
    command.args(arguments).env("EMBERT_DEVICE", "flex");
    command
}

/// Standard output as JSON lines.
pub(crate) fn json_lines(command: &mut Command) -> Vec<Value> {
    let output = command.assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Exit code and standard error of a command that writes nothing to standard output.
pub(crate) fn refusal(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// A model of BERT for a task, with the tokenizer of another.
pub(crate) fn model(task: &str) -> TempDir {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models");
    let dir = tempdir().unwrap();
    for file in ["config.json", "model.safetensors"] {
        copy(models.join(format!("bert_{task}")).join(file), dir.path().join(file)).unwrap();
    }
    for file in ["tokenizer.json", "tokenizer_config.json"] {
        copy(models.join("bert_masked_lm").join(file), dir.path().join(file)).unwrap();
    }
    dir
}

/// A command that asks that model.
pub(crate) fn asked<'a>(command: &'a str, model: &'a TempDir) -> Vec<&'a str> {
    vec![command, "--model", model.path().to_str().unwrap()]
}
