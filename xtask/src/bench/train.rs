//! From examples to moved weights: steps of a training, of models with random weights that both systems open.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Settings, bench_worker,
    contest::{Contestant, Measured, Measurement, Outputs, measure},
    folder,
    inference::{GEMM_PEAK, peak},
    on_threads,
    peers::Peers,
    row::{Row, Times},
    table::number,
    works,
};
use crate::shell::run;

const ROUNDS: usize = 5;

pub(super) const PYTORCH: &str = "PyTorch";

/// Steps of a training.
pub(super) struct Work {
    /// The model, what it learns, and what it is shown.
    pub(super) name: &'static str,
    preset: &'static str,
    /// Whether a student of half the layers learns from it.
    is_distilled: bool,
    /// So many times as fast as PyTorch it is to be.
    pub(super) times: f64,
}

/// Where everything is computed on both sides, to be as fast.
const LIKE_FOR_LIKE: f64 = 1.0;
/// Where each does what its users have.
const AS_USED: f64 = 1.5;

const fn work(name: &'static str, preset: &'static str, is_distilled: bool, times: f64) -> Work {
    Work { name, preset, is_distilled, times }
}

pub(super) const WORKS: [Work; 8] = [
    work("bert-mini, mlm, 16x128", "bert-mini", false, LIKE_FOR_LIKE),
    work("bert-mini, mlm, 16 ragged", "bert-mini", false, AS_USED),
    work("bert-mini, distil, 16x128", "bert-mini", true, LIKE_FOR_LIKE),
    work("bert-mini, distil, 16 ragged", "bert-mini", true, AS_USED),
    work("bert-base, mlm, 2x128", "bert-base", false, LIKE_FOR_LIKE),
    work("bert-base, mlm, 2 ragged", "bert-base", false, AS_USED),
    work("bert-base, distil, 2x128", "bert-base", true, LIKE_FOR_LIKE),
    work("bert-base, distil, 2 ragged", "bert-base", true, AS_USED),
];

/// What a step consists of.
const PARTS: [&str; 5] = ["embedding", "attention", "feed-forward", "head", "optimiser"];
/// And where there is one.
const TEACHER: &str = "teacher";

pub(super) fn rows(settings: &Settings) -> anyhow::Result<Vec<Row>> {
    let worker = bench_worker()?;
    let peers = Peers::find(settings)?;
    let mut rows = Vec::new();
    for work in &WORKS {
        eprintln!("{}", work.name);
        rows.extend(work.rows(settings, &worker, &peers)?);
    }
    Ok(rows)
}

impl Work {
    /// Both systems, in processes of this work's own, so that their memory is what this work takes.
    fn rows(&self, settings: &Settings, worker: &Path, peers: &Peers) -> anyhow::Result<Vec<Row>> {
        let models = models(worker, self.preset, self.is_distilled)?;
        let told = |mut command: Command| {
            command.args(&models);
            command
        };
        let mut alone = told(on_threads(worker, settings.threads, "train-parts"));
        alone.args(["--of", self.name]);
        let parts: Vec<&'static str> = PARTS.into_iter().chain(self.is_distilled.then_some(TEACHER)).collect();
        let works = [&[GEMM_PEAK, self.name], parts.as_slice()].concat();
        let contestant = |system, works: &[&'static str], command| Contestant {
            system,
            dtype: "f32",
            works: works.to_vec(),
            command,
        };
        let contestants = vec![
            contestant("embert", &[self.name], Ok(told(on_threads(worker, settings.threads, "train")))),
            contestant(PYTORCH, &[self.name], peers.script("train.py").map(told)),
            contestant("embert", &[&[GEMM_PEAK], parts.as_slice()].concat(), Ok(alone)),
        ];
        let rounds = settings.rounds.map_or(ROUNDS, Into::into);
        let measurements = measure(contestants, &works, rounds, Outputs::OfWarmUp)?;
        let peak = peak(&measurements);
        let is_whole = |measurement: &&Measurement| match &measurement.works {
            Ok(works) => works.iter().any(|measured| measured.work == self.name),
            Err(_) => true,
        };
        let of_parts = shares(&measurements, &parts);
        let rows = measurements.iter().filter(is_whole).flat_map(|of| {
            of.rows(|measured, row| {
                let of_parts = if of.system == "embert" { of_parts.as_slice() } else { &[] };
                self.row(of, measured, of_parts, peak, row)
            })
        });
        Ok(rows.map(|row| Row { work: self.name.into(), ..row }).collect())
    }

    fn row(&self, of: &Measurement, measured: &Measured, of_parts: &[(&str, f64)], peak: Option<f64>, row: Row) -> Row {
        let tokens: usize = shape(self.name).iter().sum();
        let Some(median) = row.median() else { return row };
        let rate = |amount: f64| amount / median * 1e3;
        let gflops = measured.answer.gflop.map(rate);
        let mut notes: Vec<String> =
            of_parts.iter().map(|(part, ms)| format!("{part} {:.0} %", ms / median * 100.0)).collect();
        notes.extend(gflops.map(|gflops| format!("{} GFLOP/s", number(gflops))));
        notes.extend(measured.answer.loss.map(|loss| format!("loss {loss:.2}")));
        if measured.answer.tokens.is_some_and(|counted| counted != tokens) {
            notes.push(format!("{:?} tokens, and {tokens} are meant", measured.answer.tokens));
        }
        Row {
            tokens_per_second: Some(rate(tokens as f64)),
            // What a process has before its model is no part of what training takes.
            peak_bytes: of.memory.peak_bytes.zip(of.memory.before_bytes).map(|(most, before)| most - before),
            share_of_peak: gflops.zip(peak).map(|(gflops, peak)| gflops / peak),
            note: Some(notes.join(", ")),
            ..row
        }
    }
}

/// What a worker is told of the models, which are made at the first call.
pub(super) fn models(worker: &Path, preset: &str, is_distilled: bool) -> anyhow::Result<Vec<PathBuf>> {
    let made = |kind: &str| -> anyhow::Result<PathBuf> {
        let dir = folder().join(format!("{preset}-{kind}"));
        if !dir.join("model.safetensors").exists() {
            run(Command::new(worker).args(["make-model", "--preset", preset, "--kind", kind]).arg(&dir))?;
        }
        Ok(dir)
    };
    Ok(match is_distilled {
        false => vec!["--model".into(), made("masked-lm")?],
        true => vec!["--model".into(), made("student")?, "--teacher".into(), made("masked-lm")?],
    })
}

/// The lengths of all sequences of a work.
fn shape(name: &str) -> Vec<usize> {
    works::batches(name.rsplit(", ").next().unwrap_or(name)).unwrap_or_default().concat()
}

/// What each part takes, in milliseconds.
fn shares(measurements: &[Measurement], parts: &[&'static str]) -> Vec<(&'static str, f64)> {
    let works: Vec<&Measured> = measurements.iter().filter_map(|of| of.works.as_ref().ok()).flatten().collect();
    let share = |&part: &&'static str| {
        let measured = works.iter().find(|measured| measured.work == part)?;
        Some((part, Times::of(&measured.milliseconds)?.median_ms))
    };
    parts.iter().filter_map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::{WORKS, shape};

    #[test]
    fn every_work_is_one_of_sequences() {
        let tokens = |name| shape(name).iter().sum::<usize>();
        assert!(WORKS.iter().all(|work| tokens(work.name) > 0));
        assert_eq!(tokens("bert-mini, mlm, 16x128"), 2048);
    }
}
