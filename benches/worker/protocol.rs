//! What `cargo xtask bench` and a worker say to each other: a JSON object a line, on the worker's standard input and
//! output.
//!
//! ```text
//! the worker, once its model is there       {"ready":true,"system":"embert","dtype":"f32"}
//! a work, to be done once                   {"work":"8x128"}
//! what it took                              {"ms":12.3,"tokens":1024}
//! the same; what comes out goes to FILE     {"work":"8x128","output":"FILE"}
//! the most memory that the process has had  {"peak":true}
//! that, and what it had before the model    {"peak_bytes":1234,"before_bytes":123}
//! and what it holds of a device's own       {"peak_bytes":1234,"before_bytes":123,"device_bytes":12}
//! ```
//!
//! The end of standard input is the worker's end. What goes wrong is its end too, and the last line of its standard
//! error says why.

use std::{
    fs::read_to_string,
    io::{BufRead, Write, stdin, stdout},
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Request {
    work: Option<String>,
    output: Option<PathBuf>,
}

/// What the process has had of memory.
#[derive(Serialize)]
pub(crate) struct Memory {
    peak_bytes: Option<u64>,
    before_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_bytes: Option<u64>,
}

impl Memory {
    /// Now; with what it had before its model was there, and what it holds of a device that has memory of its own.
    pub(crate) fn of(before_bytes: Option<u64>, device_bytes: Option<u64>) -> Self {
        Self { peak_bytes: memory("VmHWM:"), before_bytes, device_bytes }
    }
}

/// Says that the model is there, and answers until nobody asks any more. `work` does a work and gives back the answer.
pub(crate) fn serve(
    system: &str,
    dtype: &str,
    memory: impl Fn() -> Memory,
    mut work: impl FnMut(&str, Option<&Path>) -> anyhow::Result<Value>,
) -> anyhow::Result<()> {
    say(&json!({"ready": true, "system": system, "dtype": dtype}))?;
    for line in stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        say(&match request.work {
            Some(name) => work(&name, request.output.as_deref()).with_context(|| name.clone())?,
            None => json!(memory()),
        })?;
    }
    Ok(())
}

pub(crate) fn say(answer: &Value) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}

/// What the process has now, in bytes, where the system tells it (Linux).
pub(crate) fn memory_now() -> Option<u64> {
    memory("VmRSS:")
}

fn memory(field: &str) -> Option<u64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let kib: u64 = status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()?;
    Some(kib << 10)
}

/// Writes hidden states, `[tokens, hidden_size]` row after row, as f32 with the lowest byte first.
pub(crate) fn write_hidden(path: &Path, hidden: &[f32]) -> anyhow::Result<()> {
    let bytes: Vec<u8> = hidden.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}
