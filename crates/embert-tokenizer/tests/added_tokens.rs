//! Which tokens a raw vocabulary finds in a text before anything else is done to it.

use std::fs;

use embert_tokenizer::{EncodeOptions, Tokenizer};

const VOCAB: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\ncovid\n##19\nMixed\n";

/// The tokens of a text with a vocabulary and a `tokenizer_config.json`, and again after saving without
/// `tokenizer.json`.
fn tokens(config: &str, others: &[(&str, &str)], text: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("vocab.txt"), VOCAB).unwrap();
    fs::write(dir.path().join("tokenizer_config.json"), config).unwrap();
    for (name, content) in others {
        fs::write(dir.path().join(name), content).unwrap();
    }
    let options = EncodeOptions { add_special_tokens: false, tokens: true, ..Default::default() };
    let tokenizer = Tokenizer::from_dir(dir.path()).unwrap();
    let tokens = tokenizer.encode(text, &options).unwrap().tokens;

    let saved = tempfile::tempdir().unwrap();
    tokenizer.save(saved.path()).unwrap();
    fs::remove_file(saved.path().join("tokenizer.json")).unwrap();
    let raw = Tokenizer::from_dir(saved.path()).unwrap();
    assert_eq!(raw.encode(text, &options).unwrap().tokens, tokens);
    tokens
}

#[test]
fn special_tokens_are_found_as_they_are_spelled() {
    assert_eq!(tokens("{}", &[], "a[MASK]b [mask]"), ["a", "[MASK]", "b", "[UNK]", "[UNK]", "[UNK]"]);
}

#[test]
fn the_flags_of_a_special_token_are_those_of_its_key() {
    let config = r#"{"mask_token": {"content": "[MASK]", "lstrip": true}}"#;
    assert_eq!(tokens(config, &[], "a [MASK]"), ["a", " [MASK]"]);
}

#[test]
fn added_tokens_decoder_is_read() {
    let config = r#"{"added_tokens_decoder": {"10": {"content": "<ent>", "lstrip": true, "rstrip": true}}}"#;
    assert_eq!(tokens(config, &[], "a <ent> b"), ["a", " <ent> ", "b"]);
}

#[test]
fn added_tokens_json_is_read_where_there_is_no_decoder() {
    let file = ("added_tokens.json", r#"{"covid19": 10}"#);
    assert_eq!(tokens("{}", &[file], "a covid19 covid"), ["a", "covid19", "covid"]);
}

#[test]
fn further_special_tokens_get_the_next_ids() {
    let config = r#"{"additional_special_tokens": ["<x>", {"content": "<y>"}]}"#;
    assert_eq!(tokens(config, &[], "a<y>b<x>"), ["a", "<y>", "b", "<x>"]);
}

#[test]
fn flags_that_are_not_the_usual_ones_are_saved_for_the_raw_vocabulary() {
    let reference = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/bpe_roberta");
    let json = fs::read_to_string(reference.join("tokenizer.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tokenizer.json"), json.replace(r#""lstrip": true"#, r#""lstrip": false"#)).unwrap();
    let ids = |tokenizer: &Tokenizer| tokenizer.encode("a <mask>", &EncodeOptions::default()).unwrap().ids;
    let tokenizer = Tokenizer::from_dir(dir.path()).unwrap();
    tokenizer.save(dir.path()).unwrap();
    fs::remove_file(dir.path().join("tokenizer.json")).unwrap();
    let raw = Tokenizer::from_dir(dir.path()).unwrap();
    assert_eq!(ids(&raw), ids(&tokenizer));
    assert_eq!(ids(&raw).len(), 5);
}

#[test]
fn what_is_never_split_keeps_its_case() {
    assert_eq!(tokens(r#"{"never_split": ["Mixed"]}"#, &[], "Mixed a"), ["Mixed", "a"]);
}

#[test]
fn an_added_token_cannot_take_the_id_of_another() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("vocab.txt"), VOCAB).unwrap();
    fs::write(dir.path().join("added_tokens.json"), r#"{"new": 5}"#).unwrap();
    let error = Tokenizer::from_dir(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("vocab.txt: added_tokens: new: expected id 5, found id 10 by the vocabulary"), "{error}");
}
