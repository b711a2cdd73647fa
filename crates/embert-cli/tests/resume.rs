//! `embert pretrain --resume`: a run that was stopped, however it was, and the one that never was.

mod support;

use std::{
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use support::{
    embert, refusal,
    runs::{bits, corpus, files, metrics, pretrain},
};
use tempfile::tempdir;

/// A run long enough to be met in the middle of it.
const LONG: [&str; 10] =
    ["--steps", "40", "--save-every", "7", "--log-every", "3", "--validate-every", "10", "--seed", "3"];

/// Starts a run and waits for a file in its folder.
fn started(corpus: &Path, run: &Path, more: &[&str], wanted: &str) -> Child {
    let command = pretrain(corpus, run, more);
    let mut process = std::process::Command::new(command.get_program());
    let child = process.args(command.get_args()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !run.join(wanted).exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "{wanted} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn a_run_that_was_killed_goes_on_to_the_bits_of_one_that_was_not() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let (whole, killed) = (out.path().join("whole"), out.path().join("killed"));
    pretrain(corpus.path(), &whole, &LONG).args(["--quiet", "--threads", "2"]).assert().success();
    let mut child = started(corpus.path(), &killed, &LONG, "checkpoints/step-00000007");
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
        let mut child = started(corpus.path(), &run, &more, "checkpoints/step-00000000");
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
    let mut child = started(corpus.path(), &run, &["--steps", "100000"], "checkpoints/step-00000000");
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
    pretrain(corpus.path(), &run, &["--resume", "--quiet"]).assert().success();
    pretrain(corpus.path(), &out.path().join("new"), &["--resume", "--quiet"]).assert().success();
    assert!(bits(&run) == bits(&out.path().join("new")));
}
