//! `embert distill` as a process: a student of each kind, and what is refused.

mod support;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use support::{
    embert, json_lines, refusal,
    runs::{bits, corpus, metrics, pretrain},
};
use tempfile::{TempDir, tempdir};

/// A teacher of three layers, its corpus, and a folder for students.
struct School {
    corpus: TempDir,
    folder: TempDir,
}

impl School {
    fn open(recipe: &str) -> Self {
        let (corpus, folder) = (corpus(), tempdir().unwrap());
        let config = folder.path().join("teacher.toml");
        std::fs::write(&config, "[model.keys]\nnum_hidden_layers = 3\n").unwrap();
        let words = if recipe == "roberta" { "300" } else { "120" };
        let flags = ["--quiet", "--recipe", recipe, "--steps", "2", "--vocab-size", words];
        let flags = [&flags[..], &["--config", config.to_str().unwrap()]].concat();
        pretrain(corpus.path(), &folder.path().join("teacher"), &flags).assert().success();
        Self { corpus, folder }
    }

    fn teacher(&self) -> PathBuf {
        self.folder.path().join("teacher/model")
    }

    fn distill(&self, student: &str, more: &[&str]) -> Command {
        let mut command = embert(&["distill", "--steps", "4", "--batch-tokens", "256", "--log-every", "1"]);
        command.arg("--teacher").arg(self.teacher()).arg("--corpus").arg(self.corpus.path());
        command.arg("--out").arg(self.folder.path().join(student)).args(more);
        command
    }

    fn student(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn config(run: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(run.join("model/config.json")).unwrap()).unwrap()
}

#[test]
fn a_berts_student_is_a_distilbert_that_begins_as_its_layers_and_answers() {
    let school = School::open("bert");
    let events = json_lines(&mut school.distill("student", &["--json"]));
    let student = events.iter().find(|event| event["event"] == "student").unwrap();
    assert_eq!(student["layers"], serde_json::json!([0, 2]));
    let run = school.student("student");
    assert_eq!(config(&run)["model_type"], "distilbert");
    assert_eq!(config(&run)["n_layers"], 2);
    let lines = metrics(&run);
    assert!(
        ["ce_loss", "mlm_loss", "cos_loss", "mlm_accuracy"].iter().all(|key| lines[0][key].is_f64()),
        "{}",
        lines[0]
    );
    assert!(lines[0].get("ce_accuracy").is_none(), "{}", lines[0]);
    let model = run.join("model");
    let fills = json_lines(&mut embert(&["fill-mask", "--json", "--model", model.to_str().unwrap(), "a [MASK]."]));
    assert_eq!(fills[0]["fills"].as_array().unwrap().len(), 5);
}

#[test]
fn a_student_that_goes_on_comes_to_the_same_whatever_the_threads() {
    let school = School::open("bert");
    for (name, threads) in [("whole", "1"), ("again", "2")] {
        school.distill(name, &["--quiet", "--threads", threads, "--save-every", "2"]).assert().success();
    }
    let whole = bits(&school.student("whole"));
    assert!(whole == bits(&school.student("again")), "two threads gave other weights than one");
    // Back to the second step.
    let run = school.student("again");
    std::fs::remove_dir_all(run.join("checkpoints/step-00000004")).unwrap();
    embert(&["distill", "--quiet", "--resume", "--out", run.to_str().unwrap()]).assert().success();
    assert!(whole == bits(&run), "a run that went on came to other weights");
    let text = |name: &str| std::fs::read_to_string(school.student(name).join("model/config.json")).unwrap();
    assert_eq!(text("again"), text("whole"));
}

#[test]
fn the_config_of_a_run_begins_another() {
    let school = School::open("bert");
    school.distill("first", &["--quiet"]).assert().success();
    let config = school.student("first/config.toml");
    school.distill("second", &["--quiet", "--config", config.to_str().unwrap()]).assert().success();
    assert!(bits(&school.student("first")) == bits(&school.student("second")));
}

#[test]
fn other_families_have_students_of_their_own() {
    for (recipe, layers) in [("roberta", "num_hidden_layers"), ("albert", "num_hidden_layers")] {
        let school = School::open(recipe);
        school.distill("student", &["--quiet", "--cosine", "all"]).assert().success();
        let config = config(&school.student("student"));
        assert_eq!((&config["model_type"], &config[layers]), (&recipe.into(), &2.into()));
    }
}

#[test]
fn a_student_of_another_width_starts_fresh_and_says_so() {
    let school = School::open("bert");
    let mut keys = config(&school.student("teacher"));
    (keys["hidden_size"], keys["intermediate_size"]) = (64.into(), 128.into());
    let file = school.student("student.json");
    std::fs::write(&file, keys.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let (code, message) = refusal(&mut school.distill("student", &["--student-config", file]));
    assert_eq!(code, 2);
    assert!(message.contains("hidden_size is 64 (teacher: 128)"), "{message}");
    let events = json_lines(&mut school.distill("student", &["--json", "--student-config", file, "--alpha-cos", "0"]));
    let student = events.iter().find(|event| event["event"] == "student").unwrap();
    assert!(student["layers"].is_null(), "{student}");
}

#[test]
fn a_student_begins_and_ends_its_texts_with_its_teachers_words() {
    let school = School::open("bert");
    let mut keys = config(&school.student("teacher"));
    (keys["model_type"], keys["type_vocab_size"]) = ("roberta".into(), 1.into());
    (keys["bos_token_id"], keys["eos_token_id"]) = (0.into(), 2.into());
    let file = school.student("student.json");
    std::fs::write(&file, keys.to_string()).unwrap();
    school.distill("student", &["--quiet", "--student-config", file.to_str().unwrap()]).assert().success();
    let config = config(&school.student("student"));
    // [CLS] and [SEP].
    assert_eq!((&config["bos_token_id"], &config["eos_token_id"]), (&2.into(), &3.into()));
}

#[test]
fn a_teacher_that_cannot_teach_is_refused_before_anything_is_made() {
    let school = School::open("bert");
    let without = school.student("without");
    std::fs::create_dir(&without).unwrap();
    for file in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(school.teacher().join(file), without.join(file)).unwrap();
    }
    let headless = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models/bert_model");
    for (teacher, words) in [(&headless, "it has no head for masked words"), (&without, "model.safetensors")] {
        let mut command = embert(&["distill", "--max-length", "32", "--corpus", "nowhere", "--teacher"]);
        let (code, message) = refusal(command.arg(teacher).arg("--out").arg(school.student("student")));
        assert_eq!((code, message.contains(words)), (1, true), "{message}");
        assert!(message.contains(teacher.to_str().unwrap()) && !school.student("student").exists(), "{message}");
    }
}

#[test]
fn what_no_teacher_can_teach_is_refused() {
    let school = School::open("bert");
    let mut keys = config(&school.student("teacher"));
    let (same, pairs) = (school.student("same.json"), school.student("pairs.toml"));
    std::fs::write(&same, keys.to_string()).unwrap();
    std::fs::write(&pairs, "[data]\nform = \"next-sentence\"\n").unwrap();
    keys["vocab_size"] = 99.into();
    let other = school.student("other.json");
    std::fs::write(&other, keys.to_string()).unwrap();
    for (flags, words) in [
        (&["--student-layers", "0,3"][..], "ascending numbers below 3"),
        (&["--student-layers", "1,0"], "ascending"),
        (&["--student-config", other.to_str().unwrap()], "the student has 99 words"),
        (&["--temperature", "0"], "temperature"),
        (&["--alpha-ce=-1"], "a number, 0 or more"),
        (&["--max-length", "64"], "the teacher reads 32 tokens"),
        (&["--config", pairs.to_str().unwrap()], "data.form"),
        (
            &["--student-layers", "0", "--student-config", same.to_str().unwrap()],
            "one for each of the student's 3 layers",
        ),
    ] {
        let (code, message) = refusal(&mut school.distill("student", flags));
        assert_eq!(code, 2, "{flags:?}: {message}");
        assert!(message.contains(words), "{flags:?}: {message}");
        assert!(!school.student("student").exists(), "{flags:?}");
    }
    let run = school.student("alone");
    let flags = ["--quiet", "--recipe", "distilbert", "--steps", "2"];
    pretrain(school.corpus.path(), &run, &flags).assert().success();
    let (code, message) = refusal(&mut embert(&["distill", "--resume", "--out", run.to_str().unwrap()]));
    assert_eq!((code, message.contains("has no teacher")), (2, true), "{message}");
    let corpus = school.corpus.path().to_str().unwrap();
    let (code, message) = refusal(&mut embert(&["distill", "--corpus", corpus, "--out", "nowhere"]));
    assert_eq!((code, message.contains("--teacher")), (2, true), "{message}");
}
