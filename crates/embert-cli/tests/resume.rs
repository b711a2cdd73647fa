//! `embert pretrain --resume`: a run that was stopped, however it was, and the one that never was.

mod support;

use std::time::Duration;

use support::{
    embert, refusal,
    runs::{bits, corpus, files, metrics, pretrain, started},
};
use tempfile::tempdir;

/// A run long enough to be met in the middle of it.
const LONG: [&str; 10] =
    ["--steps", "40", "--save-every", "7", "--log-every", "3", "--validate-every", "10", "--seed", "3"];

#[test]
fn a_run_that_was_killed_goes_on_to_the_bits_of_one_that_was_not() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let (whole, killed) = (out.path().join("whole"), out.path().join("killed"));
    pretrain(corpus.path(), &whole, &LONG).args(["--quiet", "--threads", "2"]).assert().success();
    let mut child = started(&pretrain(corpus.path(), &killed, &LONG), &killed, "checkpoints/step-00000007");
    child.kill().unwrap();
    child.wait().unwrap();
    // Another number of threads, and of devices; nothing that was said has to be said again.
    embert(&["pretrain", "--resume", "--quiet", "--threads", "1", "--device", "flex,flex", "--out"])
        .arg(&killed)
        .assert()
        .success();
    assert_eq!(metrics(&killed), metrics(&whole));
    assert!(bits(&killed) == bits(&whole));
    assert_eq!(files(&killed.join("checkpoints")), ["step-00000035", "step-00000040"]);

    // A finished run has nothing to do.
    embert(&["pretrain", "--resume", "--out"]).arg(&killed).assert().success();
    assert!(bits(&killed) == bits(&whole));
}

#[cfg(unix)]
#[test]
fn a_run_that_is_asked_to_end_saves_first() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let (corpus, out) = (corpus(), tempdir().unwrap());
        let run = out.path().join("run");
        let more = ["--steps", "100000", "--save-every", "100000", "--validate-every", "100000"];
        let mut child = started(&pretrain(corpus.path(), &run, &more), &run, "checkpoints/step-00000000");
        std::thread::sleep(Duration::from_millis(300));
        let asked = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let last = files(&run.join("checkpoints")).pop().unwrap();
        assert!(last.as_str() > "step-00000000", "{last}");
    }
}

#[test]
fn a_folder_is_one_runs_at_a_time() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    let mut child = started(&pretrain(corpus.path(), &run, &["--steps", "100000"]), &run, "checkpoints/step-00000000");
    let (code, message) = refusal(embert(&["pretrain", "--resume", "--out"]).arg(&run));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(code, 1);
    assert!(message.contains("another run is using this folder"), "{message}");
}

#[test]
fn a_run_is_not_gone_on_with_otherwise_than_it_was_begun() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    pretrain(corpus.path(), &run, &["--quiet", "--lr", "1e-3"]).assert().success();
    let (code, message) =
        refusal(embert(&["pretrain", "--resume", "--lr", "2e-3", "--seed", "42", "--steps", "9", "--out"]).arg(&run));
    assert_eq!(code, 2);
    assert!(message.contains("optimizer.learning_rate (was 0.001, now 0.002)"), "{message}");
    assert!(message.contains("schedule.steps (was 6, now 9)") && !message.contains("seed"), "{message}");
}

#[test]
fn what_is_no_run_is_not_gone_on_with_and_what_has_no_checkpoint_begins_again() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    std::fs::write(out.path().join("precious.txt"), "mine").unwrap();
    let (code, message) = refusal(&mut pretrain(corpus.path(), out.path(), &["--resume"]));
    assert_eq!((code, message.contains("it is no run's folder")), (2, true), "{message}");
    assert!(out.path().join("precious.txt").exists());

    let run = out.path().join("run");
    std::fs::create_dir_all(run.join("tokenizer")).unwrap();
    std::fs::write(run.join("tokenizer/tokenizer.json"), "{half").unwrap();
    std::fs::write(run.join(".lock"), "").unwrap();
    pretrain(corpus.path(), &run, &["--resume", "--quiet"]).assert().success();
    pretrain(corpus.path(), &out.path().join("new"), &["--resume", "--quiet"]).assert().success();
    assert!(bits(&run) == bits(&out.path().join("new")));
}

#[test]
fn what_is_the_users_is_never_taken_away() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    // Folders that are named as a run's are.
    for name in ["data", "model", "checkpoints"] {
        std::fs::create_dir(out.path().join(name)).unwrap();
        std::fs::write(out.path().join(name).join("mine.txt"), "mine").unwrap();
    }
    let (code, message) = refusal(&mut pretrain(corpus.path(), out.path(), &["--resume"]));
    assert_eq!((code, message.contains("it is no run's folder")), (2, true), "{message}");
    let (code, _) = refusal(embert(&["quickstart", "--out"]).arg(out.path()));
    assert_eq!(code, 2);
    assert_eq!(files(out.path()), ["checkpoints", "data", "model"]);
    assert_eq!(files(&out.path().join("data")), ["mine.txt"]);

    // A run whose config is lost is not made anew over it.
    let run = out.path().join("run");
    pretrain(corpus.path(), &run, &["--quiet"]).assert().success();
    std::fs::remove_file(run.join("config.toml")).unwrap();
    let (code, message) = refusal(&mut pretrain(corpus.path(), &run, &["--resume"]));
    assert_eq!(code, 2, "{message}");
    assert!(run.join("model/model.safetensors").exists());

    // What fails in a folder that was there leaves it there.
    let empty = out.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    refusal(&mut pretrain(corpus.path(), &empty, &["--batch-tokens", "10000000"]));
    assert_eq!(files(&empty), Vec::<String>::new());
}

#[test]
fn a_config_that_was_edited_between_two_checkpoints_is_another() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    pretrain(corpus.path(), &run, &["--quiet"]).assert().success();
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    let edited = config.replace("max_length = 32", "max_length = 64").replace("steps = 6", "steps = 9");
    std::fs::write(run.join("config.toml"), edited).unwrap();
    let (code, message) = refusal(embert(&["pretrain", "--resume", "--out"]).arg(&run));
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("data.max_length (was 32, now 64)"), "{message}");

    let keys = "[model.keys]\nhidden_dropout_prob = 0.2\n";
    std::fs::write(run.join("checkpoints/step-00000006/training/config.toml"), format!("{config}\n{keys}")).unwrap();
    std::fs::write(run.join("config.toml"), &config).unwrap();
    let (code, message) = refusal(embert(&["pretrain", "--resume", "--out"]).arg(&run));
    assert!(code == 2 && message.contains("model.keys"), "{message}");
}

#[test]
fn a_run_goes_on_without_its_text_once_its_examples_are_made() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    let mut child = started(&pretrain(corpus.path(), &run, &LONG), &run, "checkpoints/step-00000007");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(corpus);
    std::fs::remove_dir_all(run.join("tokenizer")).unwrap();
    let resumed = || embert(&["pretrain", "--resume", "--quiet", "--out"]).arg(&run).assert().success();
    resumed();
    assert!(bits(&run) == std::fs::read(run.join("checkpoints/step-00000040/model.safetensors")).unwrap());
    resumed();
}
