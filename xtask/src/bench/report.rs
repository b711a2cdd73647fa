//! The numbers of a run, for people and for programs.

use std::{fmt, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{
    goals,
    machine::{Machine, commit},
    row::Row,
    table::{mebibytes, number, table, text},
};

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Report {
    machine: Machine,
    commit: String,
    command: String,
    pub(super) rows: Vec<Row>,
}

impl Report {
    pub(super) fn new(rows: Vec<Row>, threads: usize) -> anyhow::Result<Self> {
        let arguments = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
        Ok(Self {
            machine: Machine::this(threads)?,
            commit: commit(),
            command: format!("cargo xtask {arguments}"),
            rows,
        })
    }

    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let name = || file.display().to_string();
        let bytes = std::fs::read(file).with_context(name)?;
        serde_json::from_slice(&bytes).with_context(name)
    }

    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        std::fs::write(file, serde_json::to_string_pretty(self)? + "\n").with_context(|| file.display().to_string())
    }
}

/// In Markdown.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, commit, command, rows } = self;
        writeln!(f, "`{command}`, commit {commit}, {machine}\n")?;
        let header = [
            "work",
            "system",
            "dtype",
            "note",
            "median ms",
            "min",
            "max",
            "tokens/s",
            "share of peak",
            "peak MiB",
            "accounted for",
            "device MiB",
            "lowest cosine",
        ];
        let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
        write!(f, "{}", table(4, &header, &cells))?;
        let comparisons = goals::comparisons(rows);
        if !comparisons.is_empty() {
            write!(f, "\n{}", goals::table_of(&comparisons))?;
        }
        Ok(())
    }
}

fn cells(row: &Row) -> Vec<String> {
    vec![
        row.work.clone(),
        row.system.clone(),
        row.dtype.clone(),
        row.note.clone().unwrap_or_default(),
        text(row.median(), number),
        text(row.times, |times| number(times.min_ms)),
        text(row.times, |times| number(times.max_ms)),
        text(row.tokens_per_second, |rate| format!("{rate:.0}")),
        text(row.share_of_peak, |share| format!("{:.0} %", share * 100.0)),
        text(row.peak_bytes, mebibytes),
        text(row.accounted_bytes, mebibytes),
        text(row.device_bytes, mebibytes),
        text(row.accuracy, |cosine| format!("{cosine:.6}")),
    ]
}
