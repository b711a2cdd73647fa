//! What a loaded tokenizer promises.

use std::path::Path;

use embert_tokenizer::{EncodeOptions, Error, Input, Role, Tokenizer, Truncation, train};
use serde_json::{Value, json};

fn tokenizer() -> Tokenizer {
    let texts = ["the cat sat on the mat", "the dog sat on the log", "café naïve"];
    train::WordPiece { vocab_size: 80, lowercase: false, ..Default::default() }.train_from(texts).unwrap()
}

#[test]
fn a_pair_has_segments_and_separators() {
    let tokenizer = tokenizer();
    let got = tokenizer.encode(("the", "the"), &EncodeOptions { tokens: true, ..Default::default() }).unwrap();
    assert_eq!(got.tokens, ["[CLS]", "the", "[SEP]", "the", "[SEP]"]);
    assert_eq!(got.type_ids, [0, 0, 0, 1, 1]);
    assert_eq!(got.sequence_ids, [None, Some(0), None, Some(1), None]);
}

#[test]
fn offsets_come_in_characters_and_in_bytes() {
    let text = "café the";
    let got = tokenizer().encode(text, &EncodeOptions::default()).unwrap();
    let row = got.rows().next().unwrap();
    let (last, last_bytes) = (row.offsets[row.ids.len() - 2], row.byte_offsets[row.ids.len() - 2]);
    assert_eq!((last, last_bytes), ((5, 8), (6, 9)));
    assert_eq!(&text[last_bytes.0..last_bytes.1], "the");
}

#[test]
fn a_batch_is_its_rows_one_after_the_other() {
    let tokenizer = tokenizer();
    let texts: Vec<String> = (0..100).map(|n| "the cat sat ".repeat(n % 7)).collect();
    let inputs: Vec<Input> = texts.iter().map(Input::from).collect();
    let batch = tokenizer.encode_batch(&inputs, &EncodeOptions::default()).unwrap();
    assert_eq!(batch.inputs, (0..100).collect::<Vec<_>>());
    for (row, text) in batch.rows().zip(&texts) {
        assert_eq!(row.ids, tokenizer.encode(text, &EncodeOptions::default()).unwrap().ids);
    }
    assert_eq!(tokenizer.encode_batch(&[], &EncodeOptions::default()).unwrap().len(), 0);
}

#[test]
fn overflow_windows_follow_their_row() {
    let tokenizer = tokenizer();
    let options = EncodeOptions {
        truncation: Some(Truncation { stride: 1, ..Truncation::new(4) }),
        overflow_windows: true,
        ..Default::default()
    };
    let got = tokenizer.encode_batch(&["the".into(), "the the the".into()], &options).unwrap();
    assert_eq!(got.inputs, [0, 1, 1]);
    assert_eq!(got.lengths, [3, 4, 4]);
    assert_eq!(got.rows().map(|row| row.is_overflow).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn an_id_beyond_the_vocabulary_cannot_be_decoded() {
    let tokenizer = tokenizer();
    let error = tokenizer.decode(&[5, 4_000_000_000], false).unwrap_err();
    assert!(matches!(error, Error::UnknownId { id: 4_000_000_000, .. }), "{error}");
}

#[test]
fn a_directory_says_that_a_model_is_given_segments_where_its_class_would_not() {
    for (name, inputs) in [
        ("spm_albert_lower", json!(["input_ids", "token_type_ids", "attention_mask"])),
        ("bpe_roberta", Value::Null),
        ("wordpiece_uncased", Value::Null),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
        Tokenizer::from_dir(&reference).unwrap().save(dir.path()).unwrap();
        let config = std::fs::read_to_string(dir.path().join("tokenizer_config.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&config).unwrap()["model_input_names"], inputs, "{name}");
    }
}

#[test]
fn roles_know_their_tokens() {
    let tokenizer = tokenizer();
    assert_eq!(tokenizer.special_tokens().require(Role::Mask).unwrap().token, "[MASK]");
    assert!(tokenizer.is_special(0) && !tokenizer.is_special(5));
}

#[test]
fn a_text_that_speaks_of_special_tokens_has_none_as_training_data() {
    for name in ["wordpiece_uncased", "bpe_roberta", "spm_albert_lower"] {
        let tokenizer =
            Tokenizer::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)).unwrap();
        let unknown = tokenizer.special_tokens().get(Role::Unk).map(|token| token.id);
        for role in [Role::Mask, Role::Sep, Role::Cls, Role::Pad] {
            let token = &tokenizer.special_tokens().require(role).unwrap().token;
            let ids = tokenizer.token_ids(&format!("the token {token} here")).unwrap();
            assert!(ids.iter().all(|id| !tokenizer.is_special(*id) || Some(*id) == unknown), "{name}: {token}");
        }
    }
}
