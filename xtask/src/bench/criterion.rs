//! What Criterion has measured, read from its own files.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Context;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    row::{Row, Times},
    table::number,
};
use crate::shell::{cargo, root, run};

/// Libraries that a function's name may end in, after a comma; else what it measures is our own.
const PEERS: [&str; 2] = ["tokenizers", "gemm"];
const DTYPES: [&str; 4] = ["f32", "f16", "bf16", "int8"];

/// Runs the benches of a file, and reads what they have left.
pub(super) fn rows(bench: &str, threads: usize, arguments: &[String]) -> anyhow::Result<Vec<Row>> {
    let start = SystemTime::now();
    let mut command = cargo(&["bench", "-p", "embert-benches", "--bench", bench, "--"]);
    run(command.args(arguments).env("RAYON_NUM_THREADS", threads.to_string()))?;
    let mut folders = Vec::new();
    find(&root().join("target/criterion"), start, &mut folders)?;
    folders.sort();
    folders.iter().map(|folder| row(folder)).collect()
}

/// The folders of results, in and below `folder`, that are newer than `start`.
fn find(folder: &Path, start: SystemTime, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let name = || folder.display().to_string();
    for entry in std::fs::read_dir(folder).with_context(name)? {
        let path = entry.with_context(name)?.path();
        if !path.is_dir() {
            continue;
        }
        let estimates = path.join("estimates.json");
        if path.ends_with("new") && estimates.exists() {
            let written = estimates.metadata().and_then(|metadata| metadata.modified()).with_context(name)?;
            found.extend((written >= start).then_some(path));
        } else {
            find(&path, start, found)?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
    /// What an iteration goes through: a number under the name of what is counted.
    throughput: Value,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    /// Nanoseconds.
    point_estimate: f64,
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    /// Nanoseconds, of all iterations together.
    times: Vec<f64>,
}

fn row(folder: &Path) -> anyhow::Result<Row> {
    let Benchmark { full_id, throughput } = read(&folder.join("benchmark.json"))?;
    let Estimates { median } = read(&folder.join("estimates.json"))?;
    let Sample { iters, times } = read(&folder.join("sample.json"))?;
    let milliseconds: Vec<f64> = times.iter().zip(&iters).map(|(time, count)| time / count / 1e6).collect();
    let median_ms = median.point_estimate / 1e6;
    Ok(Row {
        system: system(&full_id).into(),
        dtype: dtype(&full_id).into(),
        work: full_id,
        // Criterion's median is kept: it is what its own report says.
        times: Times::of(&milliseconds).map(|times| Times { median_ms, ..times }),
        note: rate(&throughput, median_ms),
        ..Row::default()
    })
}

fn rate(throughput: &Value, milliseconds: f64) -> Option<String> {
    let a_second = |counted: &str| Some(throughput.get(counted)?.as_f64()? / milliseconds * 1e3);
    let bytes = a_second("Bytes").map(|bytes| format!("{} MiB/s", number(bytes / f64::from(1 << 20))));
    bytes.or_else(|| a_second("Elements").map(|elements| format!("{elements:.3e} elements/s")))
}

fn read<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    serde_json::from_slice(&bytes).with_context(|| file.display().to_string())
}

fn system(id: &str) -> &str {
    let last = id.rsplit(", ").next().unwrap_or_default();
    if PEERS.contains(&last) { last } else { "embert" }
}

fn dtype(id: &str) -> &str {
    id.split(|character: char| !character.is_alphanumeric()).find(|word| DTYPES.contains(word)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{create_dir_all, remove_dir_all, write},
        time::{Duration, SystemTime},
    };

    use super::{dtype, find, row, system};

    #[test]
    fn a_function_that_ends_in_the_name_of_a_peer_is_the_peer_s() {
        assert_eq!(system("wordpiece/single, tokenizers"), "tokenizers");
        assert_eq!(system("wordpiece/single, embert"), "embert");
        assert_eq!(system("data/read an epoch"), "embert");
    }

    #[test]
    fn a_dtype_is_a_word_of_the_name() {
        assert_eq!(dtype("linear/768x768 int8, gemm"), "int8");
        assert_eq!(dtype("linear/bf16x"), "");
    }

    #[test]
    fn what_this_run_wrote_becomes_rows_in_milliseconds_an_iteration() {
        let folder = std::env::temp_dir().join(format!("embert-criterion-{}", std::process::id()));
        let new = folder.join("wordpiece/single, tokenizers/new");
        create_dir_all(&new).unwrap();
        let id = r#"{"full_id":"wordpiece/single, tokenizers","throughput":{"Bytes":1048576},"title":""}"#;
        write(new.join("benchmark.json"), id).unwrap();
        write(new.join("estimates.json"), r#"{"median":{"point_estimate":2e6},"mean":{}}"#).unwrap();
        write(new.join("sample.json"), r#"{"iters":[1,2,4],"times":[1e6,4e6,12e6]}"#).unwrap();
        let found = |start| {
            let mut found = Vec::new();
            find(&folder, start, &mut found).unwrap();
            found
        };
        assert!(found(SystemTime::now() + Duration::from_secs(60)).is_empty());
        let [place] = found(SystemTime::now() - Duration::from_secs(60)).try_into().unwrap();
        let row = row(&place).unwrap();
        remove_dir_all(&folder).unwrap();
        let times = row.times.unwrap();
        assert_eq!((times.min_ms, times.median_ms, times.max_ms), (1.0, 2.0, 3.0));
        assert_eq!((row.system.as_str(), row.note.as_deref()), ("tokenizers", Some("500 MiB/s")));
    }
}
