//! `embert inspect`, `convert` and `fill-mask` on each architecture, as a process.

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::embert;
use tempfile::tempdir;

fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models").join(case)
}

fn refused(arguments: &[&str], code: i32) -> String {
    let output = embert(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn inspect_says_what_is_in_a_directory() {
    let case = reference("albert_masked_lm");
    let output = embert(&["inspect"]).arg(&case).assert().success();
    let page = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let names: Vec<&str> = page.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["model", "sizes", "parameters", "weights", "tokenizer", "missing", "unexpected", "untied"]);
    assert!(page.contains("albert, AlbertForMaskedLM (masked-lm)"), "{page}");

    let output = embert(&["inspect", "--json"]).arg(&case).assert().success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(found["task"], "masked-lm");
    assert_eq!(found["sizes"]["embedding_size"], 16);
    assert_eq!(found["parts"][0]["name"], "embeddings");
    assert!(found["tokenizer"]["Ok"].as_str().unwrap().contains("Unigram"), "{found}");
}

#[test]
fn convert_writes_a_directory_with_its_tokenizer() {
    let (case, dir) = (reference("distilbert_masked_lm"), tempdir().unwrap());
    let out = dir.path().join("half");
    embert(&["convert", "--dtype", "f16", "--max-shard-size", "20kB", "--model"])
        .arg(&case)
        .arg("--out")
        .arg(&out)
        .assert()
        .success()
        .stdout("")
        .stderr("");
    let output = embert(&["inspect", "--json"]).arg(&out).assert().success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(found["dtypes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["f16"]);
    assert!(found["weights"].as_str().unwrap().ends_with("model.safetensors.index.json"));
    assert!(found["tokenizer"]["Ok"].is_string());
}

#[test]
fn convert_refuses_what_it_cannot_do() {
    let case = reference("bert_model");
    let case = case.to_str().unwrap();
    let message = refused(&["convert", "--model", case, "--out", case], 2);
    assert!(message.contains("it is not empty; a folder that is empty or not there is expected"), "{message}");
    let message = refused(&["convert", "--model", case, "--out", "never", "--max-shard-size", "0"], 2);
    assert!(message.contains("--max-shard-size") && message.contains("500MB or 2GiB"), "{message}");
    let message = refused(&["convert", "--model", case, "--out", "never", "--task", "next-word"], 2);
    assert!(message.contains("sequence-classification"), "{message}");
}

#[test]
fn what_the_file_lacks_the_copy_lacks_too() {
    let dir = tempdir().unwrap();
    let output = embert(&["convert", "--task", "masked-lm", "--model"])
        .arg(reference("bert_model"))
        .arg("--out")
        .arg(dir.path())
        .assert()
        .success();
    let warning = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(warning.contains("missing, and so freshly drawn: cls.predictions.transform.dense.weight"), "{warning}");
    let output = embert(&["inspect", "--json"]).arg(dir.path()).assert().success();
    let found: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(found["missing"].as_array().unwrap().len(), 5);
}

#[test]
fn every_architecture_fills_in_its_mask() {
    for (name, mask) in [("bert", "[MASK]"), ("roberta", "<mask>"), ("albert", "[MASK]"), ("distilbert", "[MASK]")] {
        let output = embert(&["--json", "fill-mask", "--top-k", "300", "--model"])
            .arg(reference(&format!("{name}_masked_lm")))
            .arg(format!("the licence is {mask} ."))
            .assert()
            .success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        // A word of its own stands apart, the rest of a word does not.
        let joined = |text: &str, of: &str| text.contains(&format!("the licence is{of}"));
        assert!(joined(&text, " the .") || joined(&text, " a ."), "{name}: {text}");
    }
}
