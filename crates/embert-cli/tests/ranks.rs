//! Trainings that several processes share: `mpirun -np N embert …`.
#![cfg(feature = "mpi")]

mod support;

use std::{
    path::Path,
    process::Child,
    time::{Duration, Instant},
};

use assert_cmd::Command;
use serde_json::Value;
use support::{
    embert, model,
    runs::{corpus, files, metrics, pretrain, started},
};
use tempfile::tempdir;

/// `command` on so many ranks, of one thread each, however few cores there are.
fn on_ranks(count: usize, command: &Command) -> Command {
    let mut mpirun = Command::new("mpirun");
    // Containers run as root, and may not look into each other's memory.
    mpirun.args(["--allow-run-as-root", "--mca", "btl_vader_single_copy_mechanism", "none"]);
    mpirun.args(["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "-np"]);
    mpirun.arg(count.to_string()).arg(command.get_program()).args(command.get_args());
    mpirun.args(["--threads", "1", "--device", "flex"]);
    mpirun
}

/// The numbers of two runs differ by no more than another order of sums makes them.
fn assert_alike(ours: &Path, theirs: &Path) {
    let (ours, theirs) = (metrics(ours), metrics(theirs));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        for (key, ours) in ours.as_object().unwrap() {
            if let (Some(ours), Some(theirs)) = (ours.as_f64(), theirs[key].as_f64()) {
                let room = if key.contains("loss") { 1e-5 } else { 1e-3 };
                assert!((ours - theirs).abs() <= room, "{key}: {ours} and {theirs}");
            }
        }
    }
}

/// Of four pieces a step.
const IN_PIECES: [&str; 2] = ["--micro-batch-tokens", "64"];

#[test]
fn a_pretraining_has_the_losses_of_one_process() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = |name: &str| out.path().join(name);
    let more = [&IN_PIECES[..], &["--steps", "100", "--seed", "7"]].concat();
    pretrain(corpus.path(), &run("alone"), &more).args(["--threads", "1"]).assert().success();
    for count in [2, 4] {
        let together = run(&count.to_string());
        on_ranks(count, &pretrain(corpus.path(), &together, &more)).assert().success();
        assert_alike(&together, &run("alone"));
    }
}

#[test]
fn a_fine_tuning_has_the_losses_of_one_process() {
    let (model, out) = (model("masked_lm"), tempdir().unwrap());
    let rows = |from: usize| -> String {
        let row = |n: usize| format!("{}\tthe {} is {n}\n", ["good", "bad"][n % 2], ["cat", "dog"][n % 2]);
        std::iter::once("label\ttext\n".to_owned()).chain((from..from + 64).map(row)).collect()
    };
    let (training, held_out) = (out.path().join("train.tsv"), out.path().join("valid.tsv"));
    std::fs::write(&training, rows(0)).unwrap();
    std::fs::write(&held_out, rows(100)).unwrap();
    let finetune = |name: &str| {
        let mut command =
            embert(&["finetune", "--task", "sequence-classification", "--steps", "100", "--log-every", "1"]);
        command.args(IN_PIECES).arg("--model").arg(model.path()).arg("--train").arg(&training);
        command.arg("--valid").arg(&held_out).arg("--out").arg(out.path().join(name));
        command
    };
    finetune("alone").args(["--threads", "1"]).assert().success();
    on_ranks(2, &finetune("together")).assert().success();
    assert_alike(&out.path().join("together"), &out.path().join("alone"));
}

/// The processes that a launcher has started.
fn ranks_of(launcher: &Child) -> Vec<i32> {
    let children = format!("/proc/{0}/task/{0}/children", launcher.id());
    let text = std::fs::read_to_string(children).unwrap();
    text.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

fn is_there(process: i32) -> bool {
    // One that has ended and that nobody has asked for yet has no command any more.
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// Sends one rank of a run a signal, and goes on with the run on another number of ranks. The others end within a
/// minute. Gives the exit code.
fn signalled(signal: &str, rank: usize) -> Option<i32> {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    let more =
        [&IN_PIECES[..], &["--steps", "200", "--log-every", "1", "--save-every", "1000", "--seed", "3"]].concat();
    let mut launcher = started(&on_ranks(3, &pretrain(corpus.path(), &run, &more)), &run, "metrics.jsonl");
    while std::fs::read(run.join("metrics.jsonl")).unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    let ranks = ranks_of(&launcher);
    assert_eq!(ranks.len(), 3);
    let kill = std::process::Command::new("kill").args([format!("-{signal}"), ranks[rank].to_string()]).status();
    assert!(kill.unwrap().success());
    let start = Instant::now();
    while launcher.try_wait().unwrap().is_none() || ranks.iter().any(|rank| is_there(*rank)) {
        if start.elapsed() > Duration::from_secs(60) {
            launcher.kill().unwrap();
            panic!("the others go on");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let code = launcher.wait().unwrap().code();
    // All that was logged was saved, where there was time to; else there is the beginning.
    let saved = files(&run.join("checkpoints")).pop().unwrap();
    assert_eq!(saved == "step-00000000", signal == "KILL", "{saved}");
    let mut resume = embert(&["pretrain", "--resume", "--out"]);
    resume.arg(&run);
    on_ranks(2, &resume).assert().success();
    let whole = out.path().join("whole");
    pretrain(corpus.path(), &whole, &more).args(["--threads", "1"]).assert().success();
    assert_eq!(files(&run.join("checkpoints")).last().unwrap(), "step-00000200");
    assert_alike(&run, &whole);
    code
}

#[test]
fn a_rank_that_is_killed_ends_the_run_which_goes_on_with_other_ranks() {
    for rank in [0, 2] {
        assert_ne!(signalled("KILL", rank), Some(0));
    }
}

#[test]
fn ctrl_c_at_one_rank_stops_all_after_the_step() {
    assert_eq!(signalled("INT", 1), Some(130));
}

#[test]
fn a_rank_that_fails_says_why_in_a_file_of_its_own_and_ends_all() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    let command = pretrain(corpus.path(), &run, &[]);
    let mut mpirun = on_ranks(1, &command);
    mpirun.args([":", "-np", "1"]).arg(command.get_program()).args(command.get_args()).args(["--device", "tch"]);
    let start = Instant::now();
    let output = mpirun.output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(60));
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("error: rank 1: ") && message.contains("--features tch"), "{message}");
    let log = std::fs::read_to_string(out.path().join("run.rank-00001.log")).unwrap();
    assert!(log.starts_with("rank 1: ") && log.contains("--features tch"), "{log}");
}

#[test]
fn a_run_at_its_end_is_no_work_for_any_rank() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    on_ranks(2, &pretrain(corpus.path(), &run, &[])).assert().success();
    let before: Vec<Value> = metrics(&run);
    let log = out.path().join("run.rank-00001.log");
    std::fs::write(&log, "of a run that failed").unwrap();
    let mut command = embert(&["pretrain", "--resume", "--out"]);
    command.arg(&run);
    on_ranks(2, &command).assert().success();
    assert_eq!(metrics(&run), before);
    assert!(!log.exists());
}
