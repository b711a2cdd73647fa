//! Data of embedding models, one rule a test.

use crate::support::{file, gzip, tokenizer};
use embert_data::Error;
use embert_data::tasks::embedding::{EmbeddingExample, EmbeddingOptions, features, read as open};

fn read(name: &str, content: impl AsRef<[u8]>, options: &EmbeddingOptions) -> Result<Vec<EmbeddingExample>, Error> {
    let (_folder, path) = file(name, content);
    open(&path, options)?.collect()
}

fn only(name: &str, content: impl AsRef<[u8]>) -> (String, String, Option<String>, Option<f32>) {
    let mut examples = read(name, content, &EmbeddingOptions::default()).unwrap();
    assert_eq!(examples.len(), 1);
    let EmbeddingExample { anchor, positive, negative, score, .. } = examples.remove(0);
    (anchor, positive, negative, score)
}

fn message(name: &str, content: impl AsRef<[u8]>, options: &EmbeddingOptions) -> String {
    let message = read(name, content, options).unwrap_err().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with(name), "{message}");
    rest.to_string()
}

#[test]
fn the_usual_columns_are_known() {
    let (a, b) = (|| "a".to_string(), || "b".to_string());
    assert_eq!(only("a.csv", "anchor,positive\na,b\n"), (a(), b(), None, None));
    assert_eq!(only("a.tsv.gz", gzip(b"sentence1\tsentence2\tscore\na\tb\t4.5\n")), (a(), b(), None, Some(4.5)));
    let triplet = "{\"query\":\"a\",\"positive\":\"b\",\"negative\":\"c\"}";
    assert_eq!(only("a.jsonl", triplet), (a(), b(), Some("c".into()), None));
    assert_eq!(only("a.jsonl", "{\"text\":\"a\",\"pair\":\"b\",\"label\":1}"), (a(), b(), None, Some(1.0)));
    assert_eq!(only("a.csv", "anchor,positive,negative,score\na,b,,\n"), (a(), b(), None, None));
}

#[test]
fn columns_that_are_named_come_first() {
    let mut options = EmbeddingOptions { anchor_column: Some("title".into()), ..Default::default() };
    let examples = read("a.csv", "title,text,positive\nt,x,b\n", &options).unwrap();
    assert_eq!(examples[0].anchor, "t");
    options.score_column = Some("similarity".into());
    let found = message("a.csv", "title,positive\nt,b\n", &options);
    assert_eq!(found, "line 1: no column \"similarity\"; found \"title\", \"positive\"");
}

#[test]
fn bad_files_are_errors_with_file_and_line() {
    let options = EmbeddingOptions::default();
    let positive = "no column \"positive or sentence2 or pair\"; found \"anchor\"";
    assert_eq!(message("a.csv", "anchor\n", &options), format!("line 1: {positive}"));
    assert_eq!(message("a.jsonl", "\n{\"anchor\":\"a\"}", &options), format!("line 2: {positive}"));
    let score = "{\"anchor\":\"a\",\"positive\":\"b\",\"label\":\"entailment\"}";
    assert_eq!(message("a.jsonl", score, &options), "line 1: expected a number as score, found \"entailment\"");
    let text = "{\"anchor\":[\"a\"],\"positive\":\"b\"}";
    assert_eq!(message("a.jsonl", text, &options), "line 1: expected a string as text, found a list");
    let ragged = "line 2: expected 2 fields, as many as there are columns, found 3";
    assert_eq!(message("a.csv", "anchor,positive\na,b,c\n", &options), ragged);
    let twice = "line 1: expected one column \"score\", found 2";
    assert_eq!(message("a.csv", "anchor,positive,score,score\n", &options), twice);
    assert_eq!(message("a.csv", "anchor,positive\n", &options), "no example here");
    assert_eq!(
        message("a.csv", b"anchor,positive\na,\xFF\n", &options),
        "byte 18 is not UTF-8; expected text in UTF-8"
    );
}

#[test]
fn features_have_a_row_a_text() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let content = "anchor,positive,negative,score\nin,the,of,0.5\nin the,of,a a a a a,1\n";
    let examples = read("a.csv", content, &EmbeddingOptions::default()).unwrap();
    let found = features(&tokenizer, &examples, 5).unwrap();
    assert_eq!(found.anchors.lengths, [3, 4]);
    assert_eq!(found.positives.lengths, [3, 3]);
    assert_eq!(found.negatives.unwrap().lengths, [3, 5]);
    assert_eq!(found.scores.unwrap(), [0.5, 1.0]);
}

#[test]
fn negatives_and_scores_are_of_all_examples_or_of_none() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let examples = read("a.csv", "anchor,positive,negative\na,b,c\na,b,\n", &EmbeddingOptions::default()).unwrap();
    let error = features(&tokenizer, &examples, 8).unwrap_err().to_string();
    assert!(error.ends_with("a.csv: line 3: expected a negative, as other examples have, found none"), "{error}");
    let examples = read("a.csv", "anchor,positive\na,b\n", &EmbeddingOptions::default()).unwrap();
    let found = features(&tokenizer, &examples, 8).unwrap();
    assert!(found.negatives.is_none() && found.scores.is_none());
}
