//! What `metrics.jsonl` says of a run, but for the time that it took.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, bail, ensure};
use serde_json::{Map, Value};

/// What depends on the machine, and on how often a run was interrupted.
const TIMES: [&str; 3] = ["tokens_per_second", "gflops_per_second", "time"];

/// The lines of a run's `metrics.jsonl`, without its times.
#[derive(Debug, PartialEq)]
pub(super) struct Curve(Vec<Map<String, Value>>);

impl Curve {
    /// The curve of a finished run of so many steps, each a line.
    ///
    /// # Errors
    /// Where a line is no JSON, or a step is missing, is there twice or stands before an earlier one.
    pub(super) fn finished(run: &Path, steps: usize) -> anyhow::Result<Self> {
        let file = run.join("metrics.jsonl");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Self::of(&text, steps).with_context(|| file.display().to_string())
    }

    fn of(text: &str, steps: usize) -> anyhow::Result<Self> {
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let mut line: Map<String, Value> = serde_json::from_str(line).with_context(|| format!("line {number}"))?;
            line.retain(|key, _| !TIMES.contains(&key.as_str()));
            lines.push(line);
        }
        let found: Vec<usize> = lines.iter().filter_map(trained_step).collect();
        if !found.iter().copied().eq(1..=steps) {
            let once: BTreeSet<usize> = found.iter().copied().collect();
            let missing: Vec<usize> = (1..=steps).filter(|step| !once.contains(step)).collect();
            let pairs = found.iter().zip(found.iter().skip(1));
            let again: Vec<usize> = pairs.filter(|(before, step)| step <= before).map(|(_, step)| *step).collect();
            bail!("steps 1 to {steps} are expected, each once; missing: {missing:?}; again: {again:?}");
        }
        Ok(Self(lines))
    }

    /// # Errors
    /// At the first line that is another: both, and the keys in which they differ.
    pub(super) fn check(&self, expected: &Self) -> anyhow::Result<()> {
        for (number, (line, expected)) in (1..).zip(self.0.iter().zip(&expected.0)) {
            let keys: BTreeSet<&String> = line.keys().chain(expected.keys()).collect();
            let wrong: Vec<&String> = keys.into_iter().filter(|key| line.get(*key) != expected.get(*key)).collect();
            ensure!(wrong.is_empty(), "line {number}: {wrong:?}:\n  {}\nexpected\n  {}", text(line), text(expected));
        }
        let (found, expected) = (self.0.len(), expected.0.len());
        ensure!(found == expected, "{found} lines; {expected} are expected");
        Ok(())
    }
}

fn trained_step(line: &Map<String, Value>) -> Option<usize> {
    let is_step = line.get("event").and_then(Value::as_str) == Some("step");
    line.get("step").and_then(Value::as_u64).filter(|_| is_step).and_then(|step| step.try_into().ok())
}

fn text(line: &Map<String, Value>) -> String {
    Value::Object(line.clone()).to_string()
}

/// The last step that a run, wherever it was killed, has written of; 0, where there is none.
pub(super) fn last_step(run: &Path) -> usize {
    // The last line may be half of one, and there may be no file yet.
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default();
    let lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
    lines.filter_map(|line| trained_step(&line)).next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Curve;

    fn step(step: usize, loss: f64, speed: f64) -> String {
        format!("{{\"event\":\"step\",\"step\":{step},\"loss\":{loss},\"tokens_per_second\":{speed}}}\n")
    }

    const VALIDATED: &str = "{\"event\":\"validated\",\"step\":2,\"valid_loss\":null}\n";

    #[test]
    fn curves_are_the_same_whatever_the_speed() {
        let curve = |speed| Curve::of(&(step(1, 9.5, speed) + &step(2, 9.25, speed) + VALIDATED), 2).unwrap();
        curve(1.0).check(&curve(2.0)).unwrap();
    }

    #[test]
    fn the_first_difference_is_named() {
        let expected = Curve::of(&(step(1, 9.5, 1.0) + &step(2, 9.25, 1.0) + VALIDATED), 2).unwrap();
        let other = Curve::of(&(step(1, 9.5, 1.0) + &step(2, 9.25000001, 1.0) + VALIDATED), 2).unwrap();
        let error = other.check(&expected).unwrap_err().to_string();
        assert!(error.starts_with("line 2: [\"loss\"]"), "{error}");
        let shorter = Curve::of(&(step(1, 9.5, 1.0) + &step(2, 9.25, 1.0)), 2).unwrap();
        assert_eq!(shorter.check(&expected).unwrap_err().to_string(), "2 lines; 3 are expected");
    }

    #[test]
    fn each_step_is_there_once_and_in_its_order() {
        for (steps, message) in [
            (vec![1, 3], "missing: [2]; again: []"),
            (vec![1, 2, 2, 3], "missing: []; again: [2]"),
            (vec![], "[1, 2, 3]"),
        ] {
            let text: String = steps.into_iter().map(|number| step(number, 1.0, 1.0)).collect();
            let error = Curve::of(&text, 3).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
