//! A system's process, and what is asked of it: `benches/worker/protocol.rs` describes it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, anyhow};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::shell::root;

pub(super) struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// What it says on standard error.
    log: PathBuf,
}

#[derive(Deserialize)]
struct Ready {
    ready: bool,
}

/// What a work took.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Answer {
    pub(super) ms: f64,
    /// Tokens, without those of padding.
    pub(super) tokens: Option<usize>,
    /// Operations, where they do not follow from the work's name.
    pub(super) gflop: Option<f64>,
    /// Of a training, after its last step.
    pub(super) loss: Option<f64>,
    /// What the activations have to take.
    pub(super) accounted_bytes: Option<u64>,
}

/// What a process has had of memory, where the system tells it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Memory {
    /// At most.
    pub(super) peak_bytes: Option<u64>,
    /// Before its model was there.
    pub(super) before_bytes: Option<u64>,
    /// Of a device that has memory of its own.
    pub(super) device_bytes: Option<u64>,
}

impl Worker {
    /// Starts it, without waiting for its model.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub(super) fn start(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        let said = File::create(&log).with_context(|| log.display().to_string())?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said).current_dir(root());
        // Its last words are the reason why it ended, and not a frame of its stack.
        command.env("RUST_BACKTRACE", "0").env_remove("RUST_LIB_BACKTRACE");
        let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
        let requests = child.stdin.take().context("no standard input")?;
        let answers = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        Ok(Self { child, requests, answers, log })
    }

    /// # Errors
    /// Where it came to its end before its model was there.
    pub(super) fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let Ready { ready } = self.answer()?;
        ready.then_some(()).context("it is not ready")
    }

    /// Lets it do a work once.
    ///
    /// # Errors
    /// Where it failed.
    pub(super) fn work(&mut self, work: &str, output: Option<&Path>) -> anyhow::Result<Answer> {
        let mut request = json!({"work": work});
        if let Some(path) = output {
            request["output"] = path.to_str().context("a path that is not UTF-8")?.into();
        }
        self.ask(&request)
    }

    /// # Errors
    /// Where it failed.
    pub(super) fn memory(&mut self) -> anyhow::Result<Memory> {
        self.ask(&json!({"peak": true}))
    }

    fn ask<T: DeserializeOwned>(&mut self, request: &Value) -> anyhow::Result<T> {
        // Nobody who listens is nobody who answers, and that is told of with its reason.
        let _ = writeln!(self.requests, "{request}");
        self.answer()
    }

    fn answer<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        match self.answers.next() {
            Some(Ok(line)) => serde_json::from_str(&line).with_context(|| line.clone()),
            Some(Err(error)) => Err(error.into()),
            None => Err(self.reason()),
        }
    }

    /// Why it came to its end: the last thing that it said.
    fn reason(&mut self) -> anyhow::Error {
        let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let said = std::fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        match said.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("note: ")) {
            Some(line) => anyhow!("{line}"),
            None => anyhow!("{status}"),
        }
    }
}

impl Drop for Worker {
    /// It has nothing that could be lost.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
