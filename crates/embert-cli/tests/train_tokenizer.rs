//! `embert train-tokenizer`: each kind, from files to a directory that `embert tokenize` opens.

mod support;

use serde_json::Value;
use support::embert;
use tempfile::{TempDir, tempdir};

fn corpus() -> TempDir {
    let dir = tempdir().unwrap();
    let line = |n: usize| format!("The {} house of number {n} has {} rooms.\n", ["old", "new", "red"][n % 3], n % 7);
    std::fs::write(dir.path().join("houses.txt"), (0..200).map(line).collect::<String>()).unwrap();
    dir
}

/// The tokenizer.json that `threads` threads make.
fn train(kind: &str, threads: &str, corpus: &TempDir, out: &TempDir) -> String {
    let dir = out.path().join(format!("{kind}-{threads}"));
    let size = if kind == "bpe" { "300" } else { "90" };
    embert(&["train-tokenizer", "--quiet", "--kind", kind, "--vocab-size", size, "--threads", threads])
        .arg("--input")
        .arg(corpus.path())
        .arg("--out")
        .arg(&dir)
        .assert()
        .success()
        .stdout("");
    let output =
        embert(&["tokenize", "--tokenizer", dir.to_str().unwrap()]).write_stdin("The red house.\n").output().unwrap();
    let row: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(row["ids"].as_array().is_some_and(|ids| ids.len() > 4), "{kind}: {row}");
    std::fs::read_to_string(dir.join("tokenizer.json")).unwrap()
}

#[test]
fn each_kind_is_the_same_file_for_any_number_of_threads() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    for kind in ["wordpiece", "wordpiece-likelihood", "bpe", "unigram"] {
        assert!(train(kind, "1", &corpus, &out) == train(kind, "3", &corpus, &out), "{kind}");
    }
}

#[test]
fn progress_and_result_are_json_lines_where_a_machine_reads_them() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let output = embert(&["train-tokenizer", "--json", "--kind", "wordpiece", "--vocab-size", "60", "--input"])
        .arg(corpus.path())
        .arg("--out")
        .arg(out.path().join("tokenizer"))
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.last().unwrap()["event"], "saved");
    assert_eq!(events.last().unwrap()["vocab_size"], 60);
}

#[test]
fn what_cannot_be_trained_is_an_error_that_says_why() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let dir = out.path().join("tokenizer");
    let refusal = |arguments: &[&str]| {
        let output = embert(&["train-tokenizer", "--kind", "wordpiece"])
            .args(arguments)
            .arg("--out")
            .arg(&dir)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(!dir.exists());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refusal(&["--input", "/no/such/corpus"]).contains("/no/such/corpus"));
    let small = refusal(&["--vocab-size", "3", "--input", corpus.path().to_str().unwrap()]);
    assert!(small.starts_with("error: ") && small.contains('3'), "{small}");
}
