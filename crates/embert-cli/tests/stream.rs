//! `embert embed` and `fill-mask` over many texts.

mod support;

use std::path::Path;

use embert::checkpoint::{TensorFile, Values};
use support::{embert, json_lines};
use tempfile::tempdir;

fn reference(name: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models");
    models.join(name).to_str().unwrap().to_owned()
}

/// Lines of 1 to 23 words, in no order.
fn lines(count: usize) -> String {
    (0..count).map(|line| "the ".repeat(1 + line * 7 % 23).trim().to_owned() + "\n").collect()
}

#[test]
fn vectors_come_in_the_order_of_the_lines_whatever_the_flags() {
    let dir = tempdir().unwrap();
    let (model, text) = (reference("bert_model"), lines(1500));
    let vectors = |name: &str, flags: &[&str]| {
        let file = dir.path().join(name);
        let mut command = embert(&["embed", "--model", &model, "--format", "safetensors", "--output"]);
        command.arg(&file).args(flags).write_stdin(text.clone()).assert().success();
        let Some(Values::Float(values)) = TensorFile::open(&file).unwrap().read("embeddings").unwrap() else {
            panic!("embeddings")
        };
        values
    };
    let plain = vectors("plain", &[]);
    // Lines of the same text have the same vector, and no others.
    let width = plain.len() / 1500;
    let row = |line: usize| &plain[line * width..(line + 1) * width];
    for line in 0..1500 - 23 {
        let close = |other: usize| row(line).iter().zip(row(other)).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(line + 23), "{line}");
        assert!(!close(line + 1), "{line}");
    }
    for flags in [&["--batch-tokens", "1"], &["--batch-tokens", "1000000"], &["--threads", "1"]] {
        let other = vectors("other", flags);
        assert_eq!(other.len(), plain.len());
        assert!(other.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-5), "{flags:?}");
    }
}

#[test]
fn a_budget_of_no_token_is_wrong_use() {
    for budget in ["0", "1000001", "-1", "many"] {
        embert(&["embed", "--model", "x", "--batch-tokens", budget]).assert().code(2);
    }
}

#[test]
fn vectors_of_lines_before_one_that_is_no_text_are_written() {
    let input = [lines(20).as_bytes(), b"\xff\xfe\n", lines(20).as_bytes()].concat();
    let output = embert(&["embed", "--model", &reference("bert_model")]).write_stdin(input).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 20);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: standard input, line 21: it is not UTF-8\n");
}

#[test]
fn texts_are_filled_in_in_their_order() {
    let model = reference("bert_masked_lm");
    let answers = |texts: &[&str]| {
        json_lines(embert(&["--json", "fill-mask", "--top-k", "1", "--model", &model]).args(texts))
            .iter()
            .map(|line| line["fills"][0]["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let texts = ["the text , the text , the text is [MASK]", "[MASK]", "the [MASK] of [MASK]"];
    let alone: Vec<String> = texts.iter().flat_map(|text| answers(&[text])).collect();
    assert_eq!(answers(&texts), alone);
    assert_eq!(alone.len(), 4);
}

#[cfg(unix)]
mod while_it_runs {
    use std::{
        io::{BufRead, BufReader, Write},
        path::Path,
        process::{Child, ChildStdin, Command, Stdio},
        time::{Duration, Instant},
    };

    use super::{embert, lines, reference, tempdir};

    /// The program, and its standard input, which stays open.
    fn started(flags: &[&str], output: Option<&Path>) -> (Child, ChildStdin) {
        let command = embert(&["embed", "--model", &reference("bert_model")]);
        let mut process = Command::new(command.get_program());
        process.args(command.get_args()).args(flags).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(output) = output {
            process.arg("--output").arg(output);
        }
        let mut child = process.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        (child, input)
    }

    #[test]
    fn vectors_are_written_while_more_lines_are_to_come() {
        let (mut child, mut input) = started(&[], None);
        input.write_all(lines(3000).as_bytes()).unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        assert!(first.starts_with("{\"embedding\""), "{first}");
        drop(input);
        assert_eq!(output.lines().count(), 2999);
        assert!(child.wait().unwrap().success());
    }

    #[test]
    fn nobody_who_reads_on_is_no_error() {
        let (mut child, mut input) = started(&[], None);
        drop(child.stdout.take());
        // Either the program has read it all, or it has ended before.
        let _ = input.write_all(lines(20_000).as_bytes());
        drop(input);
        assert!(child.wait().unwrap().success());
    }

    /// Waits until the program has written something that is not yet the file.
    fn wait_for_half(dir: &Path, file: &Path) {
        let written = || {
            let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
            entries.filter(|entry| entry.path() != file).any(|entry| entry.metadata().is_ok_and(|it| it.len() > 0))
        };
        let start = Instant::now();
        while !written() {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing is written");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn kill(child: &mut Child, signal: &str) {
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        let start = Instant::now();
        assert!(!child.wait().unwrap().success());
        assert!(start.elapsed() < Duration::from_secs(1), "it goes on");
    }

    fn names(dir: &Path) -> Vec<String> {
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_signal_leaves_the_file_as_it_was_and_nothing_beside_it() {
        for (before, signal) in [(None, "-INT"), (Some("what was there"), "-INT"), (None, "-TERM"), (None, "-HUP")] {
            let dir = tempdir().unwrap();
            let file = dir.path().join("vectors.jsonl");
            if let Some(before) = before {
                std::fs::write(&file, before).unwrap();
            }
            let (mut child, mut input) = started(&[], Some(&file));
            input.write_all(lines(3000).as_bytes()).unwrap();
            wait_for_half(dir.path(), &file);
            kill(&mut child, signal);
            assert_eq!(std::fs::read_to_string(&file).ok().as_deref(), before);
            assert_eq!(names(dir.path()).len(), usize::from(before.is_some()), "{:?}", names(dir.path()));
        }
    }

    #[test]
    fn a_signal_that_is_ignored_by_who_started_it_ends_nothing() {
        let dir = tempdir().unwrap();
        let file = dir.path().join("vectors.jsonl");
        let program = embert(&[]);
        let mut process = Command::new("sh");
        process.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(program.get_program());
        process.args(["embed", "--model", &reference("bert_model"), "--output"]).arg(&file);
        let mut child = process.stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(lines(3000).as_bytes()).unwrap();
        wait_for_half(dir.path(), &file);
        Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
        drop(input);
        assert!(child.wait().unwrap().success());
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3000);
    }

    #[test]
    fn what_a_killed_shard_leaves_is_gone_when_it_is_done_again() {
        let dir = tempdir().unwrap();
        let [input, output] = ["in.txt", "out/vectors.jsonl"].map(|name| dir.path().join(name));
        let folder = dir.path().join("out");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&input, lines(100_000)).unwrap();
        let flags = |shard| ["--input", input.to_str().unwrap(), "--shard", shard];
        let (mut child, _input) = started(&flags("1/2"), Some(&output));
        wait_for_half(&folder, &output);
        kill(&mut child, "-KILL");
        assert!(names(&folder).iter().all(|name| name.starts_with(".embert-")), "nothing that looks whole");
        std::fs::write(&input, lines(10)).unwrap();
        let (mut child, _input) = started(&flags("1/2"), Some(&output));
        assert!(child.wait().unwrap().success());
        assert_eq!(names(&folder), ["vectors-00001-of-00002.jsonl"]);
        assert_eq!(std::fs::read_to_string(folder.join("vectors-00001-of-00002.jsonl")).unwrap().lines().count(), 5);
    }
}

#[test]
fn what_is_too_long_is_cut_with_one_warning_or_refused_by_its_line() {
    let model = reference("bert_masked_lm");
    let text = format!("a [MASK] .\n{0}\n{0}\n", "the [MASK] ".repeat(300));
    for command in [&["fill-mask", "--top-k", "1"][..], &["embed"]] {
        let all = [command, &["--model", &model]].concat();
        let output = embert(&all).write_stdin(text.clone()).output().unwrap();
        assert!(output.status.success());
        let warnings = String::from_utf8(output.stderr).unwrap();
        assert_eq!(warnings.matches("longer than the model reads").count(), 1, "{warnings}");
        assert!(warnings.contains("2 text(s)"), "{warnings}");
        let refused = embert(&[&all[..], &["--no-truncate"]].concat()).write_stdin(text.clone()).output().unwrap();
        let message = String::from_utf8(refused.stderr).unwrap();
        assert!(message.contains("standard input, line 2: the text is 602 tokens long"), "{message}");
        assert_eq!(refused.status.code(), Some(1));
    }
}
