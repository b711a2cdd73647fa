//! With what a fine-tuning begins, and with what it goes on: models and examples, settings, folders.

mod support;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::json;
use support::{
    embert, json_lines, refusal,
    runs::{bits, corpus, pretrain},
};
use tempfile::{TempDir, tempdir};

/// A model of two layers of 32, of 320 words, that reads 40 tokens and knows nothing.
fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models").join(case)
}

/// Copies a model's files, but for what stands in `without`.
fn copy(model: &Path, to: &Path, without: &str) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(model).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap();
        if name != without {
            std::fs::copy(&file, to.join(name)).unwrap();
        }
    }
}

/// 24 rows of the same length whatever the word is, which are 3 steps an epoch.
fn sentences(word: &str) -> String {
    let row = |number: usize| format!("the {word} house {number:02},{}\n", ["good", "bad"][number % 2]);
    format!("text,label\n{}", (0..24).map(row).collect::<String>())
}

/// A folder with `sentences.csv`, in which `run` begins.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("sentences.csv"), sentences("red")).unwrap();
    folder
}

/// A run of the sentences in a folder, from there.
fn begin(folder: &Path, out: &str, more: &[&str]) -> Command {
    let mut command = embert(&["finetune", "--quiet", "--task", "sequence-classification", "--batch-size", "8"]);
    if !more.contains(&"--model") {
        command.arg("--model").arg(reference("bert_model"));
    }
    command.args(["--train", "sentences.csv", "--valid", "sentences.csv", "--out", out]).args(more).current_dir(folder);
    command
}

fn resume(run: &Path, more: &[&str]) -> Command {
    let mut command = embert(&["finetune", "--quiet", "--resume", "--out"]);
    command.arg(run).args(more);
    command
}

#[test]
fn a_run_does_not_go_on_with_other_examples_of_the_same_number() {
    let folder = folder();
    begin(folder.path(), "run", &[]).assert().success();
    std::fs::remove_dir_all(folder.path().join("run/checkpoints/step-00000009")).unwrap();
    std::fs::write(folder.path().join("sentences.csv"), sentences("old")).unwrap();
    let (code, message) = refusal(&mut resume(&folder.path().join("run"), &[]));
    assert_eq!((code, message.contains("data.contents (was ")), (2, true), "{message}");
}

#[test]
fn a_run_goes_on_from_whatever_folder() {
    let folder = folder();
    begin(folder.path(), "run", &[]).assert().success();
    let run = folder.path().join("run");
    let weights = bits(&run);
    std::fs::remove_dir_all(run.join("checkpoints/step-00000009")).unwrap();
    resume(&run, &[]).current_dir("/").assert().success();
    assert!(bits(&run) == weights);
    // What was said with the folder in mind is the same file there.
    begin(folder.path(), "run", &["--resume"]).assert().success();
}

#[test]
fn what_is_so_by_default_may_be_said_and_the_config_of_a_run_begins_another() {
    let folder = folder();
    begin(folder.path(), "run", &[]).assert().success();
    begin(folder.path(), "run", &["--resume", "--epochs", "3"]).assert().success();
    let (code, message) = refusal(&mut begin(folder.path(), "run", &["--resume", "--epochs", "4"]));
    assert_eq!((code, message.contains("(was \"3 epochs\", now \"4 epochs\")")), (2, true), "{message}");

    begin(folder.path(), "another", &["--config", "run/config.toml"]).assert().success();
    assert!(bits(&folder.path().join("run")) == bits(&folder.path().join("another")));
    let config = std::fs::read_to_string(folder.path().join("run/config.toml")).unwrap();
    std::fs::write(folder.path().join("other.toml"), config.replace("\nsteps = 9", "\nsteps = 8")).unwrap();
    let (code, message) = refusal(&mut begin(folder.path(), "third", &["--config", "other.toml"]));
    assert_eq!((code, message.contains("schedule.steps: it is 8, and 3 epochs are 9")), (2, true), "{message}");
    assert!(!folder.path().join("third").exists());
}

#[test]
fn numbers_that_no_run_has_are_wrong_use_wherever_they_are_said() {
    let folder = folder();
    for (config, flags, words) in [
        ("", &["--epochs", "1e300"][..], "at most 1000000"),
        ("[schedule]\nbudget = \"1e300 epochs\"\n", &[], "schedule.budget: it is \"1e300 epochs\"; a number above 0"),
        ("[schedule]\nbudget = \"3\"\n", &[], "\"3 epochs\", or another number, is expected"),
        ("[data]\nmax_length = 3\n", &[], "data.max_length: it is 3; 8 or more are expected"),
        ("[data]\nmax_lengths = 3\n", &[], "max_lengths"),
        ("no toml\n", &[], "config.toml"),
    ] {
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let mut command = begin(folder.path(), "run", flags);
        let (code, message) = refusal(command.args(["--config", "config.toml"]));
        assert_eq!((code, message.contains(words)), (2, true), "{config}: {message}");
        assert!(!folder.path().join("run").exists(), "{config}");
    }
}

#[test]
fn a_run_is_gone_on_with_by_its_own_command() {
    let (folder, corpus) = (folder(), corpus());
    begin(folder.path(), "tuned", &["--steps", "1"]).assert().success();
    let [tuned, trained] = ["tuned", "trained"].map(|run| folder.path().join(run));
    pretrain(corpus.path(), &trained, &["--quiet", "--steps", "1"]).assert().success();
    for (command, run, whose) in
        [("finetune", &trained, "pretrain"), ("pretrain", &tuned, "finetune"), ("distill", &tuned, "finetune")]
    {
        let (code, message) = refusal(embert(&[command, "--resume", "--out"]).arg(run));
        assert_eq!(code, 2, "{command}: {message}");
        assert!(message.contains(&format!("it is a run of `embert {whose}`")), "{command}: {message}");
    }
}

#[test]
fn the_transformer_of_a_directory_may_lie_in_a_folder_of_its_own() {
    let folder = folder();
    let model = folder.path().join("sentences");
    copy(&reference("bert_model"), &model.join("0_Transformer"), "case.json");
    let module = |index: usize, name: &str| {
        json!({ "idx": index, "name": index.to_string(), "path": format!("{index}_{name}"),
            "type": format!("sentence_transformers.models.{name}") })
    };
    let modules = json!([module(0, "Transformer"), module(1, "Pooling")]);
    std::fs::write(model.join("modules.json"), modules.to_string()).unwrap();
    std::fs::create_dir(model.join("1_Pooling")).unwrap();
    let pooling = json!({ "word_embedding_dimension": 32, "pooling_mode_mean_tokens": true });
    std::fs::write(model.join("1_Pooling/config.json"), pooling.to_string()).unwrap();
    begin(folder.path(), "run", &["--steps", "1", "--model", "sentences"]).assert().success();
}

#[test]
fn a_tokenizer_with_more_words_than_its_model_is_refused_and_named() {
    let (folder, corpus) = (folder(), corpus());
    let model = folder.path().join("model");
    copy(&reference("bert_masked_lm"), &model, "vocab.txt");
    let words = "../embert-tokenizer/tests/reference/wordpiece_uncased/tokenizer.json";
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(words), model.join("tokenizer.json")).unwrap();
    let mut evaluated = embert(&["evaluate", "--model"]);
    evaluated.arg(&model).arg("--data").arg(corpus.path());
    let mut distilled = embert(&["distill", "--teacher"]);
    distilled.arg(&model).arg("--corpus").arg(corpus.path()).arg("--out").arg(folder.path().join("run"));
    let tuned = begin(folder.path(), "run", &["--model", "model"]);
    for mut command in [evaluated, distilled, tuned] {
        let (code, message) = refusal(&mut command);
        assert_eq!(code, 1, "{message}");
        let is_told = message.contains("/model: its tokenizer has 1000 words; the model has 320");
        assert!(is_told && !folder.path().join("run").exists(), "{message}");
    }
}

#[test]
fn of_pairs_with_scores_a_model_has_the_figures_that_do_not_depend_on_the_highest() {
    let folder = folder();
    let file = folder.path().join("pairs.tsv");
    let row = |row: usize| format!("the house {row}\tmy house {}\t{}\n", row % 4, row % 4);
    std::fs::write(&file, format!("sentence1\tsentence2\tscore\n{}", (0..12).map(row).collect::<String>())).unwrap();
    let mut command = embert(&["evaluate", "--task", "embedding", "--model"]);
    let judged = json_lines(command.arg(reference("bert_model")).arg("--data").arg(&file)).remove(0);
    let mut figures: Vec<&String> = judged["metrics"].as_object().unwrap().keys().collect();
    figures.sort();
    assert_eq!(figures, ["loss", "pearson", "spearmanr"]);
}

#[test]
fn masked_words_are_those_of_the_column_that_is_said_and_rows_are_not_longer_than_the_model_reads() {
    let folder = folder();
    let file = folder.path().join("table.csv");
    std::fs::write(&file, format!("body,label\n{}", "the red house is in the old town .,good\n".repeat(20))).unwrap();
    let evaluate = |more: &[&str]| {
        let mut command = embert(&["evaluate", "--model"]);
        command.arg(reference("bert_masked_lm")).arg("--data").arg(&file).args(more);
        command
    };
    assert!(json_lines(&mut evaluate(&["--text-column", "body"]))[0]["metrics"]["perplexity"].is_f64());
    for (flags, words) in [
        (&["--text-column", "body", "--label-column", "label"][..], "--text-column alone is expected"),
        (&["--text-column", "body", "--max-length", "41"], "--max-length: it is 41; the model reads 40 tokens at most"),
        (
            &["--task", "sequence-classification", "--text-column", "body", "--max-length", "41"],
            "--max-length: it is 41; the model reads 40 tokens at most",
        ),
    ] {
        let (code, message) = refusal(&mut evaluate(flags));
        assert_eq!((code, message.contains(words)), (2, true), "{flags:?}: {message}");
    }
}
