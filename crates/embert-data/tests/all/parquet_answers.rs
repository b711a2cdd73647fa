//! Questions with answers in Parquet files, whole and damaged, one rule a test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::parquet::{message, texts, write};
use arrow_array::builder::{Int32Builder, ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::Field;
use embert_data::Error;
use embert_data::tasks::answers::{Answer, AnswerExample, AnswerFormat, AnswerOptions, read};
use proptest::prelude::*;
use tempfile::TempDir;

/// Questions about "It is Zoë." with these answers.
fn questions(answers: Vec<Option<(&str, i32)>>) -> (TempDir, PathBuf) {
    let mut text = ListBuilder::new(StringBuilder::new());
    let mut start = ListBuilder::new(Int32Builder::new());
    for answer in &answers {
        text.append_value(answer.iter().map(|answer| Some(answer.0)));
        start.append_value(answer.iter().map(|answer| Some(answer.1)));
    }
    let (text, start): (ArrayRef, ArrayRef) = (Arc::new(text.finish()), Arc::new(start.finish()));
    let field = |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let both = StructArray::from(vec![(field("text", &text), text), (field("answer_start", &start), start)]);
    let count = answers.len();
    write(vec![
        ("id", texts(&vec!["q"; count])),
        ("context", texts(&vec!["It is Zoë."; count])),
        ("question", texts(&vec!["Who?"; count])),
        ("answers", Arc::new(both)),
    ])
}

fn answered(path: &Path, options: &AnswerOptions) -> Result<Vec<AnswerExample>, Error> {
    read(path, options)?.collect()
}

#[test]
fn the_answers_of_squad_are_fields_of_a_struct() {
    let (_folder, path) = questions(vec![Some(("Zoë", 6)), None]);
    let found = answered(&path, &AnswerOptions::default()).unwrap();
    assert_eq!(found[0].answers, [Answer { text: "Zoë".into(), start: 6 }]);
    assert!(found[1].answers.is_empty());
    let other = path.with_extension("data");
    std::fs::rename(&path, &other).unwrap();
    let options = AnswerOptions { format: Some(AnswerFormat::Parquet), ..Default::default() };
    assert_eq!(answered(&other, &options).unwrap(), {
        let path: Arc<Path> = other.as_path().into();
        found.into_iter().map(|example| AnswerExample { path: Arc::clone(&path), ..example }).collect::<Vec<_>>()
    });
}

#[test]
fn an_answer_that_begins_nowhere_is_an_error_and_none_may_be_missing() {
    let (_folder, path) = questions(vec![Some(("Zoë", -1))]);
    let expected = "row 1: expected a list of whole numbers, 0 or more, as answers.answer_start, found -1";
    assert_eq!(message(answered(&path, &AnswerOptions::default())), expected);
    let columns = || vec![("id", texts(&["q"])), ("context", texts(&["a"])), ("question", texts(&["b"]))];
    let (_folder, path) = write(columns());
    let expected = "schema: no column \"answers.text\"; found \"id\", \"context\", \"question\"";
    assert_eq!(message(answered(&path, &AnswerOptions::default())), expected);
    let unlabelled = AnswerOptions { unlabelled: true, ..Default::default() };
    assert_eq!(answered(&path, &unlabelled).unwrap().len(), 1);
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_an_error() {
    let (_folder, path) = questions(vec![Some(("Zoë", 6))]);
    let content = std::fs::read(&path).unwrap();
    for length in 0..content.len() {
        std::fs::write(&path, &content[..length]).unwrap();
        let error = answered(&path, &AnswerOptions::default()).unwrap_err();
        assert!(matches!(error, Error::Parquet { .. }), "{length}: {error}");
    }
}

proptest! {
    #[test]
    fn no_file_is_too_broken_to_read(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (_folder, path) = questions(vec![Some(("Zoë", 6)), None]);
        let mut content = std::fs::read(&path).unwrap();
        for (index, byte) in changes {
            let index = index.index(content.len());
            content[index] = byte;
        }
        std::fs::write(&path, content).unwrap();
        let _ = answered(&path, &AnswerOptions::default());
    }
}
