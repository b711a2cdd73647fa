//! What heads look at, drawn by the program.

mod support;

use std::path::Path;

use assert_cmd::Command;
use support::{asked, embert, model, refusal};
use tempfile::TempDir;

fn attention(model: &TempDir, out: &Path, more: &[&str]) -> Command {
    embert(&[&asked("attention", model)[..], &["the cat sat", "--out", out.to_str().unwrap()], more].concat())
}

#[test]
fn the_files_name_says_what_is_drawn() {
    let model = model("model");
    let file = |name: &str| model.path().join(name);
    attention(&model, &file("a.html"), &["--pair", "it slept"]).assert().success().stdout("").stderr("");
    attention(&model, &file("a.svg"), &[]).assert().success();
    attention(&model, &file("one.svg"), &["--layer", "0", "--head", "1"]).assert().success();
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    assert!(read("a.html").starts_with("<!doctype html>"));
    assert!(read("a.svg").starts_with("<svg") && !read("a.svg").contains("[CLS]"));
    assert!(read("one.svg").starts_with("<svg") && read("one.svg").contains("[CLS]"));
}

#[test]
fn what_cannot_be_drawn_is_refused_and_nothing_is_written() {
    let model = model("model");
    for (name, more, code, expected) in [
        ("a.png", &[][..], 2, "a name that ends with .html or .svg is expected"),
        ("a.html", &["--layer", "0"], 2, "--layer: in "),
        ("a.svg", &["--layer", "99"], 2, "--layer 99: the model has 2"),
        ("a.svg", &["--layer", "0", "--head", "99"], 2, "--head 99: the model has "),
        ("a.svg", &["--head", "0"], 2, "--layer"),
        ("no/a.svg", &[], 1, "a.svg"),
    ] {
        let out = model.path().join(name);
        let (found, message) = refusal(&mut attention(&model, &out, more));
        assert!(found == code && message.contains(expected), "{name} {more:?}: {found}, {message}");
        assert!(!out.exists());
    }
}
