//! What training a Unigram vocabulary promises.

mod training;

use embert_tokenizer::EncodeOptions;
use embert_tokenizer::train::{Stage, Unigram};
use training::{does_not_depend_on_threads, survives_saving, texts, vocabulary};

fn small() -> Unigram {
    Unigram { vocab_size: 120, ..Default::default() }
}

#[test]
fn special_tokens_come_first() {
    let tokenizer = small().train_from(texts()).unwrap();
    assert_eq!(vocabulary(&tokenizer)[..5], ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]);
    assert_eq!(tokenizer.special_ids(), [0, 1, 2, 3, 4]);
    assert_eq!(tokenizer.vocab_size(), 120);
}

#[test]
fn the_vocabulary_does_not_depend_on_threads() {
    does_not_depend_on_threads(|| small().train_from(texts()).unwrap());
}

#[test]
fn pieces_are_what_recurs_and_every_character_is_one() {
    let tokenizer = small().train_from(texts()).unwrap();
    for piece in ["▁", "k", "a", "lo"] {
        assert!(tokenizer.token_to_id(piece).is_some(), "{piece}: {:?}", vocabulary(&tokenizer));
    }
    let known = tokenizer.encode("kalomi rusoti", &EncodeOptions::default()).unwrap();
    assert!(!known.ids.contains(&1));
    let unknown = tokenizer.encode("kalo Ж", &EncodeOptions::default()).unwrap();
    assert!(unknown.ids.contains(&1));
}

#[test]
fn a_frequent_word_is_one_piece() {
    let text = "zyx zyx, ".repeat(25) + &"ab ba aab bba abab ".repeat(3);
    let tokenizer = Unigram { vocab_size: 16, ..Default::default() }.train_from([text]).unwrap();
    assert!(tokenizer.token_to_id("▁zyx").is_some(), "{:?}", vocabulary(&tokenizer));
}

#[test]
fn options_that_no_vocabulary_satisfies_are_refused() {
    let error = |trainer: Unigram| trainer.train_from(["a"]).unwrap_err().to_string();
    assert_eq!(
        error(Unigram { vocab_size: 5, ..Default::default() }),
        "training: vocab_size 5 is too small: expected at least 6"
    );
    assert_eq!(
        error(Unigram { shrinking_factor: 1.0, ..Default::default() }),
        "training: shrinking_factor 1: expected a number between 0 and 1"
    );
}

#[test]
fn texts_without_a_word_are_an_error() {
    let error = Unigram::default().train_from(["", "  \n"]).unwrap_err();
    assert_eq!(error.to_string(), "training texts: there is no word in them");
}

#[test]
fn progress_ends_at_its_total() {
    let mut seen = Vec::new();
    small().train(texts().into_iter().map(Ok::<_, String>), &mut |progress| seen.push(progress)).unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.stage, Some(last.done)), (Stage::Learning, last.total));
}

#[test]
fn a_trained_tokenizer_survives_saving() {
    survives_saving(&small().train_from(texts()).unwrap(), &[]);
}
