//! `embert worker`: this machine's devices, served to others.
#![cfg(feature = "remote")]

mod support;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use support::{
    asked, embert, json_lines, model, refusal,
    runs::{corpus, files, pretrain, started},
};
use tempfile::tempdir;

const TOKEN: &str = "EMBERT_WORKER_TOKEN";

/// A worker, ended when a test is.
struct Worker {
    child: Child,
    /// `remote:127.0.0.1:PORT`.
    device: String,
}

impl Worker {
    fn start(token: Option<&str>, arguments: &[&str]) -> Self {
        let mut command = Command::new(embert(&[]).get_program());
        command
            .args(["worker", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .stdout(Stdio::null());
        command.env_remove(TOKEN).envs(token.map(|token| (TOKEN, token)));
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("serving")).unwrap();
        let device = told.split_whitespace().find(|word| word.starts_with("remote:")).unwrap();
        let device = device.trim_end_matches(',').to_owned();
        // It goes on talking, and must not wait for somebody who listens.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, device }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn vector(command: &mut assert_cmd::Command) -> Vec<f64> {
    let line = json_lines(command.write_stdin("a small cat\n")).remove(0);
    serde_json::from_value(line["embedding"].clone()).unwrap()
}

#[test]
fn a_model_gives_the_numbers_there_that_it_gives_here() {
    let (worker, model) = (Worker::start(None, &["--device", "flex,flex"]), model("model"));
    let embed = || embert(&asked("embed", &model));
    let here = vector(embed().args(["--cpu", "plain"]));
    for device in [worker.device.clone(), format!("{}/1", worker.device)] {
        let there = vector(embed().args(["--device", &device]));
        assert_eq!(here.len(), there.len());
        assert!(here.iter().zip(&there).all(|(here, there)| (here - there).abs() < 1e-5), "{here:?} {there:?}");
    }
    let (code, message) = refusal(embed().args(["--device", &format!("{}/2", worker.device)]).write_stdin("a\n"));
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("2 device"), "{message}");
}

#[test]
fn who_does_not_know_the_token_computes_nothing() {
    let (worker, model) = (Worker::start(Some("open sesame"), &[]), model("model"));
    let embed = |token: Option<&str>| {
        let mut command = embert(&asked("embed", &model));
        command.args(["--device", &worker.device]).env_remove(TOKEN).envs(token.map(|token| (TOKEN, token)));
        command.write_stdin("a\n");
        command
    };
    embed(Some("open sesame")).assert().success();
    for token in [None, Some("open barley")] {
        let (code, message) = refusal(&mut embed(token));
        assert_eq!(code, 1, "{message}");
        assert!(message.contains("rejected") && message.contains(TOKEN), "{message}");
    }
}

#[test]
fn without_a_token_it_listens_on_this_machine_alone() {
    let (code, message) = refusal(embert(&["worker", "--listen", "0.0.0.0:0"]).env_remove(TOKEN));
    assert_eq!(code, 2, "{message}");
    assert!(message.contains(TOKEN) && message.contains("127.0.0.1"), "{message}");
    let (code, message) = refusal(embert(&["worker", "--listen", "127.0.0.1:0"]).env(TOKEN, ""));
    assert_eq!(code, 2, "{message}");
}

#[test]
fn what_cannot_be_served_is_refused_before_it_listens() {
    for (device, expected) in [("flex,ndarray", "found flex, ndarray"), ("remote:gpu:3931", "a device of this machine")]
    {
        let (code, message) = refusal(&mut embert(&["worker", "--listen", "127.0.0.1:0", "--device", device]));
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    let (code, message) = refusal(&mut embert(&["worker", "--listen", "127.0.0.1"]));
    assert_eq!(code, 2, "{message}");
}

#[test]
fn nobody_there_is_an_error_that_asks_whether_a_worker_is() {
    let model = model("model");
    let (code, message) =
        refusal(embert(&asked("embed", &model)).args(["--device", "remote:127.0.0.1:1"]).write_stdin("a\n"));
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("embert worker"), "{message}");
}

#[test]
fn a_worker_that_goes_away_ends_a_run_which_goes_on_elsewhere() {
    let (corpus, out) = (corpus(), tempdir().unwrap());
    let run = out.path().join("run");
    let mut worker = Worker::start(None, &[]);
    let more = ["--steps", "40", "--save-every", "2", "--seed", "3", "--device", &worker.device];
    let child = started(&pretrain(corpus.path(), &run, &more), &run, "checkpoints/step-00000002");
    worker.child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains(&format!("the device {}", worker.device)) && message.contains("--resume"), "{message}");
    embert(&["pretrain", "--resume", "--quiet", "--device", "flex", "--out"]).arg(&run).assert().success();
    assert_eq!(files(&run.join("checkpoints")).last().unwrap(), "step-00000040");
}
