//! Where a sentence ends, one rule a test.

use embert_data::Microworld;
use embert_data::sentences::sentences;
use proptest::prelude::*;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(sentences(text).collect::<Vec<_>>(), expected);
}

#[test]
fn stops_end_sentences_and_quotes_go_with_them() {
    check("One. Two! Three? \"Four.\" Five", &["One.", "Two!", "Three?", "\"Four.\"", "Five"]);
    check("今日は。 元気？", &["今日は。", "元気？"]);
}

#[test]
fn numbers_and_names_with_dots_do_not_end_sentences() {
    check("It costs 3.50 at example.com now. Yes.", &["It costs 3.50 at example.com now.", "Yes."]);
}

#[test]
fn titles_and_initials_do_not_end_sentences() {
    check("Mr. J. S. Bach met Dr. No. They left.", &["Mr. J. S. Bach met Dr. No.", "They left."]);
    check("See (cf. Fig. 3). Then go on.", &["See (cf. Fig. 3).", "Then go on."]);
    check("So do I. You too.", &["So do I.", "You too."]);
}

#[test]
fn what_is_said_is_part_of_the_sentence_that_says_so() {
    check("“Who?” he asked. “He.” She left.", &["“Who?” he asked.", "“He.”", "She left."]);
}

#[test]
fn a_line_break_ends_a_sentence_even_after_an_abbreviation() {
    check("as told by Dr.\nNo", &["as told by Dr.", "No"]);
}

#[test]
fn what_has_no_word_is_no_sentence() {
    check(" \t ... !? --- ", &[]);
    check("", &[]);
}

#[test]
fn a_sentence_of_the_small_world_is_one_sentence() {
    for sentence in Microworld::new(1).documents(500).flat_map(|story| story.sentences) {
        check(&sentence, &[&sentence]);
    }
}

proptest! {
    #[test]
    fn every_word_is_in_one_sentence(text: String) {
        let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let found: Vec<_> = sentences(&text).collect();
        prop_assert_eq!(found.iter().map(|sentence| words(sentence)).collect::<String>(), words(&text));
        prop_assert!(found.iter().all(|sentence| !words(sentence).is_empty() && sentence.trim() == *sentence));
    }
}
