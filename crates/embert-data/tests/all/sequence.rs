//! Data of sequence classification and regression, one rule a test.

use crate::support::{file, gzip, tokenizer, zstd};
use embert_data::tasks::sequence::{
    Label, LabelKind, SequenceExample, SequenceOptions, Targets, features, label_kind, read as open,
};
use embert_data::tasks::{Examples, LabelSet, Origin};
use embert_data::{Error, Format, Place};
use proptest::prelude::*;

fn read(name: &str, content: impl AsRef<[u8]>, options: &SequenceOptions) -> Result<Vec<SequenceExample>, Error> {
    let (_folder, path) = file(name, content);
    open(&path, options)?.collect()
}

/// Text, second text and label of each row.
fn rows(name: &str, content: impl AsRef<[u8]>, options: &SequenceOptions) -> Vec<(String, String, String)> {
    let examples = read(name, content, options).unwrap();
    let row = |example: SequenceExample| {
        let label = example.label.map(|label| match label {
            Label::Class(name) => name,
            Label::Number(number) => number.to_string(),
            Label::Classes(names) => names.join("+"),
        });
        (example.text, example.pair.unwrap_or_default(), label.unwrap_or_default())
    };
    examples.into_iter().map(row).collect()
}

/// The error's message after the name of the file.
fn message(name: &str, content: impl AsRef<[u8]>, options: &SequenceOptions) -> String {
    let message = read(name, content, options).unwrap_err().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with(name), "{message}");
    rest.to_string()
}

fn kind(label_kind: LabelKind) -> SequenceOptions {
    SequenceOptions { label_kind, ..Default::default() }
}

fn row(text: &str, pair: &str, label: &str) -> (String, String, String) {
    (text.into(), pair.into(), label.into())
}

#[test]
fn the_columns_of_glue_are_known() {
    let class = SequenceOptions::default();
    let files = [
        ("SST-2", "sentence\tlabel\na b\t1\n", row("a b", "", "1")),
        ("MRPC", "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t70\t71\ta\tb\n", row("a", "b", "1")),
        ("QQP", "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\ta\tb\t0\n", row("a", "b", "0")),
        ("QNLI", "index\tquestion\tsentence\tlabel\n0\ta\tb\tentailment\n", row("a", "b", "entailment")),
        ("RTE", "index\tsentence1\tsentence2\tlabel\n0\ta\tb\tnot_entailment\n", row("a", "b", "not_entailment")),
        (
            "MNLI",
            "index\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label\n0\tx\ty\ta\tb\tneutral\tcontradiction\n",
            row("a", "b", "contradiction"),
        ),
    ];
    for (name, content, expected) in files {
        assert_eq!(rows("train.tsv", content, &class), [expected], "{name}");
    }
    let similarity = "index\tgenre\tsentence1\tsentence2\tscore\n0\tx\ta\tb\t2.500\n";
    assert_eq!(rows("dev.tsv", similarity, &kind(LabelKind::Number)), [row("a", "b", "2.5")]);
    let inference = "{\"premise\":\"a\",\"hypothesis\":\"b\",\"label\":2}";
    assert_eq!(rows("a.jsonl", inference, &class), [row("a", "b", "2")]);
}

#[test]
fn cola_without_a_header_is_read_when_asked_for() {
    let content = "gj04\t1\t\tThey said \"no.\ngj04\t0\t*\tThem said.\n";
    let expected = [row("They said \"no.", "", "1"), row("Them said.", "", "0")];
    assert_eq!(rows("train.tsv", content, &SequenceOptions::cola()), expected);
    assert!(matches!(read("train.tsv", content, &SequenceOptions::default()), Err(Error::NoColumn { .. })));
}

#[test]
fn a_stray_quote_is_a_character_of_tsv_and_csv_is_quoted() {
    let class = SequenceOptions::default();
    assert_eq!(rows("a.tsv", "text\tlabel\n\"a\t0\nb\t1\n", &class), [row("\"a", "", "0"), row("b", "", "1")]);
    assert_eq!(rows("a.csv", "text,label\n\"a, \"\"b\"\"\nc\", 0\n", &class), [row("a, \"b\"\nc", "", "0")]);
}

#[test]
fn columns_that_are_named_come_first() {
    let content = "text,other,label,topic\na,b,0,sport\n";
    let mut options =
        SequenceOptions { text_column: Some("other".into()), label_column: Some("topic".into()), ..Default::default() };
    assert_eq!(rows("a.csv", content, &options), [row("b", "", "sport")]);
    options.pair_column = Some("TEXT".into());
    assert_eq!(rows("a.csv", content, &options), [row("b", "a", "sport")]);
    options.pair_column = Some("second".into());
    assert_eq!(
        message("a.csv", content, &options),
        "line 1: no column \"second\"; found \"text\", \"other\", \"label\", \"topic\""
    );
}

#[test]
fn labels_are_names_numbers_or_lists_as_asked() {
    let line = |label| format!("{{\"text\":\"a\",\"label\":{label}}}");
    let class = |label| rows("a.jsonl", line(label), &kind(LabelKind::Class));
    for (label, expected) in [("\"pos\"", "pos"), ("3", "3"), ("-1", "-1"), ("true", "true")] {
        assert_eq!(class(label), [row("a", "", expected)]);
    }
    let number = |label| rows("a.jsonl", line(label), &kind(LabelKind::Number));
    for (label, expected) in [("0.25", "0.25"), ("-3", "-3"), ("\"1e1\"", "10")] {
        assert_eq!(number(label), [row("a", "", expected)]);
    }
    let many = |label| rows("a.jsonl", line(label), &kind(LabelKind::Classes));
    for (label, expected) in [("[]", ""), ("[\"b\",\"a\"]", "b+a"), ("[1]", "1")] {
        assert_eq!(many(label), [row("a", "", expected)]);
    }
    assert_eq!(rows("a.csv", "text\nx\n", &kind(LabelKind::Unlabelled)), [row("x", "", "")]);
}

#[test]
fn a_label_of_another_kind_is_an_error_with_its_line() {
    let line = |label| format!("{{\"text\":\"a\",\"label\":{label}}}");
    let check = |label, label_kind, expected: &str| {
        assert_eq!(message("a.jsonl", line(label), &kind(label_kind)), format!("line 1: expected {expected}"));
    };
    check("0.5", LabelKind::Class, "the name of a class, or a whole number, as label, found 0.5");
    check("[\"a\"]", LabelKind::Class, "the name of a class, or a whole number, as label, found a list");
    check("\"\"", LabelKind::Class, "the name of a class, or a whole number, as label, found \"\"");
    check("null", LabelKind::Class, "the name of a class, or a whole number, as label, found null");
    check("\"high\"", LabelKind::Number, "a number as label, found \"high\"");
    check("\"NaN\"", LabelKind::Number, "a number as label, found \"NaN\"");
    check("\"a\"", LabelKind::Classes, "a list of names as labels, found \"a\"");
    check("[[]]", LabelKind::Classes, "a list of names as labels, found a list");
    let text = message("a.jsonl", "{\"text\":3,\"label\":0}", &kind(LabelKind::Class));
    assert_eq!(text, "line 1: expected a string as text, found 3");
}

#[test]
fn rows_without_a_gold_label_are_errors_or_passed_over_and_counted() {
    let content = "sentence1\tsentence2\tgold_label\na\tb\t-\nc\td\tneutral\ne\tf\t\n";
    let found = message("a.tsv", content, &SequenceOptions::default());
    assert_eq!(found, "line 2: expected the name of a class, or a whole number, as label, found \"-\"");
    let skip = SequenceOptions { skip_unlabelled: true, ..Default::default() };
    assert_eq!(rows("a.tsv", content, &skip), [row("c", "d", "neutral")]);
    let (_folder, path) = file("a.tsv", content);
    let mut examples = open(&path, &skip).unwrap();
    assert_eq!((examples.by_ref().count(), examples.passed_over()), (1, 2));
    assert_eq!(label_kind(&path, &skip).unwrap(), LabelKind::Class);
}

#[test]
fn a_minus_is_a_class_and_nothing_an_error_where_the_label_is_no_gold_label() {
    let skip = SequenceOptions { skip_unlabelled: true, ..Default::default() };
    for options in [&SequenceOptions::default(), &skip] {
        assert_eq!(rows("a.csv", "text,label\na,-\nb,+\n", options), [row("a", "", "-"), row("b", "", "+")]);
        let missing = message("a.csv", "text,label\na,+\nb,\n", options);
        assert_eq!(missing, "line 3: expected the name of a class, or a whole number, as label, found \"\"");
    }
}

#[test]
fn of_several_columns_of_labels_one_has_to_be_said() {
    let expected = "expected one column of labels, or a label_column (--label-column) that says which, found";
    let table = "text,label,score\na,0.0,5.5\n";
    for options in [SequenceOptions::default(), kind(LabelKind::Number)] {
        assert_eq!(message("a.csv", table, &options), format!("line 1: {expected} \"label\", \"score\""));
    }
    let (_folder, path) = file("a.csv", table);
    let error = label_kind(&path, &SequenceOptions::default()).unwrap_err().to_string();
    assert!(error.ends_with(&format!("line 1: {expected} \"label\", \"score\"")), "{error}");
    let line = "{\"text\":\"a\",\"labels\":[\"x\"],\"label\":\"y\"}";
    assert_eq!(
        message("a.jsonl", line, &kind(LabelKind::Classes)),
        format!("line 1: {expected} \"label\", \"labels\"")
    );

    let label = SequenceOptions { label_column: Some("label".into()), ..kind(LabelKind::Number) };
    assert_eq!(rows("a.csv", table, &label), [row("a", "", "0")]);
    assert_eq!(label_kind(&path, &label).unwrap(), LabelKind::Number);
}

#[test]
fn of_two_columns_of_one_name_neither_is_taken() {
    let class = SequenceOptions::default();
    assert_eq!(message("a.csv", "text,label,label\na,0,1\n", &class), "line 1: expected one column \"label\", found 2");
    let line = "{\"text\":\"a\",\"text\":\"b\",\"label\":0}";
    assert_eq!(message("a.jsonl", line, &class), "line 1: expected one column \"text\", found 2");
    assert_eq!(rows("a.csv", "text,label,note,note\na,0,x,y\n", &class), [row("a", "", "0")]);
}

#[test]
fn the_lines_of_a_file_have_the_same_fields() {
    let class = SequenceOptions::default();
    let [one, two] = ["{\"text\":\"a\",\"label\":0}\n", "{\"text\":\"a\",\"pair\":\"b\",\"label\":0}\n"];
    assert_eq!(
        message("a.jsonl", [one, one, two].concat(), &class),
        "line 3: expected the fields \"text\", \"label\", as line 1 has, found \"text\", \"pair\", \"label\""
    );
    let found = message("a.jsonl", ["\n", two, one].concat(), &class);
    assert!(found.starts_with("line 3: expected the fields \"text\", \"pair\", \"label\", as line 2 has"), "{found}");
    assert_eq!(rows("a.jsonl", [two, two].concat(), &class).len(), 2);
}

#[test]
fn a_file_without_an_example_is_an_error() {
    let class = SequenceOptions::default();
    for (name, content) in [("a.csv", "text,label\n"), ("a.jsonl", ""), ("a.jsonl", "\n\n")] {
        assert_eq!(message(name, content, &class), "no example here");
    }
    assert_eq!(
        message("a.csv", "", &class),
        "line 1: no column \"text\", \"sentence\" or another of GLUE's; found none"
    );
    assert!(message("a.csv", "text\nx\n", &class).starts_with("line 1: no column \"gold_label or label or "));
}

#[test]
fn bad_files_are_errors_that_name_them() {
    let class = SequenceOptions::default();
    assert_eq!(
        message("a.tsv", "text\tlabel\na\n", &class),
        "line 2: expected 2 fields, as many as there are columns, found 1"
    );
    assert_eq!(message("a.csv", b"text,label\na,0\nb\xFF,0\n", &class), "byte 16 is not UTF-8; expected text in UTF-8");
    assert_eq!(message("a.jsonl", b"{\"text\":\"\xFF", &class), "byte 9 is not UTF-8; expected text in UTF-8");
    assert!(
        message("a.xls", "text,label\na,0\n", &class).starts_with("its name does not say what it holds; expected .csv")
    );
    let squad = message("a.json", "{\n  \"data\": []\n}", &class);
    assert!(squad.starts_with("line 1, column 1: EOF while parsing an object"), "{squad}");
    assert!(
        message("a.json", "[{\"text\":\"a\"}]", &class)
            .contains("invalid type: sequence, expected a JSON object a line")
    );
    let lossy = SequenceOptions { lossy: true, ..Default::default() };
    assert_eq!(rows("a.csv", b"text,label\nb\xFF,0\n", &lossy), [row("b\u{fffd}", "", "0")]);
}

#[test]
fn the_format_may_be_said_and_the_file_compressed() {
    let options = SequenceOptions { format: Some(Format::Tsv), ..Default::default() };
    assert_eq!(
        rows("msr_paraphrase_train.txt", "Quality\t#1 String\t#2 String\n1\ta\tb\n", &options),
        [row("a", "b", "1")]
    );
    let content = b"text,label\na,0\n";
    for (name, content) in [("a.csv.gz", gzip(content)), ("a.csv.zst", zstd(content))] {
        assert_eq!(rows(name, content, &SequenceOptions::default()), [row("a", "", "0")]);
    }
}

#[test]
fn an_error_is_the_last_item() {
    let (_folder, path) = file("a.jsonl", "{\"text\":\"a\",\"label\":0}\n3\n{\"text\":\"b\",\"label\":0}\n");
    let mut examples: Examples<_> = open(&path, &SequenceOptions::default()).unwrap();
    assert!(examples.next().unwrap().is_ok());
    assert!(examples.next().unwrap().is_err());
    assert!(examples.next().is_none());
}

fn example(text: &str, pair: Option<&str>, label: Option<Label>) -> SequenceExample {
    let origin = Origin { path: std::path::Path::new("a.csv").into(), place: Place::Line(7) };
    SequenceExample { text: text.into(), pair: pair.map(str::to_string), label, origin }
}

#[test]
fn features_are_rows_and_the_ids_of_classes() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let class = |name: &str| Some(Label::Class(name.into()));
    let examples = [example("the fire", None, class("pos")), example("in", Some("the fire ."), class("neg"))];
    let labels = LabelSet::of(examples.iter().flat_map(|example| example.label.iter().flat_map(Label::names)));
    let found = features(&tokenizer, &examples, &labels, 6).unwrap();
    assert_eq!(found.targets, Some(Targets::Classes(vec![1, 0])));
    let tokens: Vec<Vec<String>> = found
        .encodings
        .rows()
        .map(|row| row.ids.iter().map(|&id| tokenizer.id_to_token(id).unwrap()).collect())
        .collect();
    // The second is one token too long, and of its texts the second is the longer one.
    assert_eq!(tokens[0], ["[CLS]", "the", "f", "##ir", "##e", "[SEP]"]);
    assert_eq!(tokens[1], ["[CLS]", "in", "[SEP]", "the", "f", "[SEP]"]);
    assert!(features(&tokenizer, &[], &labels, 6).unwrap().targets.is_none());
}

#[test]
fn numbers_and_many_classes_are_targets_too() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let labels = LabelSet::new(["a", "b", "c"]).unwrap();
    let targets = |labels_of: Vec<Label>| {
        let examples: Vec<_> = labels_of.into_iter().map(|label| example("x", None, Some(label))).collect();
        features(&tokenizer, &examples, &labels, 8).unwrap().targets.unwrap()
    };
    assert_eq!(targets(vec![Label::Number(0.5), Label::Number(-2.0)]), Targets::Numbers(vec![0.5, -2.0]));
    let many = |names: &[&str]| Label::Classes(names.iter().map(|name| (*name).to_string()).collect());
    let expected = Targets::ManyHot(vec![1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(targets(vec![many(&["c", "a", "c"]), many(&[])]), expected);
}

#[test]
fn a_label_that_is_not_in_the_set_is_an_error_with_file_line_and_set() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let names: Vec<String> = (0..100).map(|n| format!("class {n}")).collect();
    let unknown = [example("x", None, Some(Label::Class("other".into())))];
    let error = |labels: &LabelSet| features(&tokenizer, &unknown, labels, 8).unwrap_err().to_string();
    let few = error(&LabelSet::new(["b", "a"]).unwrap());
    assert_eq!(few, "a.csv: line 7: label \"other\" is none of the labels \"b\", \"a\"");
    let many = error(&LabelSet::new(names).unwrap());
    assert!(many.ends_with("\"class 18\", \"class 19\" and 80 more"), "{many}");
}

#[test]
fn labels_of_different_kinds_are_an_error() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let examples = [example("x", None, Some(Label::Number(0.5))), example("x", None, None)];
    let error = features(&tokenizer, &examples, &LabelSet::default(), 8).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a.csv: line 7: expected a label of the same kind as the first example's, found none"
    );
}

#[test]
fn a_set_of_labels_has_each_name_once() {
    assert!(matches!(LabelSet::new(["a", "b", "a"]), Err(Error::RepeatedLabel { label }) if label == "a"));
    let set = LabelSet::of(["01", "1", "2"]);
    assert_eq!(set.names(), ["01", "1", "2"]); // "01" is a name: the order is that of texts
    assert_eq!((set.id("1"), set.id("3"), set.name(2), set.name(3)), (Some(1), None, Some("2"), None));
}

#[test]
fn a_class_without_a_name_is_known_by_its_number_too() {
    let set = LabelSet::new(["LABEL_0", "LABEL_1", "LABEL_7"]).unwrap();
    assert_eq!((set.id("LABEL_1"), set.id("1"), set.id("2"), set.id("7")), (Some(1), Some(1), None, None));
    // A name comes first.
    assert_eq!(LabelSet::new(["LABEL_0", "0"]).unwrap().id("0"), Some(1));
}

#[test]
fn names_are_put_in_the_order_of_a_set_that_has_them_all() {
    let found = LabelSet::of(["0", "1", "2"]);
    let by_number = LabelSet::new(["LABEL_0", "LABEL_1", "LABEL_2"]).unwrap();
    assert_eq!(found.in_order_of(&by_number).unwrap().names(), ["0", "1", "2"]);
    assert_eq!(found.in_order_of(&LabelSet::new(["2", "0", "1"]).unwrap()).unwrap().names(), ["2", "0", "1"]);
    for other in [&["0", "1"][..], &["0", "1", "3"], &["0", "1", "2", "3"]] {
        assert_eq!(found.in_order_of(&LabelSet::new(other.iter().copied()).unwrap()), None);
    }
    assert_eq!(LabelSet::of(["0", "LABEL_0"]).in_order_of(&LabelSet::new(["LABEL_0", "LABEL_1"]).unwrap()), None);
}

proptest! {
    #[test]
    fn the_order_of_the_data_does_not_change_a_set(mut names in prop::collection::vec("[-0-9]{1,3}|[a-c]{1,2}", 0..12)) {
        let set = LabelSet::of(names.iter().map(String::as_str));
        names.reverse();
        prop_assert_eq!(&set, &LabelSet::of(names.iter().map(String::as_str)));
        prop_assert!(names.iter().all(|name| set.name(set.id(name).unwrap()) == Some(name.as_str())));
    }
}
