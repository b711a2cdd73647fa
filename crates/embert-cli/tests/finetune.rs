//! `embert finetune` and `evaluate` as processes: a run of each task, what it leaves, and what is refused.

mod support;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use support::{
    embert, json_lines, refusal,
    runs::{bits, files, metrics, started},
};
use tempfile::{TempDir, tempdir};

/// A model of two layers of 32 that reads 40 tokens, and knows nothing.
fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models").join(case)
}

/// A folder with examples and runs.
struct School(TempDir);

/// Files of a task, and what a model of which family learns of them.
struct Task {
    name: &'static str,
    family: &'static str,
    file: &'static str,
    examples: String,
    figures: &'static [&'static str],
}

const WORDS: [&str; 6] = ["red", "old", "new", "blue", "small", "long"];

fn sentences() -> String {
    let row = |number: usize| {
        let (word, label) = (WORDS[number % 6], if number % 6 < 3 { "good" } else { "bad" });
        format!("the {word} house of town {number},{label}\n")
    };
    format!("text,label\n{}", (0..24).map(row).collect::<String>())
}

fn tags() -> String {
    (0..24).map(|number| format!("the O\n{} B-KIND\nhouse I-KIND\n. O\n\n", WORDS[number % 6])).collect()
}

fn questions() -> String {
    let paragraph = |number: usize| {
        let context = format!("the {} house is in the town .", WORDS[number % 6]);
        let answer = json!({ "text": WORDS[number % 6], "answer_start": 4 });
        json!({ "context": context, "qas": [{ "id": number, "question": "which house ?", "answers": [answer] }] })
    };
    json!({ "data": [{ "paragraphs": (0..24).map(paragraph).collect::<Vec<_>>() }] }).to_string()
}

fn choices() -> String {
    let line = |number: usize| json!({ "context": "the house", "choices": ["is old", "is new"], "label": number % 2 });
    (0..24).map(|number| format!("{}\n", line(number))).collect()
}

fn pairs() -> String {
    let row = |number: usize| format!("the {0} house\tmy {0} house {number}\n", WORDS[number % 6]);
    format!("anchor\tpositive\n{}", (0..24).map(row).collect::<String>())
}

fn tasks() -> [Task; 5] {
    let of_tags = &["loss", "precision", "recall", "f1", "accuracy"][..];
    [
        ("sequence-classification", "bert", "sentences.csv", sentences(), &["loss", "accuracy", "f1"][..]),
        ("token-classification", "roberta", "tags.conll", tags(), of_tags),
        ("question-answering", "albert", "questions.json", questions(), &["loss", "exact_match", "f1"]),
        ("multiple-choice", "distilbert", "choices.jsonl", choices(), &["loss", "accuracy"]),
        ("embedding", "bert", "pairs.tsv", pairs(), &["loss", "accuracy"]),
    ]
    .map(|(name, family, file, examples, figures)| Task { name, family, file, examples, figures })
}

impl School {
    fn open() -> Self {
        Self(tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// A run of a task in the folder `out`, of the model that knows no task, but for what `more` says otherwise.
    fn finetune(&self, task: &str, [training, held_out]: [&Path; 2], out: &str, more: &[&str]) -> Command {
        let mut command = embert(&["finetune", "--task", task, "--log-every", "1"]);
        if !more.contains(&"--batch-size") {
            command.args(["--batch-size", "8"]);
        }
        if !more.contains(&"--model") {
            command.arg("--model").arg(reference("bert_model"));
        }
        command.arg("--train").arg(training).arg("--valid").arg(held_out).arg("--out").arg(self.path(out)).args(more);
        command
    }

    /// The same, of sentences with a class each, which are held out too.
    fn classify(&self, out: &str, more: &[&str]) -> Command {
        let file = self.write("sentences.csv", &sentences());
        self.finetune("sequence-classification", [&file, &file], out, more)
    }
}

fn evaluate(model: &Path, data: &Path, more: &[&str]) -> Command {
    let mut command = embert(&["evaluate", "--model"]);
    command.arg(model).arg("--data").arg(data).args(more);
    command
}

fn config(model: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(model.join("config.json")).unwrap()).unwrap()
}

#[test]
fn a_run_leaves_its_best_model_with_the_names_of_its_classes() {
    let school = School::open();
    let events = json_lines(&mut school.classify("run", &["--json"]));
    assert_eq!(events[0]["event"], "data");
    assert_eq!((&events[0]["training"], &events[0]["labels"]), (&json!(24), &json!(["bad", "good"])));
    let begun = events.iter().find(|event| event["event"] == "begun").unwrap();
    assert_eq!(begun["drawn"], json!(["classifier.weight", "classifier.bias"]));

    let run = school.path("run");
    let left = ["best", "checkpoints", "config.toml", "metrics.jsonl", "model", "report.html"];
    assert!(left.iter().all(|name| files(&run).contains(&(*name).to_owned())), "{:?}", files(&run));
    assert_eq!(files(&run.join("best")), files(&run.join("model")));
    let config = config(&run.join("best"));
    assert_eq!(config["architectures"], json!(["BertForSequenceClassification"]));
    assert_eq!(config["problem_type"], "single_label_classification");
    assert_eq!(config["id2label"], json!({ "0": "bad", "1": "good" }));
    assert_eq!(config["label2id"], json!({ "bad": 0, "good": 1 }));

    // 24 examples are 3 steps an epoch.
    let looks: Vec<Value> = metrics(&run).into_iter().filter(|line| line["event"] == "validated").collect();
    assert_eq!(looks.iter().map(|look| look["step"].as_u64().unwrap()).collect::<Vec<_>>(), [3, 6, 9]);
    let accuracy = |look: &Value| look["valid_accuracy"].as_f64().unwrap();
    let best = looks.iter().map(accuracy).fold(0.0, f64::max);
    let judged = &json_lines(&mut evaluate(&run.join("best"), &school.path("sentences.csv"), &[]))[0];
    assert_eq!(judged["metrics"]["accuracy"], best);

    let others = school.write("others.csv", "text,label\nthe old house,fair\n");
    let (code, message) = refusal(&mut evaluate(&run.join("best"), &others, &[]));
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("line 2: label \"fair\" is none of the labels"), "{message}");
}

#[test]
fn every_task_is_learned_and_judged_by_its_own_figures() {
    let school = School::open();
    for Task { name, family, file, examples, figures } in tasks() {
        let file = school.write(file, &examples);
        let model = reference(&format!("{family}_masked_lm"));
        let more = ["--quiet", "--steps", "2", "--model", model.to_str().unwrap()];
        school.finetune(name, [&file, &file], name, &more).assert().success().stdout("").stderr("");
        let best = school.path(name).join("best");
        let judged = &json_lines(&mut evaluate(&best, &file, &[]))[0];
        assert_eq!(judged["examples"], 24, "{name}");
        let metrics = judged["metrics"].as_object().unwrap();
        assert!(figures.iter().all(|figure| metrics[*figure].is_f64()), "{name}: {judged}");
    }
    let vector = json_lines(embert(&["embed", "--model"]).arg(school.path("embedding/best")).write_stdin("a house\n"));
    assert_eq!(vector.len(), 1);
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_bits_of_one_that_was_not_whatever_the_threads() {
    let school = School::open();
    let run = |out: &str, threads: &str| {
        let more = ["--steps", "60", "--save-every", "5", "--validate-every", "20", "--threads", threads, "--quiet"];
        school.classify(out, &more)
    };
    run("whole", "2").assert().success();
    let (whole, killed) = (school.path("whole"), school.path("killed"));
    let mut child = started(&run("killed", "1"), &killed, "checkpoints/step-00000005");
    child.kill().unwrap();
    child.wait().unwrap();
    embert(&["finetune", "--resume", "--quiet", "--threads", "1", "--out"]).arg(&killed).assert().success();
    assert_eq!(metrics(&killed), metrics(&whole));
    assert!(bits(&killed) == bits(&whole));
    let best = |run: &Path| std::fs::read(run.join("best/model.safetensors")).unwrap();
    assert!(best(&killed) == best(&whole));
}

#[test]
fn a_run_goes_on_with_nothing_else_than_it_was_begun_with() {
    let school = School::open();
    school.classify("run", &["--quiet", "--lr", "1e-3"]).assert().success();
    let other = ["--resume", "--lr", "2e-3", "--batch-size", "4", "--task", "embedding", "--out"];
    let (code, message) = refusal(embert(&["finetune"]).args(other).arg(school.path("run")));
    assert_eq!(code, 2, "{message}");
    for words in [
        "optimizer.learning_rate (was 0.001, now 0.002)",
        "batch.examples (was 8, now 4)",
        "task (was \"sequence-classification\", now \"embedding\")",
    ] {
        assert!(message.contains(words), "{message}");
    }

    std::fs::remove_dir_all(school.path("run/checkpoints/step-00000009")).unwrap();
    school.write("sentences.csv", "text,label\na,good\nb,bad\n");
    let (code, message) = refusal(embert(&["finetune", "--resume", "--out"]).arg(school.path("run")));
    assert_eq!((code, message.contains("data.rows (was [24, 24], now [2, 2])")), (2, true), "{message}");
}

#[test]
fn a_file_that_is_wrong_is_named_with_its_line_and_leaves_no_folder() {
    let school = School::open();
    let row = "text,label\na,good\nb,bad\n";
    let squad = |answer: &str| {
        let answer = json!({ "text": answer, "answer_start": 4 });
        let question = json!({ "id": "q7", "question": "who ?", "answers": [answer] });
        json!({ "data": [{ "paragraphs": [{ "context": "the red house", "qas": [question] }] }] }).to_string()
    };
    let choice = "{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"label\": 1}\n";
    let third = choice.replace("\"label\": 1", "\"label\": 2");
    for (task, ending, training, held_out, words) in [
        ("sequence-classification", "csv", row, "text,label\na,good\nb,fine\n", "line 3: label \"fine\" is none of"),
        ("sequence-classification", "csv", row, "words,label\na,good\n", "line 1: no column \"text\""),
        ("sequence-classification", "csv", "text,label\na,good\n", row, "its labels are good; two or more"),
        ("sequence-classification", "csv", row, "text,label\n", "no example here"),
        ("sequence-classification", "csv", row, "", "no column"),
        ("token-classification", "conll", "a O\nb B-X\n", "a O\n\nb B-Y\n", "line 3: label \"B-Y\" is none of"),
        ("token-classification", "conll", "a O\nb B-X\n", "a O\nb\n", "line 2: expected a word and a tag"),
        ("question-answering", "json", &squad("red"), &squad("blue"), "question \"q7\": the answer \"blue\""),
        ("multiple-choice", "jsonl", choice, &third, "line 1: expected the number of a choice, 0 to 1"),
        ("embedding", "tsv", "anchor\tpositive\na\tb\n", "anchor\na\n", "line 1: no column"),
    ] {
        let training = school.write(&format!("train.{ending}"), training);
        let held_out = school.write(&format!("valid.{ending}"), held_out);
        let (code, message) = refusal(&mut school.finetune(task, [&training, &held_out], "run", &[]));
        assert_eq!(code, 1, "{words}: {message}");
        let file = if words.starts_with("its labels") { &training } else { &held_out };
        assert!(message.contains(words) && message.contains(file.to_str().unwrap()), "{words}: {message}");
        assert!(!school.path("run").exists(), "{words}");
    }
    let none = school.path("none.tsv");
    let (code, message) = refusal(&mut school.finetune("embedding", [&none, &none], "run", &[]));
    assert_eq!((code, message.contains("none.tsv")), (1, true), "{message}");
    assert!(!school.path("run").exists());
}

#[test]
fn what_cannot_be_asked_for_is_refused_and_leaves_no_folder() {
    let school = School::open();
    let sentences = school.write("sentences.csv", &sentences());
    for (task, flags, words) in [
        ("translation", &[][..], "is no such task"),
        ("sequence-classification", &["--epochs", "0"], "a number above 0"),
        ("sequence-classification", &["--epochs", "1", "--steps", "3"], "cannot be used with"),
        ("sequence-classification", &["--batch-size", "0"], "1 or more"),
        ("sequence-classification", &["--max-length", "41"], "data.max_length: it is 41; the model reads 40 tokens"),
        ("sequence-classification", &["--pair-column", "text"], "--text-column"),
        ("multiple-choice", &["--label-column", "label"], "the files of multiple-choice have columns of their own"),
    ] {
        let (code, message) = refusal(&mut school.finetune(task, [&sentences, &sentences], "run", flags));
        assert_eq!(code, 2, "{flags:?}: {message}");
        assert!(message.contains(words), "{flags:?}: {message}");
        assert!(!school.path("run").exists(), "{flags:?}");
    }
    let (code, message) = refusal(embert(&["finetune", "--task", "embedding", "--out"]).arg(school.path("run")));
    assert_eq!((code, message.contains("model: it is missing; --model DIR is expected")), (2, true), "{message}");
    let (code, message) = refusal(embert(&["finetune", "--resume", "--out"]).arg(school.path("run")));
    assert_eq!((code, message.contains("task: it is missing")), (2, true), "{message}");
    assert!(!school.path("run").exists());
}

#[test]
fn a_run_ends_when_its_patience_does() {
    let school = School::open();
    // With such a rate no model is better than the first.
    let more = ["--steps", "40", "--validate-every", "2", "--patience", "2", "--lr", "1e-12"];
    let output = school.classify("run", &more).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("ended it at step 6 of 40: no better model was found"), "{said}");
    assert_eq!(files(&school.path("run/checkpoints")).last().unwrap(), "step-00000006");
    // Which is its end.
    let weights = bits(&school.path("run"));
    let mut again = embert(&["finetune", "--resume", "--out"]);
    again.arg(school.path("run")).assert().success();
    assert!(weights == bits(&school.path("run")));
}

#[test]
fn what_the_labels_are_is_told_and_how_many_have_none() {
    let school = School::open();
    let said = |file: &Path, out: &str| {
        let more = ["--steps", "1"];
        let output = school.finetune("sequence-classification", [file, file], out, &more).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let numbers = school.write("numbers.csv", "text,label\nred,0.0\nold,1.0\nnew,0.0\n");
    assert!(said(&numbers, "numbers").contains("labels      numbers: regression"));
    let gold = school.write("gold.csv", "text,gold_label\nred,yes\nold,-\nnew,no\n");
    let told = said(&gold, "gold");
    assert!(told.contains("2, 2 held out, 2 without a label left out"), "{told}");
    let judged = &json_lines(&mut evaluate(&school.path("gold/best"), &gold, &[]))[0];
    assert_eq!((&judged["examples"], &judged["passed_over"]), (&json!(2), &json!(1)));
}

#[test]
fn a_model_that_fills_in_words_is_judged_by_text() {
    let school = School::open();
    let text = school.write("text.txt", &"the red house is old .\nit is in the town .\n\n".repeat(8));
    let model = reference("bert_masked_lm");
    let judged = |more: &[&str]| json_lines(&mut evaluate(&model, &text, more)).remove(0);
    let first = judged(&[]);
    // Rows of as many sentences as fit.
    assert_eq!(first["examples"], 4);
    let [loss, perplexity] = ["loss", "perplexity"].map(|figure| first["metrics"][figure].as_f64().unwrap());
    assert!((loss.exp() - perplexity).abs() < 1e-9 * perplexity, "{first}");
    assert!((0.0..=1.0).contains(&first["metrics"]["accuracy"].as_f64().unwrap()), "{first}");
    assert_eq!(first, judged(&["--threads", "1"]));
    assert_ne!(first, judged(&["--seed", "7"]));
}

#[test]
fn a_model_is_not_judged_by_what_it_has_no_head_for() {
    let school = School::open();
    let sentences = school.write("sentences.csv", &sentences());
    for (case, flags, code, words) in [
        ("bert_masked_lm", &["--task", "sequence-classification"][..], 1, "the model has no head for that"),
        ("bert_model", &["--task", "masked-lm"], 1, "the model has no head for that"),
        ("bert_model", &[], 1, "--task is expected"),
        ("bert_masked_lm", &["--task", "translation"], 2, "or masked-lm"),
        ("bert_sequence_classification_single", &["--data", "Cargo.toml"], 2, "one file of examples is expected"),
    ] {
        let (found, message) = refusal(&mut evaluate(&reference(case), &sentences, flags));
        assert_eq!(found, code, "{case}: {message}");
        assert!(message.contains(words), "{case}: {message}");
    }
}
