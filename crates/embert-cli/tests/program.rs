//! The program as other programs see it: what goes where, exit codes, errors, and files that are whole or not there.

mod support;

use std::path::{Path, PathBuf};

use embert::checkpoint::{TensorFile, Values};
use support::{embert, json_lines, refusal};
use tempfile::tempdir;

fn reference(name: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/models");
    models.join(name).to_str().unwrap().to_owned()
}

#[test]
fn quickstart_does_not_touch_what_is_not_its_own() {
    let out = tempdir().unwrap();
    std::fs::write(out.path().join("metrics.jsonl"), "precious").unwrap();
    std::fs::write(out.path().join("notes.txt"), "mine").unwrap();
    let (code, message) = refusal(embert(&["quickstart", "--out"]).arg(out.path()));
    assert_eq!(code, 2, "{message}");
    assert_eq!(std::fs::read_to_string(out.path().join("metrics.jsonl")).unwrap(), "precious");
}

#[test]
fn fill_mask_prints_token_probability_and_sentence() {
    let output = embert(&[
        "fill-mask",
        "--pretty",
        "--model",
        &reference("bert_masked_lm"),
        "--top-k",
        "2",
        "the [MASK] is [MASK] .",
    ])
    .assert()
    .success()
    .get_output()
    .stdout
    .clone();
    let lines = String::from_utf8(output).unwrap();
    assert_eq!(lines.lines().count(), 4);
    for line in lines.lines() {
        let mut fields = line.split_whitespace();
        let (token, score) = (fields.next().unwrap(), fields.next().unwrap());
        assert!((0.0..=1.0).contains(&score.parse::<f64>().unwrap()), "{line}");
        assert!(line.contains(token.trim_start_matches('#')), "{line}");
    }
}

#[test]
fn a_text_without_a_mask_is_an_error_that_names_the_mask() {
    let (code, message) = refusal(&mut embert(&["fill-mask", "--model", &reference("bert_masked_lm"), "no mask"]));
    assert_eq!(code, 1);
    assert!(message.contains("[MASK]"), "{message}");
}

#[test]
fn a_text_that_is_too_long_is_an_error_that_counts_where_it_may_not_be_cut() {
    let text = format!("[MASK] {}", "the ".repeat(600));
    let mut command = embert(&["fill-mask", "--no-truncate", "--model", &reference("bert_masked_lm"), &text]);
    let (code, message) = refusal(&mut command);
    assert_eq!(code, 1);
    assert!(message.starts_with("error: text 1: the text is 603 tokens long; 40 are expected at most"), "{message}");
}

#[test]
fn embed_gives_the_same_vectors_in_every_format() {
    let dir = tempdir().unwrap();
    let model = reference("bert_model");
    let text = "one text\nanother, longer text\n\n";
    let embed = |format: &str| {
        let mut command = embert(&["embed", "--model", &model, "--format", format]);
        command.write_stdin(text);
        command
    };
    let lines = json_lines(&mut embed("jsonl"));
    let expected: Vec<f32> = lines
        .iter()
        .flat_map(|line| line["embedding"].as_array().unwrap())
        .map(|value| value.as_f64().unwrap() as f32)
        .collect();
    let width = expected.len() / 3;

    let file = dir.path().join("vectors.safetensors");
    embed("safetensors").arg("--output").arg(&file).assert().success().stdout("");
    let tensors = TensorFile::open(&file).unwrap();
    assert_eq!(tensors.shape("embeddings"), Some(&[3, width][..]));
    assert_eq!(tensors.read("embeddings").unwrap(), Some(Values::Float(expected.clone())));

    let npy = embed("npy").assert().success().get_output().stdout.clone();
    assert_eq!(&npy[..8], b"\x93NUMPY\x01\x00");
    let start = npy.len() - 4 * expected.len();
    assert_eq!(start % 64, 0);
    assert!(String::from_utf8_lossy(&npy[10..start]).contains(&format!("'shape': (3, {width})")));
    let values: Vec<f32> = npy[start..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(values, expected);

    let norm = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().sqrt();
    assert!(expected.chunks(width).all(|row| (norm(row) - 1.0).abs() < 1e-5));
}

#[cfg(unix)]
#[test]
fn an_output_that_is_no_file_is_written_to() {
    let model = reference("bert_model");
    let embed = ["embed", "--model", &model, "--output", "/dev/stdout"];
    assert_eq!(json_lines(embert(&embed).write_stdin("a\n")).len(), 1);
    let dir = tempdir().unwrap();
    let (file, link) = (dir.path().join("file"), dir.path().join("link"));
    std::fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    embert(&["embed", "--model", &model, "--output"]).arg(&link).write_stdin("a\n").assert().success();
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("{\"embedding\""));
}

#[test]
fn a_line_ends_at_a_line_feed_alone() {
    let lines =
        json_lines(embert(&["tokenize", "--tokenizer", &reference("bert_model")]).write_stdin("a\r\u{2028}b\n\nc"));
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["tokens"], serde_json::json!(["[CLS]", "[SEP]"]));
}

#[test]
fn pretty_tokens_stand_in_their_text() {
    let shown = |model: &str, more: &[&str], input: &str| {
        let model = reference(model);
        let command = &mut embert(&[&["tokenize", "--pretty", "--tokenizer", &model], more].concat());
        String::from_utf8(command.write_stdin(input).assert().success().get_output().stdout.clone()).unwrap()
    };
    for model in ["bert_masked_lm", "roberta_masked_lm", "albert_masked_lm"] {
        for (input, more) in [
            ("The  licence, is a text\n", &[][..]),
            ("one text\tanother\n", &["--pair"]),
            ("{\"words\": [\"one\", \"licence\"]}\n", &[]),
        ] {
            let line = shown(model, &[more, &["--no-special-tokens"]].concat(), input);
            let (tokens, text) = line.trim().split_once("   ").unwrap();
            let read = input.trim().replace("{\"words\": [\"one\", \"licence\"]}", "one licence").replace('\t', " ");
            // ALBERT's mark of a space, where that is a token of its own.
            assert_eq!(text.replace(['|', '▁'], ""), read, "{model}: {line}");
            let pieces = text.split(['|', ' ']).filter(|piece| !piece.is_empty()).count();
            assert!(pieces <= tokens.parse().unwrap(), "{model}: {line}");
        }
    }
    let bare = |model, input| shown(model, &["--no-special-tokens"], input).split_off(8);
    assert_eq!(bare("bert_masked_lm", "the 日 a|b"), "the 日[UNK] a|\\||b\n");
    assert_eq!(bare("roberta_masked_lm", "the 日"), "t|he |æ|Ĺ|¥\n");
    assert_eq!(bare("albert_masked_lm", "the 日本 key"), "the ▁|日本<unk> ▁|key\n");
    assert_eq!(shown("bert_masked_lm", &[], "the licences"), "    5   [CLS] the licen|ces [SEP]\n");
    let windows = shown("bert_masked_lm", &["--max-length", "4"], "the the the");
    assert_eq!(windows.lines().collect::<Vec<_>>(), ["    4   [CLS] the the [SEP]", "    3   [CLS] the [SEP]"]);
}

#[test]
fn what_is_pretty_ends_at_a_line_that_has_no_tokens_and_says_which() {
    let tokenizer = reference("bert_masked_lm");
    let tokenize = |more: &[&str], input: &[u8]| {
        let mut command = embert(&[&["tokenize", "--pretty", "--tokenizer", &tokenizer], more].concat());
        let output = command.write_stdin(input).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for (more, input, expected) in [
        (&["--pair"][..], &b"the\tthe\nthe\n"[..], "error: standard input, line 2: the line has no tab; "),
        (&[], &b"the\n\xff\nthe\n"[..], "error: standard input, line 2: it is not UTF-8\n"),
        (&["--input-format", "jsonl"], &b"{\"text\": \"the\"}\nthe\n"[..], "error: standard input, line 2: "),
    ] {
        let (code, shown, message) = tokenize(more, input);
        assert_eq!((code, shown.lines().count()), (Some(1), 1), "{shown}{message}");
        assert!(message.starts_with(expected) && message.lines().count() == 1, "{message}");
    }
}

#[test]
fn a_malformed_record_is_an_error_and_not_a_text() {
    let input =
        "{\"text\": \"a\", \"max_length\": -1}\n{\"words\": [1, 2]}\n{\"text\": \"a\", \"truncation\": \"bogus\"}\n";
    for line in json_lines(embert(&["tokenize", "--tokenizer", &reference("bert_model")]).write_stdin(input)) {
        assert!(line["error"].is_string(), "{line}");
    }
}

#[test]
fn a_record_that_cannot_be_encoded_so_is_an_error_in_its_place() {
    let input = "{\"text\": \"a b c\", \"pair\": \"d\", \"max_length\": 4, \"truncation\": \"only_second\"}\nfine\n";
    let lines = json_lines(embert(&["tokenize", "--tokenizer", &reference("bert_model")]).write_stdin(input));
    assert!(lines[0]["error"].is_string(), "{}", lines[0]);
    assert!(lines[1]["ids"].is_array(), "{}", lines[1]);
}

#[test]
fn decode_reads_what_tokenize_writes() {
    let tokenizer = reference("bert_model");
    let ids = json_lines(embert(&["tokenize", "--tokenizer", &tokenizer]).write_stdin("the cat\n"))[0]["ids"].clone();
    let record = serde_json::json!({ "ids": ids }).to_string();
    let decode = ["decode", "--skip-special-tokens", "--tokenizer", &tokenizer];
    assert_eq!(json_lines(embert(&decode).write_stdin(record))[0]["text"], "the cat");
    let beyond = json_lines(embert(&decode).write_stdin("{\"ids\": [99999999]}"));
    assert!(beyond[0]["error"].as_str().unwrap().contains("99999999"), "{}", beyond[0]);
}

#[test]
fn a_directory_that_is_not_a_model_is_an_error_that_names_the_file() {
    let empty = tempdir().unwrap();
    let dir = empty.path().to_str().unwrap();
    for command in
        [&["fill-mask", "--model", dir, "a [MASK]"][..], &["embed", "--model", dir], &["tokenize", "--tokenizer", dir]]
    {
        let (code, message) = refusal(embert(command).write_stdin("a\n"));
        assert_eq!(code, 1, "{command:?}");
        assert!(message.starts_with("error: ") && message.contains(dir), "{command:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_damaged_weights_file_is_an_error_that_names_it() {
    let dir = tempdir().unwrap();
    let from = PathBuf::from(reference("bert_masked_lm"));
    for entry in std::fs::read_dir(&from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
    }
    let weights = dir.path().join("model.safetensors");
    let whole = std::fs::read(&weights).unwrap();
    for damaged in [&whole[..whole.len() / 2], &whole[..7], &[0xff; 64], b""] {
        std::fs::write(&weights, damaged).unwrap();
        let (code, message) = refusal(&mut embert(&["fill-mask", "--model", dir.path().to_str().unwrap(), "a [MASK]"]));
        assert_eq!(code, 1);
        assert!(message.contains("model.safetensors"), "{message}");
    }
}

#[test]
fn output_that_fails_leaves_no_file() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("vectors.npy");
    let mut command = embert(&["embed", "--model", &reference("bert_model"), "--format", "npy"]);
    let (code, message) = refusal(command.arg("--output").arg(&file).write_stdin(b"fine\n\xff\xfe\n".as_slice()));
    assert_eq!(code, 1);
    assert!(message.contains("line 2"), "{message}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn wrong_use_is_exit_code_2_and_says_what_is_right() {
    for arguments in [&["fill-mask"][..], &["no-such-command"], &["embed", "--model", "x", "--pooling", "sum"]] {
        let (code, message) = refusal(&mut embert(arguments));
        assert_eq!(code, 2, "{arguments:?}: {message}");
    }
    embert(&["--version"]).assert().success().stdout(format!("embert {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn instructions_that_there_are_not_are_wrong_use() {
    let model = reference("bert_model");
    let embed = ["embed", "--model", &model];
    let (code, message) = refusal(embert(&embed).env("EMBERT_CPU", "abacus"));
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("EMBERT_CPU") && message.contains("abacus") && message.contains("portable"), "{message}");
    let (code, message) = refusal(embert(&embed).args(["--cpu", "abacus"]));
    assert_eq!(code, 2, "{message}");
    // A flag is stronger than the variable.
    embert(&embed).args(["--cpu", "portable"]).env("EMBERT_CPU", "abacus").write_stdin("a\n").assert().success();
}

#[test]
fn a_type_that_the_device_has_no_form_of_is_an_error_that_says_so() {
    let model = reference("bert_model");
    let embed = ["embed", "--model", &model, "--dtype", "int8", "--device", "ndarray"];
    let (code, message) = refusal(embert(&embed).write_stdin("a\n"));
    assert_eq!(code, 1, "{message}");
    assert!(message.contains("int8") && message.contains("flex"), "{message}");
}

#[test]
fn shells_and_the_manual_know_every_command() {
    let help = String::from_utf8(embert(&["help"]).assert().success().get_output().stdout.clone()).unwrap();
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let (listed, _) = listed.split_once("\n\n").unwrap();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> = names.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(names.contains(&"pretrain") && names.len() > 20, "{names:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = embert(&["completions", shell]).assert().success().get_output().stdout.clone();
        let script = String::from_utf8(script).unwrap();
        assert!(names.iter().all(|name| script.contains(name)), "{shell}");
    }
    let out = tempdir().unwrap();
    let man = out.path().join("man1");
    embert(&["man", "--out", man.to_str().unwrap()]).assert().success();
    for name in names.iter().filter(|name| **name != "help") {
        let page = std::fs::read_to_string(man.join(format!("embert-{name}.1"))).unwrap();
        assert!(page.starts_with(".ie") || page.contains(".TH"), "{name}");
    }
}

#[test]
fn a_folder_of_manuals_gets_new_pages_and_keeps_those_of_others() {
    let out = tempdir().unwrap();
    let (own, other) = (out.path().join("embert-tag.1"), out.path().join("other.1"));
    for page in [&own, &other] {
        std::fs::write(page, "old").unwrap();
    }
    embert(&["man", "--out"]).arg(out.path()).assert().success();
    assert!(std::fs::read_to_string(&own).unwrap().contains("\n.SH EXAMPLES\n"));
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "old");
    // Nothing is left of what was written beside.
    let mut pages = std::fs::read_dir(out.path()).unwrap().map(|page| page.unwrap().path());
    let is_page = |page: PathBuf| page.extension().is_some_and(|extension| extension == "1");
    assert!(pages.all(is_page));
}
