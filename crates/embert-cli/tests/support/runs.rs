//! Runs of `embert pretrain`, and what they leave behind.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::embert;

/// A folder with forty documents of four sentences, in one file.
pub(crate) fn corpus() -> TempDir {
    let dir = tempdir().unwrap();
    let documents: Vec<String> = (0..40)
        .map(|n| {
            let (name, thing) = (["Anna", "Ben", "Clara"][n % 3], ["key", "lamp", "book", "cup"][n % 4]);
            format!(
                "{name} has a {thing}.\n{name} likes the {thing}.\nThe {thing} is old.\nIt belongs to {name} number {n}."
            )
        })
        .collect();
    std::fs::write(dir.path().join("corpus.txt"), documents.join("\n\n")).unwrap();
    dir
}

/// A small run, but for what `more` says otherwise.
pub(crate) fn pretrain(corpus: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = embert(&["pretrain"]);
    for (flag, value) in [
        ("--preset", "bert-tiny"),
        ("--vocab-size", "120"),
        ("--max-length", "32"),
        ("--steps", "6"),
        ("--batch-tokens", "256"),
        ("--log-every", "2"),
        ("--validate-every", "3"),
    ] {
        let is_budget = flag == "--steps" && (more.contains(&"--tokens") || more.contains(&"--budget"));
        if !more.contains(&flag) && !is_budget {
            command.args([flag, value]);
        }
    }
    command.args(more).arg("--corpus").arg(corpus).arg("--out").arg(out);
    command
}

/// Starts a run and waits for a file in its folder.
pub(crate) fn started(command: &Command, run: &Path, wanted: &str) -> Child {
    let mut process = std::process::Command::new(command.get_program());
    let child = process.args(command.get_args()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !run.join(wanted).exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "{wanted} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

/// The names of the files in a folder.
pub(crate) fn files(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// The lines of a run's metrics, without what a clock says.
pub(crate) fn metrics(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let timeless = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        for clock in ["time", "tokens_per_second", "gflops_per_second"] {
            if let Some(value) = line.get_mut(clock) {
                *value = if clock == "tokens_per_second" { 1.0.into() } else { Value::Null };
            }
        }
        line
    };
    text.lines().map(timeless).collect()
}

pub(crate) fn bits(run: &Path) -> Vec<u8> {
    std::fs::read(run.join("model/model.safetensors")).unwrap()
}
