//! Bad input is an error that says where and what, and never a panic.

use std::fs;
use std::path::Path;

use embert_tokenizer::{EncodeOptions, Error, SentencePiece, Tokenizer, Truncation};
use proptest::prelude::*;
use tempfile::TempDir;

const MERGES: &str = "#version: 0.2\na b\n";
const VOCAB: &str = r#"{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6, "<mask>": 7}"#;

fn reference(file: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(file)).unwrap()
}

fn dir(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

/// The message of loading a directory with these files, without the directory.
fn refusal(files: &[(&str, &[u8])]) -> String {
    let dir = dir(files);
    let error = Tokenizer::from_dir(dir.path()).unwrap_err();
    error.to_string().replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn a_good_pair_of_bpe_files_loads() {
    let dir = dir(&[("vocab.json", VOCAB.as_bytes()), ("merges.txt", MERGES.as_bytes())]);
    let tokenizer = Tokenizer::from_dir(dir.path()).unwrap();
    assert_eq!(tokenizer.encode("ab", &EncodeOptions::default()).unwrap().ids, [0, 6, 2]);
}

#[test]
fn text_must_be_utf8() {
    let latin = b"[UNK]\ncaf\xe9\n";
    assert_eq!(refusal(&[("vocab.txt", latin)]), "vocab.txt: not UTF-8 at byte 9; a vocabulary is UTF-8 text");
    for name in ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"] {
        assert_eq!(refusal(&[(name, latin)]), format!("{name}: not UTF-8 at byte 9; a vocabulary is UTF-8 text"));
    }
    let vocab = ("vocab.json", VOCAB.as_bytes());
    assert!(refusal(&[vocab, ("merges.txt", latin)]).starts_with("merges.txt: not UTF-8 at byte 9"));
}

#[test]
fn an_empty_file_is_no_vocabulary() {
    assert_eq!(refusal(&[("vocab.txt", b"")]), "vocab.txt: content: expected a token a line, found an empty file");
    assert!(refusal(&[("tokenizer.json", b"")]).starts_with("tokenizer.json: not valid JSON: EOF"));
    assert!(refusal(&[("vocab.json", b""), ("merges.txt", b"")]).starts_with("vocab.json: not valid JSON: EOF"));
    assert_eq!(
        refusal(&[("vocab.json", VOCAB.as_bytes()), ("merges.txt", b"")]),
        "merges.txt: content: expected a merge a line, found an empty file"
    );
    assert_eq!(
        refusal(&[("spiece.model", b"")]),
        "spiece.model: content: expected a SentencePiece model, found an empty file"
    );
}

#[test]
fn an_unknown_token_is_needed() {
    assert_eq!(
        refusal(&[("vocab.txt", b"[CLS]\n[SEP]\na\n")]),
        "vocab.txt: special token [UNK]: expected an entry of the vocabulary, found none"
    );
    let vocab = VOCAB.replace("<unk>", "unknown");
    assert_eq!(
        refusal(&[("vocab.json", vocab.as_bytes()), ("merges.txt", MERGES.as_bytes())]),
        "vocab.json: special token <unk>: expected an entry of the vocabulary, found none"
    );
    let word_piece = br###"{"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": {"a": 0}}}"###;
    assert_eq!(
        refusal(&[("tokenizer.json", word_piece)]),
        "tokenizer.json: model.vocab: expected the unknown token [UNK], found none among 1 tokens"
    );
    let unigram = br#"{"model": {"type": "Unigram", "unk_id": null, "vocab": [["a", 0.0]]}}"#;
    assert_eq!(
        refusal(&[("tokenizer.json", unigram)]),
        "tokenizer.json: model.unk_id: expected the id of the unknown token, below 1, found null"
    );
}

#[test]
fn a_broken_merge_is_named_by_its_line() {
    let refusal = |merges: &str| refusal(&[("vocab.json", VOCAB.as_bytes()), ("merges.txt", merges.as_bytes())]);
    let expected = "expected two tokens with a space between them, found";
    assert_eq!(refusal("#version: 0.2\na b\nab\n"), format!("merges.txt: line 3: {expected} \"ab\""));
    assert_eq!(refusal("a  b\n"), format!("merges.txt: line 1: {expected} \"a  b\""));
    assert_eq!(refusal("a b\n\na b\n"), format!("merges.txt: line 2: {expected} \"\""));
    assert_eq!(
        refusal("b a\n"),
        "merges.txt: line 1: expected two tokens of vocab.json that make a third, found ba, which is none"
    );
    let json = br#"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}"#;
    assert_eq!(
        self::refusal(&[("tokenizer.json", json)]),
        "tokenizer.json: model.merges[0]: expected two tokens of the vocabulary that make a third, \
         found \"a b\", and ab is no token"
    );
}

#[test]
fn json_of_another_kind_is_refused() {
    let kind = |json: &[u8]| refusal(&[("tokenizer.json", json)]);
    let expected = "tokenizer.json: top level: expected";
    assert_eq!(kind(b"[1, 2]"), format!("{expected} an object with a tokenizer's `model`, found a list"));
    assert_eq!(kind(br#"{"hidden_size": 4}"#), format!("{expected} a tokenizer's `model`, found another kind of JSON"));
    assert_eq!(kind(br#"{"model": "bert"}"#), "tokenizer.json: model: expected an object, found a string");
    let vocab = |json: &[u8]| refusal(&[("vocab.json", json), ("merges.txt", MERGES.as_bytes())]);
    assert_eq!(vocab(b"7"), "vocab.json: top level: expected an object with tokens and their ids, found the number 7");
    assert_eq!(vocab(br#"{"a": "b"}"#), "vocab.json: a: expected an id, found \"b\"");
    assert_eq!(vocab(br#"{"a": -1}"#), "vocab.json: a: expected an id, found -1");
    assert_eq!(vocab(br#"{"a": 1, "b": 1}"#), "vocab.json: b: expected an id of its own, found 1, the id of a");
    let config = ("tokenizer_config.json", br#"{"do_lower_case": "yes"}"#.as_slice());
    assert_eq!(
        refusal(&[("vocab.txt", b"[UNK]\n"), config]),
        "tokenizer_config.json: do_lower_case: expected true or false, found a string"
    );
}

#[test]
fn a_directory_without_a_tokenizer_says_what_it_holds() {
    let message = refusal(&[("vocab.json", VOCAB.as_bytes()), ("weights", b"")]);
    assert!(message.ends_with("; found vocab.json, weights"), "{message}");
}

#[test]
fn a_model_file_that_is_cut_short_is_refused() {
    let whole = reference("spm_albert_lower/spiece.model");
    for length in (1..whole.len()).step_by(4001) {
        let message = refusal(&[("spiece.model", &whole[..length])]);
        assert!(message.starts_with("spiece.model: content: expected"), "{length}: {message}");
    }
}

#[test]
fn a_stretch_of_a_hundred_megabytes_without_a_space_is_refused() {
    let dir = dir(&[("vocab.txt", b"[UNK]\n[CLS]\n[SEP]\na\n")]);
    let tokenizer = Tokenizer::from_dir(dir.path()).unwrap();
    let line = "a".repeat(100 << 20);
    let error = tokenizer.encode(&line, &EncodeOptions::default()).unwrap_err();
    assert!(matches!(error, Error::TooLong { bytes: 104_857_600, .. }), "{error}");
    // With spaces it is read in parts: all of it where only ids are asked for, else as far as the limit of the row.
    let words = "a ".repeat(50 << 20);
    assert!(matches!(tokenizer.encode(&words, &EncodeOptions::default()), Err(Error::TooLong { .. })));
    let options = EncodeOptions { truncation: Some(Truncation::new(512)), ..EncodeOptions::default() };
    assert_eq!(tokenizer.encode(&words, &options).unwrap().ids.len(), 512);
    assert_eq!(tokenizer.token_ids(words.get(..2 << 20).unwrap()).unwrap().len(), 1 << 20);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_damaged_model_file_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        at_charsmap in any::<bool>(),
    ) {
        let mut bytes = reference("spm_albert_lower/spiece.model");
        let (pieces, len) = (14_000, bytes.len()); // the character map comes after the pieces
        for (place, byte) in damage {
            let place = if at_charsmap { pieces + place.index(len - pieces) } else { place.index(pieces) };
            bytes[place] = byte;
        }
        let dir = dir(&[("spiece.model", &bytes)]);
        let text = "The ﬁrst, ½ ｆｕｌｌ… 한글 日本 <mask> ``x'' \u{301}";
        if let Ok(model) = SentencePiece::read(&dir.path().join("spiece.model")) {
            let ids: Vec<u32> = model.encode(text).into_iter().map(|(id, _)| id).collect();
            model.decode(&ids).unwrap();
        }
        if let Ok(tokenizer) = Tokenizer::from_dir(dir.path()) {
            tokenizer.encode(text, &EncodeOptions::default()).unwrap();
        }
    }

    #[test]
    fn a_damaged_tokenizer_json_never_panics(
        kind in prop::sample::select(vec!["wordpiece_uncased", "bpe_roberta"]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"0 9,:[]{}\"ax-nu".to_vec())), 1..4),
    ) {
        let mut bytes = reference(&format!("{kind}/tokenizer.json"));
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let dir = dir(&[("tokenizer.json", &bytes)]);
        if let Ok(tokenizer) = Tokenizer::from_dir(dir.path()) {
            let got = tokenizer.encode(("The ﬁrst, [MASK] x", "<mask> y"), &EncodeOptions::default());
            if let Ok(got) = got {
                let _ = tokenizer.decode(&got.ids, false);
            }
        }
    }
}

#[test]
fn a_vocabulary_with_a_repeated_line_has_as_many_ids_as_lines() {
    // Its ids are those of the lines, of a repeated one the last; the model needs a row for each.
    let dir = dir(&[("vocab.txt", b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\nb\n")]);
    let tokenizer = Tokenizer::from_dir(dir.path()).unwrap();
    assert_eq!(tokenizer.vocab_size(), 8);
    assert_eq!(tokenizer.encode("a b", &EncodeOptions::default()).unwrap().ids, [2, 6, 7, 3]);
}
