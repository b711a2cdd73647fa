//! A model by its name on the hub, as a process.
#![cfg(feature = "hub")]

#[path = "../../embert-checkpoint/tests/support/hub_server.rs"]
mod hub_server;
mod support;

use std::{
    fs::{read, read_dir, read_to_string, write},
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use assert_cmd::Command;
use hub_server::{Fault, HubServer, etag};
use support::{embert, json_lines, refusal};
use tempfile::TempDir;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../embert/tests/reference/models/bert_masked_lm");

/// The hub has a masked language model with its tokenizer.
fn files() -> Vec<(String, Vec<u8>)> {
    let entries = read_dir(MODEL).unwrap().map(|entry| entry.unwrap());
    let file = |entry: std::fs::DirEntry| (entry.file_name().into_string().unwrap(), read(entry.path()).unwrap());
    entries.filter(|entry| entry.path().is_file()).map(file).collect()
}

fn server(faults: impl Fn(&hub_server::Request, usize) -> Option<Fault> + Send + Sync + 'static) -> HubServer {
    let files = files();
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    HubServer::start(&files, faults)
}

/// With a home of its own, and that hub.
fn at(command: &[&str], home: &TempDir, address: &str) -> Command {
    let mut command = embert(command);
    for variable in ["HF_TOKEN", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"] {
        command.env_remove(variable);
    }
    command.env("HF_HOME", home.path()).env("HF_ENDPOINT", address);
    command
}

const WEIGHTS: &str = "model.safetensors";
const FILL: [&str; 5] = ["fill-mask", "--json", "--model", "organisation/model", "the [MASK] is here ."];

#[test]
fn a_model_is_fetched_once_and_answers_as_the_directory_does() {
    let (home, server) = (TempDir::new().unwrap(), server(|_, _| None));
    let expected = json_lines(&mut embert(&["fill-mask", "--json", "--model", MODEL, "the [MASK] is here ."]));
    assert_eq!(json_lines(&mut at(&FILL, &home, &server.address)), expected);
    let asked = server.requests.lock().unwrap().len();
    assert_eq!(json_lines(&mut at(&FILL, &home, &server.address)), expected);
    assert_eq!(json_lines(at(&FILL, &home, "http://127.0.0.1:9").env("HF_HUB_OFFLINE", "1")), expected);
    assert_eq!(server.requests.lock().unwrap().len(), asked, "what is kept is not asked for again");
}

#[test]
fn a_tokenizer_is_fetched_without_the_weights() {
    let (home, server) = (TempDir::new().unwrap(), server(|_, _| None));
    let arguments = ["tokenize", "--tokenizer", "organisation/model@main"];
    let lines = json_lines(at(&arguments, &home, &server.address).write_stdin("the house\n"));
    assert_eq!(lines.len(), 1);
    assert_eq!(server.count("HEAD", "model.safetensors"), 0);
}

#[test]
fn what_is_neither_a_directory_nor_on_the_hub_is_told() {
    let (home, server) = (TempDir::new().unwrap(), server(|_, _| None));
    let told = |model: &str, address: &str| {
        let (code, message) = refusal(&mut at(&["fill-mask", "--model", model, "a [MASK]"], &home, address));
        assert_eq!(code, 1, "{message}");
        message
    };
    let message = told("organisation/other", &server.address);
    assert!(
        message.contains("no such directory") && message.contains("the hub has no organisation/other"),
        "{message}"
    );
    let message = told("./nowhere/at/all", &server.address);
    assert!(message.contains("no such directory") && message.contains("organisation/name"), "{message}");
    let message = told("nowhere", "http://127.0.0.1:9");
    assert!(message.starts_with("error: nowhere: there is no such directory, and from the hub "), "{message}");
    assert!(message.contains(": the hub cannot be reached at http://127.0.0.1:9: "), "{message}");
    assert!(!message.contains(".json") && message.lines().count() == 1, "{message}");
}

/// The same as another process, which is not waited for.
fn spawned(command: &Command) -> Child {
    let mut process = std::process::Command::new(command.get_program());
    process.args(command.get_args());
    for (variable, value) in command.get_envs() {
        match value {
            Some(value) => process.env(variable, value),
            None => process.env_remove(variable),
        };
    }
    process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_process_that_is_ended_in_a_transfer_leaves_what_the_next_goes_on_with() {
    const SENT: usize = 5000;
    let expected = json_lines(&mut embert(&["fill-mask", "--model", MODEL, "the [MASK] is here ."]));
    for signal in ["-INT", "-KILL"] {
        let home = TempDir::new().unwrap();
        let stalls = |request: &hub_server::Request, _| {
            (request.method == "GET" && request.path.ends_with(WEIGHTS)).then_some(Fault::StallsAfter(SENT))
        };
        let server_that_stalls = server(stalls);
        let mut child = spawned(&at(&FILL, &home, &server_that_stalls.address));
        let start = Instant::now();
        while partial(&home) < SENT as u64 {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing comes");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        let start = Instant::now();
        assert!(!child.wait().unwrap().success());
        assert!(start.elapsed() < Duration::from_secs(1), "it goes on");
        let server = server(|_, _| None);
        assert_eq!(json_lines(&mut at(&FILL, &home, &server.address)), expected);
        let requests = server.requests.lock().unwrap();
        let resumed = requests.iter().find(|request| request.method == "GET" && request.path.ends_with(WEIGHTS));
        assert_eq!(resumed.unwrap().start, SENT);
    }
}

/// The bytes of the weights that are there, while they are not yet whole.
fn partial(home: &TempDir) -> u64 {
    let name = etag(&read(Path::new(MODEL).join(WEIGHTS)).unwrap()) + ".incomplete";
    let file = home.path().join("hub/models--organisation--model/blobs").join(name);
    file.metadata().map_or(0, |file| file.len())
}

#[test]
fn of_two_processes_at_once_one_fetches() {
    let (home, server) = (TempDir::new().unwrap(), server(|_, _| None));
    let children = [0, 1].map(|_| spawned(&at(&FILL, &home, &server.address)));
    let [first, second] = children.map(|child| child.wait_with_output().unwrap());
    assert!(first.status.success() && !first.stdout.is_empty() && first.stdout == second.stdout);
    assert_eq!(server.count("GET", WEIGHTS), 1);
}

#[test]
fn a_name_in_a_runs_config_is_found_too() {
    let (home, server) = (TempDir::new().unwrap(), server(|_, _| None));
    let (corpus, config) = (support::runs::corpus(), home.path().join("run.toml"));
    write(&config, "[tokenizer]\npath = \"organisation/model\"\n").unwrap();
    let out = home.path().join("run");
    let mut command = at(&["pretrain", "--quiet", "--preset", "bert-tiny", "--steps", "1"], &home, &server.address);
    command.args(["--batch-tokens", "64", "--max-length", "32", "--config"]).arg(config);
    command.arg("--corpus").arg(corpus.path()).arg("--out").arg(&out).assert().success();
    assert!(read_to_string(out.join("config.toml")).unwrap().contains("/snapshots/"));
    assert_eq!(server.count("GET", WEIGHTS), 0);
}

#[test]
fn what_came_wrong_is_not_kept() {
    let wrong = |request: &hub_server::Request, _| {
        (request.method == "GET" && request.path.ends_with("model.safetensors")).then_some(Fault::OtherContent)
    };
    let (home, server_that_errs) = (TempDir::new().unwrap(), server(wrong));
    let (code, message) = refusal(&mut at(&FILL, &home, &server_that_errs.address));
    assert!(code == 1 && message.contains("checksum"), "{message}");
    let server = server(|_, _| None);
    assert_eq!(json_lines(&mut at(&FILL, &home, &server.address)).len(), 1);
}
