//! Steps of a training that several processes take together, a thread each.

use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::{
    Settings, bench_worker_with, on_threads,
    row::{Row, Times},
    table::number,
    train::models,
    works,
};
use crate::mpi::{install_mpi, on_ranks};

const ROUNDS: usize = 5;
/// The steps of a process.
const STEPS: usize = 3;
const PRESET: &str = "bert-mini";
/// 4,096 tokens.
const SHAPE: &str = "32x128";

/// What the first rank says, in milliseconds.
#[derive(Deserialize)]
struct Answer {
    steps: Vec<f64>,
    sums: Vec<f64>,
    numbers: usize,
}

/// Steps, and sums of numbers, of so many ranks.
struct Measured {
    ranks: usize,
    steps: Vec<f64>,
    sums: Vec<f64>,
}

pub(super) fn rows(settings: &Settings, counts: &[usize]) -> anyhow::Result<Vec<Row>> {
    install_mpi()?;
    let worker = bench_worker_with(&["mpi".to_owned()])?;
    let told = models(&worker, PRESET, false)?;
    let mut all: Vec<Measured> =
        counts.iter().map(|&ranks| Measured { ranks, steps: Vec::new(), sums: Vec::new() }).collect();
    let mut numbers = 0;
    // In turns, so that what else the machine does is all of theirs.
    for round in 0..settings.rounds.map_or(ROUNDS, Into::into) {
        for measured in &mut all {
            eprintln!("round {}, {} ranks", round + 1, measured.ranks);
            let mut work = on_threads(&worker, settings.threads, "together");
            work.args(["--work", SHAPE, "--steps", &STEPS.to_string()]).args(&told);
            let answer = ask(measured.ranks, work)?;
            measured.steps.extend(answer.steps);
            measured.sums.extend(answer.sums);
            numbers = answer.numbers;
        }
    }
    let median = |measured: &Measured| Times::of(&measured.steps).map(|times| times.median_ms);
    let first = all.first().and_then(median);
    let tokens: usize = works::batches(SHAPE).unwrap_or_default().concat().iter().sum();
    let row = |measured: &Measured| {
        let system = format!("{} ranks", measured.ranks);
        let times = Times::of(&measured.steps);
        let rate = times.map(|times| tokens as f64 / times.median_ms * 1e3);
        let share =
            first.zip(median(measured)).map(|(first, median)| format!("{} times the first", number(first / median)));
        let step = Row {
            work: format!("{PRESET}, mlm, {SHAPE}"),
            times,
            tokens_per_second: rate,
            note: share,
            ..Row::default()
        };
        let sum = Row { work: format!("sum of {numbers}"), times: Times::of(&measured.sums), ..Row::default() };
        [step, sum].map(|row| Row { system: system.clone(), dtype: "f32".into(), ..row })
    };
    let mut rows: Vec<Row> = all.iter().flat_map(row).collect();
    rows.sort_by_key(|row| row.work.starts_with("sum"));
    Ok(rows)
}

/// What so many ranks answer.
fn ask(ranks: usize, work: Command) -> anyhow::Result<Answer> {
    let mut command = on_ranks(ranks, work);
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{told}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?}: {told}"))
}
