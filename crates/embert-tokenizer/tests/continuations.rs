//! Which tokens go on with a word, by the rules of the codes that choose whole words.

use std::path::Path;

use embert_tokenizer::{EncodeOptions, Tokenizer};

/// The words of a text, as `continuations` has them.
fn words(tokenizer: &str, text: &str) -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(tokenizer);
    let tokenizer = Tokenizer::from_dir(&dir).unwrap();
    let continuations = tokenizer.continuations();
    assert!(continuations.is_sorted() && continuations.iter().all(|id| !tokenizer.is_special(*id)));
    let options = EncodeOptions { add_special_tokens: false, tokens: true, ..EncodeOptions::default() };
    let encodings = tokenizer.encode(text, &options).unwrap();
    let mut words: Vec<String> = Vec::new();
    for (id, token) in encodings.ids.iter().zip(&encodings.tokens) {
        let token = token.trim_start_matches("##");
        match words.last_mut() {
            Some(word) if continuations.contains(id) => word.push_str(token),
            _ => words.push(token.to_owned()),
        }
    }
    words
}

#[test]
fn a_word_piece_with_two_hashes_goes_on() {
    assert_eq!(
        words("wordpiece_uncased", "unaffable people can't run"),
        ["unaffable", "people", "can", "'", "t", "run"]
    );
}

#[test]
fn a_byte_level_token_without_a_space_goes_on() {
    assert_eq!(words("bpe_roberta", "unaffable people can't, run"), ["unaffable", "Ġpeople", "Ġcan't,", "Ġrun"]);
}

#[test]
fn a_unigram_token_of_letters_without_a_space_goes_on_but_digits_and_marks_do_not() {
    assert_eq!(
        words("spm_albert_lower", "unaffable people can't"),
        ["▁unaffable", "▁people", "▁can", "'t"].map(String::from).to_vec()
    );
}
