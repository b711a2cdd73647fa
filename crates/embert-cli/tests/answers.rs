//! What is said of texts, as processes: similarity, zero-shot, rerank; in Parquet, and in parts.

mod support;

use std::{
    fs::{File, read_to_string, write},
    path::Path,
};

use parquet::{file::reader::SerializedFileReader, record::Row};
use serde_json::{Value, json};
use support::{asked, embert, json_lines, model, refusal};
use tempfile::tempdir;

const TEXTS: [&str; 5] = ["the cat", "a dog , a dog", "the cat", "", "naïve 日本語 text of a few more words"];

/// The rows of a Parquet file.
fn rows(file: &Path) -> Vec<Row> {
    SerializedFileReader::new(File::open(file).unwrap()).unwrap().into_iter().map(Result::unwrap).collect()
}

#[test]
fn texts_are_compared_with_each_other_or_with_those_of_a_file() {
    let (model, dir) = (model("model"), tempdir().unwrap());
    let against = dir.path().join("against.txt");
    write(&against, "a dog , a dog\nthe cat\n").unwrap();
    let of = |more: &[&str]| json_lines(embert(&[&asked("similarity", &model)[..], more].concat()).args(TEXTS));
    let matrix = of(&[]);
    let score = |row: usize, column: usize| matrix[row]["similarities"][column].as_f64().unwrap();
    for (row, line) in matrix.iter().enumerate() {
        assert_eq!(line["similarities"].as_array().unwrap().len(), 5);
        assert!((score(row, row) - 1.0).abs() < 1e-5 && (score(row, 1) - score(1, row)).abs() < 1e-5);
    }
    let nearest = of(&["--nearest", "2"]);
    assert_eq!((&nearest[0]["nearest"][0]["index"], &nearest[0]["nearest"][0]["text"]), (&json!(2), &json!("the cat")));
    assert!(nearest.iter().all(|line| line["nearest"].as_array().unwrap().len() == 2));
    let against = of(&["--against", against.to_str().unwrap(), "--nearest", "1", "--by", "euclidean"]);
    let found = &against[2]["nearest"][0];
    assert_eq!((&found["index"], found["score"].as_f64().unwrap().abs() < 1e-3), (&json!(1), true), "{found}");
}

#[test]
fn ones_own_labels_are_scored() {
    let model = model("sequence_classification_single");
    let all = [&asked("zero-shot", &model)[..], &["--labels", "animals, food ,the law"]].concat();
    let output = embert(&all).args(["the cat sat", "the dog"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("is called entailment"), "LABEL_2 is taken for it");
    let lines = json_lines(embert(&all).args(["the cat sat", "the dog"]));
    let sum =
        |line: &Value| line["labels"].as_array().unwrap().iter().map(|it| it["score"].as_f64().unwrap()).sum::<f64>();
    assert!(lines.len() == 2 && lines.iter().all(|line| (sum(line) - 1.0).abs() < 1e-6), "{lines:?}");
    assert!(lines[0]["labels"].as_array().unwrap().iter().any(|it| it["label"] == "food"));
    let (code, message) = refusal(embert(&all).args(["--template", "no place", "a"]));
    assert!(code == 2 && message.contains("template: it is \"no place\""), "{message}");
    let of = |labels: &[&str]| embert(&[&asked("zero-shot", &model)[..], labels, &["the cat sat"]].concat());
    for none in [&[][..], &["--labels", ""], &["--labels", " , "]] {
        assert_eq!(refusal(&mut of(none)).0, 2, "labels are expected: {none:?}");
    }
    let labels = json_lines(&mut of(&["--labels", "a,,b", "--label", "one, two"]))[0]["labels"].clone();
    assert_eq!(labels.as_array().unwrap().len(), 3, "{labels}");
    assert!(labels.to_string().contains("one, two"), "{labels}");
}

#[test]
fn texts_are_ranked_by_a_query_and_pairs_are_scored() {
    let (model, dir) = (model("sequence_classification_regression"), tempdir().unwrap());
    let pairs = dir.path().join("pairs.jsonl");
    let line = |text: &str| json!({ "query": "who sat", "document": text }).to_string() + "\n";
    write(&pairs, TEXTS.map(line).concat()).unwrap();
    let scores = json_lines(embert(&asked("rerank", &model)).arg("--input").arg(&pairs));
    let ranked = json_lines(embert(&[&asked("rerank", &model)[..], &["--query", "who sat"]].concat()).args(TEXTS));
    assert_eq!(ranked.len(), 5);
    let of = |line: &Value| line["score"].as_f64().unwrap();
    assert!(ranked.windows(2).all(|two| of(&two[0]) >= of(&two[1])));
    for line in &ranked {
        let index = line["index"].as_u64().unwrap() as usize;
        assert!(line["text"] == TEXTS[index] && (of(line) - of(&scores[index])).abs() < 1e-6, "{line}");
    }
    let (code, message) = refusal(embert(&asked("rerank", &model)).args(TEXTS));
    assert!(code == 2 && message.contains("--query"), "{message}");
}

#[test]
fn parts_after_each_other_are_the_whole() {
    let (model, dir) = (model("sequence_classification_single"), tempdir().unwrap());
    let at = |name: &str| dir.path().join(name);
    let lines: String = (0..100).map(|line| "the cat ".repeat(line * 7 % 23) + "\n").collect();
    write(at("in.txt"), lines).unwrap();
    let classify = |flags: &[&str]| {
        let mut command = embert(&asked("classify", &model));
        command.arg("--input").arg(at("in.txt")).arg("--output").arg(at("out.jsonl")).args(flags).assert().success();
    };
    classify(&["--batch-tokens", "1"]);
    for shard in ["1/3", "2/3", "3/3", "2/3"] {
        classify(&["--batch-tokens", "1", "--shard", shard]);
    }
    let parts = ["1", "2", "3"].map(|part| read_to_string(at(&format!("out-0000{part}-of-00003.jsonl"))).unwrap());
    assert_eq!(parts.concat(), read_to_string(at("out.jsonl")).unwrap());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 5);
    let all = asked("classify", &model);
    let refused = |flags: &[&str]| refusal(&mut embert(&[&all[..], flags].concat()));
    assert!(refused(&["--output", "x", "--shard", "1/2"]).1.contains("--input FILE is expected"));
    let pipe = ["--input", "/dev/stdin", "--output", "x", "--shard", "1/2"];
    assert!(refusal(embert(&[&all[..], &pipe].concat()).write_stdin("a\n")).1.contains("--input FILE is expected"));
    assert_eq!(refused(&["--input", "Cargo.toml", "--output", "/dev/null", "--shard", "1/2"]).0, 2);
    assert_eq!(refused(&["--input", "x", "--shard", "1/2"]).0, 2, "an output is expected");
    assert_eq!(refused(&["--input", "x", "--output", "y", "--shard", "0/2"]).0, 2);
}

#[test]
fn an_error_in_a_part_names_the_line_of_the_whole() {
    let (model, dir) = (model("sequence_classification_single"), tempdir().unwrap());
    let input = dir.path().join("in.txt");
    write(&input, "a\n".repeat(7) + &"the ".repeat(500) + "\n" + "a\n").unwrap();
    let mut command = embert(&asked("classify", &model));
    command
        .args(["--no-truncate", "--shard", "2/2", "--output"])
        .arg(dir.path().join("out"))
        .arg("--input")
        .arg(&input);
    let (code, message) = refusal(&mut command);
    assert!(code == 1 && message.contains("in.txt, line 8: the text is 502 tokens long"), "{message}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn answers_are_parquet_where_the_file_is_called_so_and_parquet_is_read() {
    let dir = tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let rank = model("sequence_classification_regression");
    let mut ranked = embert(&[&asked("rerank", &rank)[..], &["--query", "who sat"]].concat());
    ranked.args(TEXTS).arg("--output").arg(at("ranked.parquet")).assert().success();
    assert_eq!(rows(&at("ranked.parquet")).len(), 5);

    // What was written is read: its `text`, in its order.
    let embed = model("model");
    let mut vectors = embert(&asked("embed", &embed));
    vectors.arg("--input").arg(at("ranked.parquet")).arg("--output").arg(at("vectors.parquet")).assert().success();
    let vectors = rows(&at("vectors.parquet"));
    assert_eq!(vectors.len(), 5);
    let of_row = vectors[0].to_string();
    assert!(of_row.starts_with("{embedding: [") && of_row.matches(", ").count() == 31, "{of_row}");

    let tag = model("token_classification");
    let tags = |output: &str| {
        embert(&asked("tag", &tag)).args(TEXTS).arg("--output").arg(at(output)).assert().success();
    };
    tags("tags.parquet");
    tags("tags.jsonl");
    let lines = read_to_string(at("tags.jsonl")).unwrap();
    for (row, line) in rows(&at("tags.parquet")).iter().zip(lines.lines()) {
        assert_eq!(row.to_string().matches("label: ").count(), line.matches("\"label\"").count(), "{row} {line}");
    }
}

#[test]
fn a_block_of_vectors_begins_with_their_number() {
    let (model, dir) = (model("model"), tempdir().unwrap());
    let of = |name: &str| {
        let file = dir.path().join(name);
        embert(&asked("embed", &model)).args(TEXTS).arg("--output").arg(&file).assert().success();
        std::fs::read(file).unwrap()
    };
    let (npy, safetensors) = (of("vectors.npy"), of("vectors.safetensors"));
    let bytes = 5 * 32 * 4;
    assert_eq!(npy[npy.len() - bytes..], safetensors[safetensors.len() - bytes..]);
    assert_eq!(npy.len() % 64, bytes % 64);
    assert!(String::from_utf8_lossy(&npy[..80]).contains("'shape': (5, 32)"));
    let first = json_lines(embert(&asked("embed", &model)).args(TEXTS))[0]["embedding"][0].as_f64().unwrap() as f32;
    assert!((f32::from_le_bytes(npy[128..132].try_into().unwrap()) - first).abs() < 1e-6);
}

#[test]
fn what_is_too_long_is_told_by_file_and_line_of_all_and_counted_once() {
    let dir = tempdir().unwrap();
    let input = dir.path().join("in.txt");
    write(&input, "a\n".to_owned() + &"the ".repeat(500) + "\n").unwrap();
    let (rank, embed, infer) =
        (model("sequence_classification_regression"), model("model"), model("sequence_classification_single"));
    for all in [
        [&asked("rerank", &rank)[..], &["--query", "who"]].concat(),
        asked("similarity", &embed),
        [&asked("similarity", &embed)[..], &["--against", input.to_str().unwrap(), "--input", "Cargo.toml"]].concat(),
        [&asked("zero-shot", &infer)[..], &["--labels", "a,b,c"]].concat(),
    ] {
        let mut command = embert(&all);
        if !all.contains(&"--input") {
            command.arg("--input").arg(&input);
        }
        let output = command.arg("--no-truncate").output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("in.txt, line 2: the text is "), "{all:?}: {message}");
        assert_eq!(output.status.code(), Some(1));
        if all.contains(&"--input") {
            continue;
        }
        let output = embert(&all).arg("--input").arg(&input).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("warning: 1 text(s) were longer"), "{all:?}");
    }
}

#[test]
fn what_cannot_be_written_so_is_told_before_the_model_is_opened() {
    let refused = |command: &str, flags: &[&str]| {
        let model = ["--model", "/nowhere", "a text"];
        refusal(&mut embert(&[&[command][..], &model, flags].concat()))
    };
    for (command, flags, expected) in [
        ("classify", &["--output", "x.npy"][..], "of vectors alone"),
        ("classify", &["--output", "x.jsonl.gz"], "not compressed"),
        ("tag", &["--output", "x.parquet", "--pretty"], "one of both"),
        ("embed", &["--output", "x.npy", "--pretty"], "one of both"),
        ("classify", &["--output", "/nowhere/x.jsonl"], "there is no folder /nowhere"),
        ("zero-shot", &["--labels", "a", "--output", "/nowhere/x.jsonl"], "there is no folder /nowhere"),
    ] {
        let (_, message) = refused(command, flags);
        assert!(message.contains(expected), "{flags:?}: {message}");
    }
    let (code, message) = refusal(&mut embert(&["similarity", "--model", "/nowhere", "--against", "-"]));
    assert!(code == 2 && message.contains("--against: standard input"), "{message}");
    let lines = ["classify", "--model", "/nowhere", "--input", "Cargo.toml", "--text-column", "name"];
    assert!(refusal(&mut embert(&lines)).1.contains("lines have none"));
    let model = model("sequence_classification_single");
    assert_eq!(json_lines(&mut embert(&[&asked("classify", &model)[..], &["--output", "-", "a"]].concat())).len(), 1);
}

#[test]
fn nothing_is_read_where_there_is_nothing() {
    let (classify, dir) = (model("sequence_classification_single"), tempdir().unwrap());
    for name in ["empty.txt", "empty.jsonl"] {
        let input = dir.path().join(name);
        write(&input, "").unwrap();
        assert!(json_lines(embert(&asked("classify", &classify)).arg("--input").arg(&input)).is_empty(), "{name}");
    }
    let null = dir.path().join("null.jsonl");
    write(&null, "{\"text\": \"the cat\", \"pair\": null}\n").unwrap();
    let of_null = json_lines(embert(&asked("classify", &classify)).arg("--input").arg(&null));
    assert_eq!(of_null, json_lines(embert(&asked("classify", &classify)).arg("the cat")));
}
