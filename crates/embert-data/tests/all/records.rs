//! Documents of tables and JSON lines, one rule a test.

use crate::support::file;
use embert_data::{Corpus, CorpusOptions, Error};
use proptest::prelude::*;

/// The sentences of each document of a file.
fn read(name: &str, content: impl AsRef<[u8]>) -> Result<Vec<Vec<String>>, Error> {
    read_with(name, content, CorpusOptions::default())
}

fn read_with(name: &str, content: impl AsRef<[u8]>, options: CorpusOptions) -> Result<Vec<Vec<String>>, Error> {
    let (_folder, path) = file(name, content);
    let corpus = Corpus::open_with(&[path], options)?;
    corpus.documents().map(|document| document.map(|document| document.sentences)).collect()
}

/// The error's message after the name of the file.
fn message(name: &str, content: impl AsRef<[u8]>) -> String {
    let message = read(name, content).unwrap_err().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with(name), "{message}");
    rest.to_string()
}

const FORMS: [(&str, &str); 3] = [
    ("a.jsonl", "{\"id\":1,\"text\":\"One. Two.\\n\\nthree\"}\n{\"id\":2,\"text\":\"Four, \\\"five\\\"\"}\n"),
    ("a.csv", "id,text\n1,\"One. Two.\n\nthree\"\n2,\"Four, \"\"five\"\"\"\n"),
    ("a.tsv", "id\ttext\n1\tOne. Two. three\n2\tFour, \"five\"\n"),
];

#[test]
fn a_record_is_a_document_and_blank_lines_in_it_are_not_its_end() {
    let expected = [vec!["One.", "Two.", "three"], vec!["Four, \"five\""]];
    assert_eq!(read(FORMS[0].0, FORMS[0].1).unwrap(), expected);
    assert_eq!(read(FORMS[1].0, FORMS[1].1).unwrap(), expected);
    assert_eq!(read(FORMS[2].0, FORMS[2].1).unwrap(), [vec!["One.", "Two. three"], vec!["Four, \"five\""]]);
}

#[test]
fn marks_windows_line_ends_and_a_missing_last_one_change_nothing() {
    for (name, content) in FORMS {
        let expected = read(name, content).unwrap();
        let windows = content.replace('\n', "\r\n");
        for changed in [format!("\u{feff}{content}"), windows.clone(), format!("\u{feff}{windows}\r\n")] {
            assert_eq!(read(name, changed).unwrap(), expected, "{name}");
        }
        assert_eq!(read(name, content.trim_end()).unwrap(), expected, "{name}");
    }
}

#[test]
fn an_empty_file_and_a_header_alone_have_no_documents() {
    for (name, content) in
        [("a.csv", ""), ("a.tsv", "\n\n"), ("a.jsonl", ""), ("a.csv", "text"), ("a.tsv", "id\ttext\n")]
    {
        assert_eq!(read(name, content).unwrap(), [[""; 0]; 0], "{name} {content:?}");
    }
}

#[test]
fn a_list_of_strings_is_a_documents_paragraphs() {
    let lines = "{\"text\":[\"One. Two.\",\"Dr.\",\"No\"]}\n{\"text\":[]}\n{\"text\":null}\n{\"text\":\"x\"}";
    assert_eq!(read("a.ndjson", lines).unwrap(), [vec!["One.", "Two.", "Dr.", "No"], vec!["x"]]);
}

#[test]
fn another_column_may_hold_the_text() {
    let options = || CorpusOptions { text_column: "body".into(), ..Default::default() };
    for (name, content) in
        [("a.csv", "text,body\nno,yes"), ("a.tsv", "text\tbody\nno\tyes"), ("a.jsonl", "{\"body\":\"yes\"}")]
    {
        assert_eq!(read_with(name, content, options()).unwrap(), [["yes"]], "{name}");
    }
}

#[test]
fn a_json_file_is_read_as_lines_where_it_is_named_and_not_in_a_folder() {
    assert_eq!(read("a.json", "{\"text\":\"x\"}").unwrap(), [["x"]]);
    let (folder, _) = file("a.json", "{\"text\":\"x\"}");
    assert!(matches!(Corpus::open(&[folder.path().to_path_buf()]), Err(Error::NoText { .. })));
}

#[test]
fn a_column_that_is_not_there_is_an_error_that_lists_those_that_are() {
    assert_eq!(message("a.csv", "id,body\n1,x\n"), "line 1: no column \"text\"; found \"id\", \"body\"");
    assert_eq!(message("a.tsv", "id\n"), "line 1: no column \"text\"; found \"id\"");
    assert_eq!(message("a.jsonl", "\n{\"id\":1}\n"), "line 2: no column \"text\"; found \"id\"");
    assert_eq!(message("a.jsonl", "{}"), "line 1: no column \"text\"; found none");
    let many = (0..1000).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    assert!(message("a.csv", many).ends_with("\"c19\" and 980 more"));
}

#[test]
fn a_line_that_is_no_object_is_an_error_with_its_line() {
    for content in [
        "{\"text\":\"x\"}\n[\"text\"]",
        "{\"text\":\"x\"}\n3",
        "{\"text\":\"x\"}\n{\"text\":",
        "{\"text\":\"x\"}\n{} {}",
    ] {
        let message = message("a.jsonl", content);
        assert!(message.starts_with("line 2, column "), "{message}");
    }
    let nested = "[".repeat(1_000_000);
    assert!(message("a.jsonl", format!("{{\"text\":{nested}")).contains("recursion limit"));
}

#[test]
fn a_field_of_another_type_is_an_error_with_its_line() {
    for (value, found) in
        [("3", "3"), ("{}", "an object"), ("true", "true"), ("[\"a\",1.5]", "1.5"), ("[[]]", "a list")]
    {
        let expected = format!("line 1: expected a string or a list of strings as \"text\", found {found}");
        assert_eq!(message("a.jsonl", format!("{{\"text\":{value}}}")), expected);
    }
}

#[test]
fn a_row_with_another_number_of_fields_is_an_error_with_its_line() {
    let expected = "expected 2 fields, as many as there are columns, found ";
    assert_eq!(message("a.csv", "id,text\n1,\"a\nb\"\n\n\n2\n"), format!("line 6: {expected}1"));
    assert_eq!(message("a.csv", "id,text\r\n1,a\r\n2,b,c\r\n"), format!("line 3: {expected}3"));
    assert_eq!(message("a.tsv", "id\ttext\n\n1\ta\tb\n"), format!("line 3: {expected}3"));
}

#[test]
fn a_quote_that_does_not_end_is_an_error_with_its_line() {
    let expected = "expected a quote at the end of each quoted field, found the end of the file";
    for end in ["", "\n", "\nmore\n", "\n\n\n"] {
        assert_eq!(message("a.csv", format!("text\none\n\"two{end}")), format!("line 3: {expected}"));
        assert_eq!(message("a.csv", format!("text\n\n\none\n\n\"two{end}")), format!("line 6: {expected}"));
        assert_eq!(read("a.csv", format!("text\n\n\"two{end}\"")).unwrap().len(), 1);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_or_replaced() {
    let lossy = || CorpusOptions { lossy: true, ..Default::default() };
    let files: [(&str, &[u8], u64); 6] = [
        ("a.jsonl", b"{\"text\":\"b\xFFd\"}\n", 10),
        ("a.csv", b"text\n\"b\xFFd\"\n", 7),
        ("a.tsv", b"id\ttext\n1\tb\xFFd", 11),
        ("a.txt", b"b\xFFd", 1),
        ("a.md", b"b\xFFd", 1),
        ("a.html", b"<p>b\xFFd", 4),
    ];
    for (name, content, expected) in files {
        let error = read(name, content).unwrap_err();
        assert!(matches!(error, Error::NotUtf8 { offset, .. } if offset == expected), "{error}");
        assert_eq!(read_with(name, content, lossy()).unwrap(), [["b\u{fffd}d"]], "{name}");
    }
    // A character that the end of the file cuts off.
    assert!(matches!(read("a.txt", b"caf\xC3"), Err(Error::NotUtf8 { offset: 3, .. })));
    assert_eq!(read_with("a.txt", b"caf\xC3", lossy()).unwrap(), [["caf\u{fffd}"]]);
}

#[test]
fn a_field_of_more_than_16_mib_is_an_error() {
    let text = "x".repeat((16 << 20) + 1);
    assert!(matches!(read("a.jsonl", format!("{{\"text\":\"{text}\"}}")), Err(Error::LineTooLong { offset: 0, .. })));
    assert!(matches!(read("a.tsv", format!("text\n{text}")), Err(Error::LineTooLong { offset: 5, .. })));
    assert!(matches!(read("a.csv", format!("text\nok\n{text}\n")), Err(Error::RowTooLong { line: 3, .. })));
    let unclosed = "text\nok\n\"".to_string() + &"line\n".repeat(5 << 20);
    assert!(matches!(read("a.csv", unclosed), Err(Error::RowTooLong { line: 3, .. })));
    let longest = "x".repeat(16 << 20);
    assert_eq!(read("a.csv", format!("text\n{longest}\n{longest}")).unwrap(), [[longest.as_str()], [longest.as_str()]]);
}

proptest! {
    #[test]
    fn no_table_is_too_broken_to_read(content in "([a-z]|text|[,\t\"\r\n{}:\\[\\]]|é){0,60}", name in "a\\.(csv|tsv|jsonl)") {
        let _ = read(&name, content);
    }

    #[test]
    fn bytes_are_mended_as_the_standard_library_mends_them(bytes: Vec<u8>, repeat in 1..1500_usize) {
        let bytes = [&b"x "[..], &bytes, b" y\n"].concat().repeat(repeat);
        let bytes: Vec<u8> = bytes.into_iter().filter(|b| !matches!(b, b'\r' | 0..=9 | 11..=31)).collect();
        let expected = String::from_utf8_lossy(&bytes).into_owned();
        let lossy = CorpusOptions { lossy: true, ..Default::default() };
        prop_assert_eq!(read_with("a.txt", &bytes, lossy).unwrap(), read("a.txt", expected).unwrap());
    }

    #[test]
    fn quoted_fields_hold_any_text(texts in prop::collection::vec("[a-z,\"\n\t é]{0,20}", 1..8)) {
        let rows: String = texts.iter().map(|text| format!("\"{}\",1\n", text.replace('"', "\"\""))).collect();
        let (_folder, lines) = file("a.jsonl", texts.iter().fold(String::new(), |all, text| {
            all + &serde_json::json!({ "text": text }).to_string() + "\n"
        }));
        let corpus = Corpus::open(&[lines]).unwrap();
        let expected: Vec<_> = corpus.documents().map(|document| document.unwrap().sentences).collect();
        prop_assert_eq!(read("a.csv", format!("text,n\n{rows}")).unwrap(), expected);
    }
}
