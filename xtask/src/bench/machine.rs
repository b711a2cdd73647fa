//! Where it was measured, and what.

use std::{fmt, process::Command, thread::available_parallelism};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::table::mebibytes;
use crate::shell::root;

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    threads: usize,
    /// Bytes, where the system tells it.
    memory: Option<u64>,
    os: String,
}

impl Machine {
    /// This one, of which so many threads are used.
    pub(crate) fn this(threads: usize) -> anyhow::Result<Self> {
        let memory = field("/proc/meminfo", "MemTotal:", "kB").and_then(|kib| kib.parse::<u64>().ok());
        let os = field("/etc/os-release", "PRETTY_NAME=", "\n");
        Ok(Self {
            cpu: field("/proc/cpuinfo", "model name", "\n").unwrap_or_else(|| std::env::consts::ARCH.into()),
            cores: available_parallelism().context("the number of cores")?.get(),
            threads,
            memory: memory.map(|kib| kib << 10),
            os: os.unwrap_or_else(|| std::env::consts::OS.into()),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, threads, memory, os } = self;
        write!(f, "{cpu}, {cores} cores, {threads} threads, ")?;
        if let Some(bytes) = memory {
            write!(f, "{} MiB, ", mebibytes(*bytes))?;
        }
        write!(f, "{os}")
    }
}

/// What a file of Linux says after a name, up to a unit.
fn field(file: &str, name: &str, unit: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim_end_matches(unit).trim_matches([' ', '\t', ':', '"']).to_owned())
}

/// The commit that is checked out, with a `+` where files differ from it.
pub(crate) fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".into());
    let is_clean = git(&["status", "--porcelain"]).is_some_and(|changes| changes.is_empty());
    if is_clean { commit } else { commit + "+" }
}
