//! `embert classify`, `tag` and `answer`, as processes.

mod support;

use std::fs::write;

use serde_json::{Value, json};
use support::{asked, embert, json_lines, model, refusal};
use tempfile::tempdir;

#[test]
fn texts_are_arguments_lines_or_a_table() {
    let model = model("sequence_classification_single");
    let dir = tempdir().unwrap();
    let table = dir.path().join("texts.csv");
    write(&table, "text,pair\nthe cat,sat\nthe dog,\n").unwrap();
    let all = asked("classify", &model);
    let of = |more: &[&str], input: &'static str| json_lines(embert(&[&all[..], more].concat()).write_stdin(input));
    let lines = of(&[], "the cat\nthe dog\n\n");
    assert_eq!(lines.len(), 3);
    assert_eq!(of(&["the cat", "the dog"], ""), lines[..2]);
    let labels = lines[0]["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 3);
    let scores: Vec<f64> = labels.iter().map(|label| label["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && (scores.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{scores:?}");
    let rows = of(&["--input", table.to_str().unwrap()], "");
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0], lines[0], "of a pair");
    assert_eq!(rows[1], lines[1], "an empty second text is none");
    assert_eq!(of(&["--top-k", "1"], "the cat\n")[0]["labels"].as_array().unwrap().len(), 1);
}

#[test]
fn entities_stand_where_their_offsets_say() {
    let model = model("token_classification");
    let text = "naïve Anna went to Paris.";
    let lines = json_lines(&mut embert(&[&asked("tag", &model)[..], &["--aggregation", "simple", text]].concat()));
    let entities = lines[0]["entities"].as_array().unwrap();
    assert!(!entities.is_empty());
    for entity in entities {
        let place = |key: &str| entity[key].as_u64().unwrap() as usize;
        let there: String = text.chars().skip(place("start")).take(place("end") - place("start")).collect();
        assert_eq!(entity["text"], there);
    }
    let (code, message) = refusal(&mut embert(&[&asked("tag", &model)[..], &["--aggregation", "best", text]].concat()));
    assert!(code == 2 && message.contains("none, simple, first, average, max"), "{message}");
}

#[test]
fn questions_are_flags_or_json_lines() {
    let model = model("question_answering");
    let (question, context) = ("who sat", "the cat sat on the mat .");
    let all = asked("answer", &model);
    let flags = json_lines(&mut embert(&[&all[..], &["--question", question, "--context", context]].concat()));
    let line = json!({ "question": question, "context": context }).to_string() + "\n";
    assert_eq!(json_lines(embert(&all).write_stdin(line.repeat(2))), [flags.clone(), flags.clone()].concat());
    let answer = &flags[0]["answers"][0];
    let place = |key: &str| answer[key].as_u64().unwrap() as usize;
    assert_eq!(answer["text"], context[place("start")..place("end")]);
    assert!(flags[0]["no_answer_score"].is_number());
    let none = json!({ "question": question, "context": "" }).to_string();
    assert_eq!(json_lines(embert(&all).write_stdin(none))[0]["answers"], Value::Array(Vec::new()));
    let (code, message) = refusal(embert(&all).write_stdin("{\"question\": \"who\"}\n"));
    assert!(code == 1 && message.contains("standard input, line 1: missing field `context`"), "{message}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::{
        io::{Read, Write},
        process::{Command, Stdio},
    };
    let model = model("sequence_classification_single");
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("embert"))
        .args(asked("classify", &model))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all("the cat\n".repeat(5000).as_bytes()));
    child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    assert!(child.wait().unwrap().success());
    let _ = writer.join();
}

#[test]
fn what_cannot_be_read_is_told_before_the_model_is_opened() {
    let (code, message) = refusal(&mut embert(&["classify", "--model", "/nowhere", "--input", "/nowhere.txt"]));
    assert!(code == 1 && message.starts_with("error: /nowhere.txt: "), "{message}");
    let model = model("token_classification");
    let dir = tempdir().unwrap();
    let table = dir.path().join("texts.jsonl");
    write(&table, "{\"text\": \"a\", \"pair\": \"b\"}\n").unwrap();
    let (code, message) =
        refusal(&mut embert(&[&asked("tag", &model)[..], &["--input", table.to_str().unwrap()]].concat()));
    assert!(code == 2 && message.contains("texts alone are expected"), "{message}");
}

#[test]
fn vectors_have_the_length_that_the_directory_says() {
    let model = model("model");
    let length = |more: &[&str]| {
        let line = json_lines(&mut embert(&[&asked("embed", &model)[..], &["the cat"], more].concat())).remove(0);
        let numbers = line["embedding"].as_array().unwrap().iter().map(|number| number.as_f64().unwrap());
        numbers.map(|number| number * number).sum::<f64>().sqrt()
    };
    // Without modules.json they are normalised.
    assert!((length(&[]) - 1.0).abs() < 1e-5 && (length(&["--no-normalize"]) - 1.0).abs() > 0.1);
    let module = |index: usize, path: &str, name: &str| {
        json!({ "idx": index, "name": index.to_string(), "path": path,
            "type": format!("sentence_transformers.models.{name}") })
    };
    let modules = json!([module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling")]);
    write(model.path().join("modules.json"), modules.to_string()).unwrap();
    std::fs::create_dir(model.path().join("1_Pooling")).unwrap();
    let pooling = json!({ "word_embedding_dimension": 32, "pooling_mode_mean_tokens": true });
    write(model.path().join("1_Pooling/config.json"), pooling.to_string()).unwrap();
    assert!((length(&[]) - 1.0).abs() > 0.1);
    assert_eq!(length(&["--no-normalize"]), length(&[]));
    assert!((length(&["--normalize"]) - 1.0).abs() < 1e-5);
}
