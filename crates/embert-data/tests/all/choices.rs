//! Data of multiple choice, one rule a test.

use crate::support::{file, gzip, tokenizer};
use embert_data::Error;
use embert_data::tasks::choices::{ChoiceExample, ChoiceOptions, features, read as open};

fn read(name: &str, content: impl AsRef<[u8]>, options: &ChoiceOptions) -> Result<Vec<ChoiceExample>, Error> {
    let (_folder, path) = file(name, content);
    open(&path, options)?.collect()
}

/// Question, choices and label of the only example.
fn only(name: &str, content: impl AsRef<[u8]>) -> (String, Vec<String>, Option<u32>) {
    let mut examples = read(name, content, &ChoiceOptions::default()).unwrap();
    assert_eq!(examples.len(), 1);
    let ChoiceExample { question, choices, label, .. } = examples.remove(0);
    (question, choices, label)
}

fn example(question: &str, choices: &[&str], label: u32) -> (String, Vec<String>, Option<u32>) {
    (question.into(), choices.iter().map(ToString::to_string).collect(), Some(label))
}

fn message(content: &str, options: &ChoiceOptions) -> String {
    let message = read("a.jsonl", content, options).unwrap_err().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with("a.jsonl"), "{message}");
    rest.to_string()
}

#[test]
fn the_columns_of_known_data_are_known() {
    let swag = ",video-id,startphrase,sent1,sent2,ending0,ending1,ending2,ending3,label\n0,x,a b,a,b,c,d,e,f,2\n";
    assert_eq!(only("swag.csv", swag), example("a", &["b c", "b d", "b e", "b f"], 2));
    let hellaswag = r#"{"ctx_a":"x","ctx":"a","endings":["b","c"],"label":"1"}"#;
    assert_eq!(only("hellaswag.jsonl.gz", gzip(hellaswag.as_bytes())), example("a", &["b", "c"], 1));
    let copa = r#"{"premise":"a","choice1":"b","choice2":"c","question":"effect","label":0}"#;
    assert_eq!(only("copa.jsonl", copa), example("a", &["effect b", "effect c"], 0));
    let cosmos = "context\tquestion\tanswer0\tanswer1\tlabel\na\tq\tb\tc\t1\n";
    assert_eq!(only("cosmos.tsv", cosmos), example("a", &["q b", "q c"], 1));
    assert_eq!(
        only("plain.jsonl", r#"{"question":"a","choices":["b","c","d"],"label":2}"#),
        example("a", &["b", "c", "d"], 2)
    );
}

#[test]
fn columns_that_are_named_are_taken_alone() {
    let options = ChoiceOptions {
        question_column: Some("q".into()),
        choice_columns: Some(vec!["yes".into(), "no".into()]),
        label_column: Some("right".into()),
        ..Default::default()
    };
    let found = read("a.csv", "q,sent2,no,yes,right\na,x,b,c,1\n", &options).unwrap().remove(0);
    assert_eq!((found.question, found.choices, found.label), example("a", &["c", "b"], 1));
    assert_eq!(message("{\"q\":\"a\",\"yes\":\"b\"}", &options), "line 1: no column \"no\"; found \"q\", \"yes\"");
}

#[test]
fn questions_may_have_different_numbers_of_choices() {
    let table = "question,choice0,choice1,choice2,label\na,b,c,d,2\na,b,c,,1\n";
    let examples = read("a.csv", table, &ChoiceOptions::default()).unwrap();
    assert_eq!(examples.iter().map(|example| example.choices.len()).collect::<Vec<_>>(), [3, 2]);
}

#[test]
fn a_choice_that_is_empty_is_an_error() {
    let options = ChoiceOptions::default();
    let expected = "expected a choice that says something, found";
    for choices in [r#"["b","","c"]"#, r#"["b","c"," "]"#] {
        let found = message(&format!(r#"{{"question":"a","choices":{choices},"label":0}}"#), &options);
        assert!(found.starts_with(&format!("line 1: {expected} \"")), "{found}");
    }
    let columns = r#"{"question":"a","choice0":"b","choice1":"","choice2":"c","label":0}"#;
    assert_eq!(message(columns, &options), format!("line 1: {expected} \"\""));
}

#[test]
fn the_lines_of_a_file_ask_in_the_same_fields() {
    let line = |more: &str| format!("{{\"context\":\"a\",{more}\"choices\":[\"b\",\"c\"],\"label\":0}}\n");
    let found = message(&[line(""), line("\"question\":\"q\",")].concat(), &ChoiceOptions::default());
    let expected = "line 2: expected the fields \"context\", as line 1 has, found \"context\", \"question\"";
    assert_eq!(found, expected);
    let twice = message(&line("\"context\":\"q\","), &ChoiceOptions::default());
    assert_eq!(twice, "line 1: expected one column \"context\", found 2");
}

#[test]
fn bad_questions_are_errors_with_file_and_line() {
    let options = ChoiceOptions::default();
    let with = |choices: &str, label: &str| format!(r#"{{"question":"a","choices":{choices},"label":{label}}}"#);
    let label = "line 1: expected the number of a choice, 0 to 1, as label, found";
    for (wrong, found) in [("2", "2"), ("-1", "-1"), ("0.5", "0.5"), ("\"b\"", "\"b\""), ("null", "null")] {
        assert_eq!(message(&with(r#"["b","c"]"#, wrong), &options), format!("{label} {found}"));
    }
    assert_eq!(message(&with(r#"["b"]"#, "0"), &options), "line 1: expected 2 choices or more, found 1");
    assert_eq!(message(&with("null", "0"), &options), "line 1: expected 2 choices or more, found 0");
    let text = "line 1: expected a string as a choice, found";
    assert_eq!(message(&with(r#"["b",1]"#, "0"), &options), format!("{text} 1"));
    assert_eq!(message(&with(r#"[null,"b","c"]"#, "0"), &options), format!("{text} null"));
    assert!(message(r#"{"question":"a","label":0}"#, &options).starts_with("line 1: no column \"endings or"));
    assert!(message(r#"{"question":"a","choices":["b","c"]}"#, &options).starts_with("line 1: no column \"label\""));
}

#[test]
fn texts_alone_need_no_label() {
    let options = ChoiceOptions { unlabelled: true, ..Default::default() };
    let examples = read("a.jsonl", r#"{"question":"a","choices":["b","c"]}"#, &options).unwrap();
    assert_eq!(examples[0].label, None);
    assert_eq!(features(&tokenizer("wordpiece_uncased"), &examples, 8).unwrap().labels, None);
}

#[test]
fn features_have_a_row_a_choice() {
    let lines = "{\"question\":\"in the\",\"choices\":[\"of\",\"of the\"],\"label\":1}\n\
                 {\"question\":\"in\",\"choices\":[\"of\",\"the\",\"a a a a a\"],\"label\":0}\n";
    let examples = read("a.jsonl", lines, &ChoiceOptions::default()).unwrap();
    let found = features(&tokenizer("wordpiece_uncased"), &examples, 8).unwrap();
    assert_eq!(found.encodings.lengths, [6, 7, 5, 5, 8]);
    assert_eq!((found.choices, found.labels), (vec![2, 3], Some(vec![1, 0])));
}
