//! `embert data` as a process: what is built, shown, interrupted and refused.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use support::embert;
use tempfile::TempDir;

const TOKENIZER: &str = "../embert-tokenizer/tests/reference/wordpiece_uncased";

/// A folder with a corpus of two hundred documents.
fn corpus() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let document = |number: usize| {
        let sentence = |line: usize| format!("the people of town {number} can run to house {line} .\n");
        (0..6).map(sentence).collect::<String>()
    };
    fs::write(dir.path().join("corpus.txt"), (0..200).map(document).collect::<Vec<_>>().join("\n")).unwrap();
    dir
}

fn build(dir: &Path, out: &str, more: &[&str]) -> Command {
    let corpus = dir.join("corpus.txt");
    let out = dir.join(out);
    let mut command = embert(&["data", "build", "--tokenizer", TOKENIZER, "--max-length", "64"]);
    command.args(["--corpus".into(), corpus, "--out".into(), out] as [PathBuf; 4]).args(more);
    command
}

fn show(dir: &Path, out: &str, more: &[&str]) -> Vec<Value> {
    let output = embert(&["data", "show"]).arg(dir.join(out)).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

#[test]
fn an_example_has_tokens_segments_answer_and_masks() {
    let dir = corpus();
    build(dir.path(), "data", &["--duplicates", "2"]).assert().success();
    let shown = show(dir.path(), "data", &["--count", "1000"]);
    assert!(shown.len() > 200, "{}", shown.len());
    for example in &shown {
        let tokens = example["tokens"].as_array().unwrap();
        let (ids, types) = (numbers(&example["input_ids"]), numbers(&example["token_type_ids"]));
        assert_eq!((tokens[0].as_str(), tokens[tokens.len() - 1].as_str()), (Some("[CLS]"), Some("[SEP]")));
        assert!(ids.len() == types.len() && types.len() == tokens.len() && types.is_sorted() && types.len() <= 64);
        assert!(example["is_next"].is_boolean());
        let positions = numbers(&example["masked_positions"]);
        assert_eq!(positions.len(), ((ids.len() as f64 * 0.15).round_ties_even() as usize).max(1));
        assert_eq!(example["masked_tokens"].as_array().unwrap().len(), positions.len());
    }
    let page = embert(&["data", "show", "--pretty"]).arg(dir.path().join("data")).output().unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(page.contains("tokens      [CLS]") && page.contains("[MASK](") && page.contains("is next     "), "{page}");
}

#[test]
fn each_recipe_makes_its_own_examples() {
    let dir = corpus();
    for (recipe, answer) in
        [("bert", Some("is_next")), ("roberta", None), ("albert", Some("is_swapped")), ("distilbert", None)]
    {
        build(dir.path(), recipe, &["--recipe", recipe]).assert().success();
        let [first, again] = [0, 0].map(|epoch| show(dir.path(), recipe, &["--epoch", &epoch.to_string()]));
        assert_eq!(first, again);
        for name in ["is_next", "is_swapped"] {
            assert_eq!(first[0].get(name).is_some(), answer == Some(name), "{recipe}: {first:?}");
        }
        let later = show(dir.path(), recipe, &["--epoch", "1"]);
        let is_dynamic = answer.is_none();
        assert_eq!(later != first, is_dynamic, "{recipe}");
    }
}

#[test]
fn what_was_built_with_other_flags_is_refused_and_named() {
    let dir = corpus();
    build(dir.path(), "data", &["--duplicates", "1"]).assert().success();
    build(dir.path(), "data", &["--duplicates", "1"]).assert().success();
    let other = build(dir.path(), "data", &["--duplicates", "1", "--seed", "7"]).output().unwrap();
    let message = String::from_utf8(other.stderr).unwrap();
    assert_eq!(other.status.code(), Some(1));
    assert!(message.contains("another settings.seed"), "{message}");
    let wrong = build(dir.path(), "other", &["--masking", "dynamic", "--duplicates", "3"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_data_set_that_is_none_or_not_whole_is_not_shown() {
    let dir = corpus();
    build(dir.path(), "data", &["--duplicates", "1"]).assert().success();
    fs::remove_file(dir.path().join("data/dataset.json")).unwrap();
    for (out, expected) in [("data", "its build has not come to its end"), ("nothing", "it is no data set")] {
        let output = embert(&["data", "show"]).arg(dir.path().join(out)).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && message.contains(expected), "{message}");
    }
}

#[test]
fn bad_text_is_named_by_file_and_offset_or_mended() {
    let dir = corpus();
    let file = dir.path().join("corpus.txt");
    let mut text = fs::read(&file).unwrap();
    text[100] = 0xff;
    fs::write(&file, text).unwrap();
    let output = build(dir.path(), "data", &[]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("corpus.txt: byte 100 is not UTF-8") && message.contains("--lossy"), "{message}");
    // Nothing came of the first build, so that the folder is free.
    build(dir.path(), "data", &["--lossy"]).assert().success();
}
