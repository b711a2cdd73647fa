//! Data of token classification, one rule a test.

use std::sync::LazyLock;

use crate::support::{file, gzip, tokenizer};
use embert_data::tasks::tokens::{
    TokenExample, TokenFeatureOptions, TokenFormat, TokenOptions, features, read as open,
};
use embert_data::tasks::{IGNORE_INDEX, LabelSet, Origin};
use embert_data::{Error, Place};
use embert_tokenizer::Tokenizer;
use proptest::prelude::*;

fn read(name: &str, content: impl AsRef<[u8]>, options: &TokenOptions) -> Result<Vec<TokenExample>, Error> {
    let (_folder, path) = file(name, content);
    open(&path, options)?.collect()
}

/// Line and words/tags of each sentence.
fn sentences(name: &str, content: impl AsRef<[u8]>, options: &TokenOptions) -> Vec<(u64, String)> {
    let examples = read(name, content, options).unwrap();
    let sentence = |example: TokenExample| {
        let tags = example.tags.unwrap_or(vec!["?".into(); example.words.len()]);
        let words = example.words.iter().zip(&tags).map(|(word, tag)| format!("{word}/{tag}"));
        let Place::Line(line) = example.origin.place else { unreachable!("a row") };
        (line, words.collect::<Vec<_>>().join(" "))
    };
    examples.into_iter().map(sentence).collect()
}

fn message(name: &str, content: impl AsRef<[u8]>, options: &TokenOptions) -> String {
    let message = read(name, content, options).unwrap_err().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with(name), "{message}");
    rest.to_string()
}

const CONLL: &str = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\n# NN B-NP O\n";

#[test]
fn blank_lines_separate_sentences_and_the_last_column_is_the_tag() {
    let options = TokenOptions::default();
    let expected = [(3, "EU/B-ORG rejects/O".to_string()), (7, "#/O".to_string())];
    assert_eq!(sentences("eng.train", CONLL, &options), expected);
    assert_eq!(sentences("eng.train", CONLL.trim_end(), &options), expected);
    assert_eq!(sentences("eng.train", format!("\u{feff}{}", CONLL.replace('\n', "\r\n")), &options), expected);
    assert_eq!(sentences("eng.conll.gz", gzip(CONLL.as_bytes()), &options), expected);
}

#[test]
fn a_document_line_ends_a_sentence() {
    let content = "a O\n-DOCSTART- O\nb O\n";
    let expected = [(1, "a/O".to_string()), (3, "b/O".to_string())];
    assert_eq!(sentences("a.conll", content, &TokenOptions::default()), expected);
}

#[test]
fn a_line_at_the_head_of_a_sentence_is_a_comment_where_its_columns_are_not_those_of_the_words() {
    let options = TokenOptions::default();
    let content = "# the file\n\n# id 7 domain=en\n#Zürich B-LOC\n# O\nwins O\n#1 O\n\n#id = 8\nb O\n";
    let expected = [(4, "#Zürich/B-LOC #/O wins/O #1/O".to_string()), (10, "b/O".to_string())];
    assert_eq!(sentences("a.conll", content, &options), expected);
    let three = "# id\nx\tN\tO\n\n# id\n\n#\tN\tO\n";
    assert_eq!(sentences("a.conll", three, &options), [(2, "x/O".to_string()), (6, "#/O".to_string())]);
    assert_eq!(sentences("a.conll", "#first O\n\nb O\n", &options)[0], (1, "#first/O".to_string()));
}

#[test]
fn another_column_may_be_the_tag_or_the_word() {
    let second = TokenOptions { tag_column: Some(1), ..Default::default() };
    assert_eq!(sentences("a.conll", "EU NNP B-ORG\n", &second), [(1, "EU/NNP".to_string())]);
    let universal = TokenOptions { word_column: 1, tag_column: Some(3), comments: true, ..Default::default() };
    let content = "# text = They buy\n1\tThey\tthey\tPRON\n2\tbuy\tbuy\tVERB\n";
    assert_eq!(sentences("a.conllu", content, &universal), [(2, "They/PRON buy/VERB".to_string())]);
}

#[test]
fn tabs_separate_columns_where_there_are_any() {
    let options = TokenOptions::default();
    assert_eq!(sentences("a.tsv", "New York\tB-LOC\n", &options), [(1, "New York/B-LOC".to_string())]);
    assert_eq!(sentences("a.txt", "York   B-LOC \n", &options), [(1, "York/B-LOC".to_string())]);
}

#[test]
fn json_lines_have_tokens_and_tags() {
    for field in ["tags", "ner_tags", "labels"] {
        let content = format!("{{\"tokens\":[\"a\",\"b\"],\"{field}\":[\"O\",3]}}\n{{\"tokens\":[],\"{field}\":[]}}\n");
        assert_eq!(sentences("a.jsonl", content, &TokenOptions::default()), [(1, "a/O b/3".to_string())]);
    }
    let named = TokenOptions { words_field: Some("w".into()), tags_field: Some("t".into()), ..Default::default() };
    assert_eq!(sentences("a.json", "{\"w\":[\"a\"],\"t\":[\"O\"],\"tags\":[]}", &named), [(1, "a/O".to_string())]);
}

#[test]
fn words_may_be_read_without_tags() {
    let options = TokenOptions { unlabelled: true, ..Default::default() };
    assert_eq!(sentences("a.conll", "a\nb X\n", &options), [(1, "a/? b/?".to_string())]);
    assert_eq!(sentences("a.jsonl", "{\"tokens\":[\"a\"]}", &options), [(1, "a/?".to_string())]);
}

#[test]
fn bad_files_are_errors_with_file_and_line() {
    let options = TokenOptions::default();
    let no_tag = "expected a word and a tag in columns with a space or a tab between, found";
    assert_eq!(message("a.conll", "a O\n\nb\n", &options), format!("line 3: {no_tag} 1 columns"));
    let fifth = TokenOptions { tag_column: Some(4), ..Default::default() };
    assert_eq!(message("a.conll", "a b c O\n", &fifth), format!("line 1: {no_tag} 4 columns"));
    assert_eq!(message("a.conll", "\n\n", &options), "no example here");
    assert_eq!(message("a.conll", b"a O\nb\xFF O\n", &options), "byte 5 is not UTF-8; expected text in UTF-8");
    let json = |line: &str| message("a.jsonl", format!("\n{line}"), &options);
    assert_eq!(
        json("{\"tokens\":[\"a\",\"b\"],\"tags\":[\"O\"]}"),
        "line 2: expected a tag for each of the 2 words, found 1 tags"
    );
    assert_eq!(json("{\"tokens\":[\"a\"]}"), "line 2: no column tags or ner_tags or labels; found \"tokens\"");
    let twice = "{\"tokens\":[\"a\"],\"tags\":[\"O\"],\"tags\":[\"X\"]}";
    assert_eq!(json(twice), "line 2: expected one column \"tags\", found 2");
    assert_eq!(json("{\"words\":[\"a\"]}"), "line 2: no column \"tokens\"; found \"words\"");
    assert_eq!(json("{\"tokens\":\"a\",\"tags\":[]}"), "line 2: expected a list of strings as \"tokens\", found \"a\"");
    let tags = "line 2: expected a list of names or whole numbers as tags, found a list";
    assert_eq!(json("{\"tokens\":[\"a\"],\"tags\":[null]}"), tags);
    let lossy = TokenOptions { lossy: true, ..Default::default() };
    assert_eq!(sentences("a.conll", b"b\xFF O\n", &lossy), [(1, "b\u{fffd}/O".to_string())]);
}

#[test]
fn a_sentence_without_end_is_an_error() {
    let content = "word O\n".repeat(3 << 20);
    assert!(matches!(read("a.conll", content, &TokenOptions::default()), Err(Error::RowTooLong { line: 1, .. })));
}

#[test]
fn the_format_may_be_said() {
    let options = TokenOptions { format: Some(TokenFormat::JsonLines), ..Default::default() };
    assert_eq!(sentences("a.txt", "{\"tokens\":[\"a\"],\"tags\":[\"O\"]}", &options), [(1, "a/O".to_string())]);
}

/// A sentence of which WordPiece keeps nothing of the second word.
fn sentence() -> TokenExample {
    let words = ["Johanson", "\u{7}", "lives", "in", "New", "York", "."];
    let tags = ["B-PER", "O", "O", "O", "B-LOC", "I-LOC", "O"];
    TokenExample {
        words: words.map(str::to_string).to_vec(),
        tags: Some(tags.map(str::to_string).to_vec()),
        origin: Origin { path: std::path::Path::new("a.conll").into(), place: Place::Line(3) },
    }
}

fn labels() -> LabelSet {
    LabelSet::new(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]).unwrap()
}

fn align(tokenizer: &Tokenizer, max_length: usize, label_all_tokens: bool) -> (Vec<u32>, Vec<i64>) {
    let options = TokenFeatureOptions { max_length, label_all_tokens };
    let found = features(tokenizer, &[sentence()], &labels(), &options).unwrap();
    (found.encodings.ids, found.labels)
}

const X: i64 = IGNORE_INDEX;

// The ids of the next three are those that transformers 5 gives for these words; the labels follow by hand.
#[test]
fn the_first_piece_of_a_word_has_its_label() {
    // [CLS] j ##o ##h ##ans ##on | (nothing) | li ##ve ##s | in | new | y ##or ##k | . [SEP]
    let (ids, labels) = align(&tokenizer("wordpiece_uncased"), 128, false);
    assert_eq!(ids, [2, 251, 29, 22, 800, 514, 629, 586, 33, 522, 807, 266, 520, 25, 217, 3]);
    assert_eq!(labels, [X, 1, X, X, X, X, 0, X, X, 0, 3, 4, X, X, 0, X]);
}

#[test]
fn words_of_a_bpe_that_marks_spaces_are_encoded_as_after_a_space() {
    // <s> | Ġ J o h an s on | Ġ ć | Ġl iv es | Ġin | ĠN e w | Ġ Y ork | Ġ . | </s>
    let expected_ids =
        [0, 224, 45, 82, 75, 289, 86, 266, 224, 199, 323, 425, 282, 292, 662, 72, 90, 224, 60, 441, 224, 17, 2];
    let expected = [X, 1, X, X, X, X, X, X, 0, X, 0, X, X, 0, 3, X, X, 4, X, X, 0, X, X];
    for name in ["bpe_roberta", "bpe_roberta_prefix_space"] {
        let (ids, labels) = align(&tokenizer(name), 128, false);
        assert_eq!((ids.as_slice(), labels.as_slice()), (&expected_ids[..], &expected[..]), "{name}");
    }
}

#[test]
fn words_of_unigram_are_encoded_with_their_own_space() {
    // [CLS] | ▁ j o h a n s on | (nothing) | ▁ li ve s | ▁in | ▁ ne w | ▁ y or k | ▁ . | [SEP]
    let (ids, labels) = align(&tokenizer("spm_albert_lower"), 128, false);
    let expected = [2, 13, 169, 37, 80, 22, 36, 14, 102, 13, 105, 104, 14, 30, 13, 81, 71, 13, 43, 48, 75, 13, 9, 3];
    assert_eq!(ids, expected);
    assert_eq!(labels, [X, 1, X, X, X, X, X, X, X, 0, X, X, X, 0, 3, X, X, 4, X, X, X, 0, X, X]);
}

#[test]
fn all_pieces_may_have_a_label_and_are_inside_after_the_first() {
    let (_, labels) = align(&tokenizer("wordpiece_uncased"), 128, true);
    assert_eq!(labels, [X, 1, 2, 2, 2, 2, 0, 0, 0, 0, 3, 4, 4, 4, 0, X]);
}

#[test]
fn what_is_cut_off_has_no_label() {
    let (ids, labels) = align(&tokenizer("wordpiece_uncased"), 9, false);
    assert_eq!(ids, [2, 251, 29, 22, 800, 514, 629, 586, 3]);
    assert_eq!(labels, [X, 1, X, X, X, X, 0, X, X]);
}

#[test]
fn offsets_count_within_a_word_whether_a_space_was_put_before_it_or_not() {
    let options = TokenFeatureOptions { max_length: 128, label_all_tokens: false };
    let offsets = |name| {
        let found = features(&tokenizer(name), &[sentence()], &labels(), &options).unwrap().encodings;
        found
            .byte_offsets
            .into_iter()
            .zip(found.word_ids)
            .filter(|(_, word)| *word == Some(5))
            .unzip::<_, _, Vec<_>, Vec<_>>()
            .0
    };
    assert_eq!(offsets("bpe_roberta"), [(0, 0), (0, 1), (1, 4)]); // Ġ Y ork
    assert_eq!(offsets("bpe_roberta"), offsets("bpe_roberta_prefix_space"));
}

#[test]
fn a_tag_that_is_not_in_the_set_is_an_error_with_file_and_line() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let options = TokenFeatureOptions { max_length: 128, label_all_tokens: false };
    let error = features(&tokenizer, &[sentence()], &LabelSet::new(["O", "B-LOC"]).unwrap(), &options).unwrap_err();
    assert_eq!(error.to_string(), "a.conll: line 3: label \"B-PER\" is none of the labels \"O\", \"B-LOC\"");
}

static TOKENIZERS: LazyLock<Vec<Tokenizer>> =
    LazyLock::new(|| ["wordpiece_uncased", "bpe_roberta", "spm_albert_lower"].map(tokenizer).to_vec());

proptest! {
    #[test]
    fn labels_stand_at_the_first_piece_of_their_word_and_nowhere_else(
        words in prop::collection::vec("[a-zé日\u{7}\u{ad} ]{0,6}|\\PC{0,3}", 0..12), max_length in 4..24_usize, all: bool,
    ) {
        // Each word has a tag of its own, so that a label says which word it belongs to.
        let tags: Vec<String> = (0..words.len()).map(|n| n.to_string()).collect();
        let labels = LabelSet::new(tags.clone()).unwrap();
        let origin = Origin { path: std::path::Path::new("a").into(), place: Place::Line(1) };
        let example = TokenExample { words, tags: Some(tags), origin };
        for tokenizer in &*TOKENIZERS {
            let options = TokenFeatureOptions { max_length, label_all_tokens: all };
            let found = features(tokenizer, &[example.clone(), example.clone()], &labels, &options).unwrap();
            prop_assert_eq!(found.labels.len(), found.encodings.ids.len());
            let mut rest = found.labels.as_slice();
            for row in found.encodings.rows() {
                let (labels, after) = rest.split_at(row.ids.len());
                rest = after;
                let mut before = None;
                for ((&label, &word), &special) in labels.iter().zip(row.word_ids).zip(row.special_tokens_mask) {
                    prop_assert!(!special || label == IGNORE_INDEX);
                    let expected = if word.is_some() && (all || word != before) { word.map(i64::from) } else { None };
                    prop_assert_eq!(label, expected.unwrap_or(IGNORE_INDEX));
                    before = word;
                }
            }
        }
    }

    #[test]
    fn no_file_is_too_broken_to_read(content in "([a-zO]|-DOCSTART-|[ \t\r\n#\u{feff}]){0,40}", universal: bool) {
        let options = TokenOptions {
            word_column: usize::from(universal),
            comments: universal,
            tag_column: universal.then_some(0),
            ..Default::default()
        };
        let _ = read("a.conll", content, &options);
    }
}
