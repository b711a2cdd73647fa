//! What training a WordPiece vocabulary promises.

mod training;

use std::convert::Infallible;

use embert_tokenizer::Error;
use embert_tokenizer::train::{PieceRule, Stage, WordPiece};
use training::{does_not_depend_on_threads, survives_saving, texts, vocabulary};

#[test]
fn special_tokens_come_first() {
    let tokenizer = WordPiece { vocab_size: 60, ..Default::default() }.train_from(texts()).unwrap();
    assert_eq!(vocabulary(&tokenizer)[..5], ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
    assert_eq!(tokenizer.special_ids(), [0, 1, 2, 3, 4]);
    assert_eq!(tokenizer.special_tokens().mask.as_ref().unwrap().id, 4);
    assert_eq!(tokenizer.max_length(), Some(512));
}

#[test]
fn the_vocabulary_does_not_depend_on_threads() {
    for rule in [PieceRule::Frequency, PieceRule::Likelihood] {
        let trainer = WordPiece { vocab_size: 200, rule, ..Default::default() };
        does_not_depend_on_threads(|| trainer.train_from(texts()).unwrap());
    }
}

#[test]
fn the_most_frequent_pair_is_merged_first() {
    let trainer = WordPiece { vocab_size: 5 + 6 + 2, min_frequency: 1, ..Default::default() };
    let tokenizer = trainer.train_from(["abc abc abd"]).unwrap();
    // 4 characters, 3 of them inside words, then `ab`, which is all that still fits.
    assert_eq!(vocabulary(&tokenizer)[5..], ["a", "b", "c", "d", "##b", "##c", "##d", "ab"]);
}

#[test]
fn likelihood_prefers_pairs_that_meet_more_often_than_by_chance() {
    // `ab` is the most frequent pair, but `a` and `b` are everywhere; `x` and `y` are never apart.
    let text = "ab ab ab aab abb bab bba aba baa xy xy xy ba ba";
    let first_merge = |rule| {
        let trainer = WordPiece { vocab_size: 5 + 7 + 1, min_frequency: 2, rule, ..Default::default() };
        vocabulary(&trainer.train_from([text]).unwrap()).pop().unwrap()
    };
    assert_eq!(first_merge(PieceRule::Likelihood), "xy");
    assert_ne!(first_merge(PieceRule::Frequency), "xy");
}

#[test]
fn a_vocabulary_never_exceeds_its_size_and_keeps_the_commonest_characters() {
    let tokenizer = WordPiece { vocab_size: 8, ..Default::default() }.train_from(["eee eee zq"]).unwrap();
    assert_eq!(vocabulary(&tokenizer)[5..], ["e", "##e", "ee"]);
    let error = WordPiece { vocab_size: 4, ..Default::default() }.train_from(["a"]).unwrap_err();
    assert_eq!(error.to_string(), "training: vocab_size 4 is too small: expected at least 7");
}

#[test]
fn a_failing_source_of_texts_fails_the_training() {
    let texts = [Ok("a".to_owned()), Err("disk on fire")].into_iter();
    let error = WordPiece::default().train(texts, &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::Texts(_)));
    assert_eq!(error.to_string(), "training texts: disk on fire");
}

#[test]
fn progress_tells_the_bytes_read_and_the_pieces_found() {
    let mut seen = Vec::new();
    let stream = texts().into_iter().map(Ok::<_, Infallible>);
    WordPiece { vocab_size: 50, ..Default::default() }.train(stream, &mut |progress| seen.push(progress)).unwrap();
    let bytes: usize = texts().iter().map(String::len).sum();
    assert!(seen.iter().any(|progress| progress.stage == Stage::Reading && progress.done == bytes as u64));
    assert_eq!(seen.last().map(|progress| (progress.stage, progress.done)), Some((Stage::Learning, 50)));
}

#[test]
fn a_trained_tokenizer_survives_saving() {
    let trainer = WordPiece { vocab_size: 90, ..Default::default() };
    survives_saving(&trainer.train_from(texts()).unwrap(), &["vocab.txt"]);
}

#[test]
fn texts_without_a_word_are_an_error() {
    let error = WordPiece::default().train_from(["", "  \n"]).unwrap_err();
    assert_eq!(error.to_string(), "training texts: there is no word in them");
}
