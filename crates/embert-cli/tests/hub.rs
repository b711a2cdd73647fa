//! A model by its name on the hub, as a process.
#![cfg(feature = "hub")]

#[path = "../../embert-checkpoint/tests/support/hub_server.rs"]
mod hub_server;
mod support;

use std::fs::{read, read_dir};

use assert_cmd::Command;
use hub_server::{Fault, HubServer};
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
    let message = told("organisation/model", "http://127.0.0.1:9");
    assert!(message.contains("the hub cannot be reached"), "{message}");
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
