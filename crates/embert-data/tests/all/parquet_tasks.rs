//! Data of tasks in Parquet files, one rule a test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::parquet::{message, say_zstd, texts, write, write_bytes, write_with};
use arrow_array::builder::{LargeListBuilder, LargeStringBuilder, ListBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::{ArrowPrimitiveType, Float16Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, FixedSizeListArray, Float16Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, ListArray, NullArray, StringArray,
    StringViewArray, StructArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::{DataType, Field};
use embert_data::tasks::sequence::{Label, LabelKind, SequenceExample, SequenceOptions, label_kind};
use embert_data::tasks::tokens::{TokenExample, TokenOptions};
use embert_data::tasks::{choices, embedding, sequence, tokens};
use embert_data::{Error, Format, Place};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::TempDir;

fn read(path: &Path, options: &SequenceOptions) -> Result<Vec<SequenceExample>, Error> {
    sequence::read(path, options)?.collect()
}

fn kind(label_kind: LabelKind) -> SequenceOptions {
    SequenceOptions { label_kind, ..Default::default() }
}

/// The labels of a file whose texts are "a".
fn labels(labels: ArrayRef, label_kind: LabelKind) -> Vec<Label> {
    let (_folder, path) = write(vec![("text", texts(&vec!["a"; labels.len()])), ("label", labels)]);
    read(&path, &kind(label_kind)).unwrap().into_iter().filter_map(|example| example.label).collect()
}

fn class(name: &str) -> Label {
    Label::Class(name.into())
}

#[test]
fn whole_numbers_booleans_and_strings_of_any_type_are_names_of_classes() {
    let mut words = StringDictionaryBuilder::<Int32Type>::new();
    words.extend([Some("0"), Some("1")]);
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![0, 1])),
        Arc::new(Int16Array::from(vec![0, 1])),
        Arc::new(Int32Array::from(vec![0, 1])),
        Arc::new(Int64Array::from(vec![0, 1])), // the `datasets` library's ClassLabel
        Arc::new(UInt8Array::from(vec![0, 1])),
        Arc::new(UInt16Array::from(vec![0, 1])),
        Arc::new(UInt32Array::from(vec![0, 1])),
        Arc::new(UInt64Array::from(vec![0, 1])),
        texts(&["0", "1"]),
        Arc::new(LargeStringArray::from(vec!["0", "1"])),
        Arc::new(StringViewArray::from(vec!["0", "1"])),
        Arc::new(words.finish()),
    ];
    for array in arrays {
        let data_type = array.data_type().clone();
        assert_eq!(labels(array, LabelKind::Class), [class("0"), class("1")], "{data_type}");
    }
    let booleans = Arc::new(BooleanArray::from(vec![true, false]));
    assert_eq!(labels(booleans, LabelKind::Class), [class("true"), class("false")]);
    let ends = Arc::new(Int64Array::from(vec![i64::MIN, i64::MAX]));
    assert_eq!(labels(ends, LabelKind::Class), [class("-9223372036854775808"), class("9223372036854775807")]);
}

#[test]
fn floats_of_any_width_are_numbers() {
    type Half = <Float16Type as ArrowPrimitiveType>::Native;
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Float16Array::from(vec![Half::from_f32(0.5), Half::from_f32(-2.0)])),
        Arc::new(Float32Array::from(vec![0.5, -2.0])),
        Arc::new(Float64Array::from(vec![0.5, -2.0])),
    ];
    for array in arrays {
        let data_type = array.data_type().clone();
        assert_eq!(labels(array, LabelKind::Number), [Label::Number(0.5), Label::Number(-2.0)], "{data_type}");
    }
    // More than an i64 holds is a float, as it is in JSON.
    assert_eq!(
        labels(Arc::new(UInt64Array::from(vec![u64::MAX])), LabelKind::Number),
        [Label::Number(u64::MAX as f32)]
    );
}

#[test]
fn what_the_labels_are_follows_from_the_type_of_their_column() {
    let names = || ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(0), Some(2)]), Some(vec![])]);
    let columns: [(ArrayRef, LabelKind); 4] = [
        (Arc::new(Int64Array::from(vec![0, 1])), LabelKind::Class),
        (texts(&["good", "bad"]), LabelKind::Class),
        (Arc::new(Float32Array::from(vec![Some(0.5), None])), LabelKind::Number),
        (Arc::new(names()), LabelKind::Classes),
    ];
    for (labels, expected) in columns {
        let data_type = labels.data_type().clone();
        let (_folder, path) = write(vec![("text", texts(&["a", "b"])), ("label", labels)]);
        assert_eq!(label_kind(&path, &SequenceOptions::default()).unwrap(), expected, "{data_type}");
    }
    let (_folder, path) = write(vec![("text", texts(&["a"]))]);
    assert_eq!(label_kind(&path, &SequenceOptions::default()).unwrap(), LabelKind::Class);
    assert_eq!(
        labels(Arc::new(names()), LabelKind::Classes),
        [Label::Classes(vec!["0".into(), "2".into()]), Label::Classes(vec![])]
    );
}

#[test]
fn a_null_is_no_value_and_the_error_names_its_row() {
    let text: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let nothing: ArrayRef = Arc::new(NullArray::new(2));
    let label: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(1)]));
    let (_folder, path) = write(vec![("text", text), ("pair", nothing), ("label", label)]);
    let columns = |text: &str, pair: Option<&str>| {
        let (text_column, pair_column) = (Some(text.into()), pair.map(Into::into));
        SequenceOptions { text_column, pair_column, label_kind: LabelKind::Unlabelled, ..Default::default() }
    };
    assert_eq!(message(read(&path, &columns("text", None))), "row 2: expected a string as text, found null");
    let first = sequence::read(&path, &columns("text", Some("pair"))).unwrap().next().unwrap().unwrap();
    assert_eq!((&*first.text, first.pair), ("a", None), "a second text that is null is none");
    let labelled = SequenceOptions { label_kind: LabelKind::Class, ..columns("text", None) };
    let expected = "row 1: expected the name of a class, or a whole number, as label, found null";
    assert_eq!(message(read(&path, &labelled)), expected);
}

/// Two sentences of words, with the numbers of their tags.
fn tagged(words: ArrayRef) -> (TempDir, PathBuf) {
    let tags = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(3), Some(0)]), Some(vec![Some(1)])]);
    write(vec![("tokens", words), ("ner_tags", Arc::new(tags))])
}

fn sentences(path: &Path) -> Result<Vec<TokenExample>, Error> {
    tokens::read(path, &TokenOptions::default())?.collect()
}

#[test]
fn lists_of_strings_of_any_type_are_lists() {
    let mut list = ListBuilder::new(StringBuilder::new());
    let mut large = LargeListBuilder::new(LargeStringBuilder::new());
    let mut words = ListBuilder::new(StringDictionaryBuilder::<Int32Type>::new());
    for sentence in [vec!["Zoë", "sings"], vec!["sings"]] {
        let sentence = || sentence.iter().map(|word| Some(*word));
        list.append_value(sentence());
        large.append_value(sentence());
        words.append_value(sentence());
    }
    let arrays: [ArrayRef; 3] = [Arc::new(list.finish()), Arc::new(large.finish()), Arc::new(words.finish())];
    for array in arrays {
        let data_type = array.data_type().clone();
        let (_folder, path) = tagged(array);
        let sentences = sentences(&path).unwrap();
        assert_eq!(sentences[0].words, ["Zoë", "sings"], "{data_type}");
        assert_eq!(sentences[1].words, ["sings"], "{data_type}");
        assert_eq!(sentences[0].tags.as_ref().unwrap(), &["3", "0"], "{data_type}");
        assert_eq!(sentences[1].origin.place, Place::Row(2), "{data_type}");
    }
}

#[test]
fn a_list_with_a_null_and_one_of_another_length_are_errors_with_their_row() {
    let mut words = ListBuilder::new(StringBuilder::new());
    words.append_value([Some("a"), Some("b")]);
    words.append_value([None::<&str>]);
    let (_folder, path) = tagged(Arc::new(words.finish()));
    assert_eq!(message(sentences(&path)), "row 2: expected a list of strings as \"tokens\", found a list");
    for _ in 0..2 {
        words.append_value([Some("a"), Some("b")]);
    }
    let (_folder, path) = tagged(Arc::new(words.finish()));
    assert_eq!(message(sentences(&path)), "row 2: expected a tag for each of the 2 words, found 1 tags");
}

#[test]
fn choices_are_a_list_and_the_right_one_a_number() {
    let mut endings = ListBuilder::new(StringBuilder::new());
    endings.append_value([Some("b"), Some("c")]);
    let label: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let (_folder, path) =
        write(vec![("ctx", texts(&["a"])), ("endings", Arc::new(endings.finish())), ("label", label)]);
    let example = choices::read(&path, &Default::default()).unwrap().next().unwrap().unwrap();
    assert_eq!((example.choices, example.label), (vec!["b".to_string(), "c".to_string()], Some(1)));
}

#[test]
fn texts_that_belong_together_may_have_a_number() {
    let score: ArrayRef = Arc::new(Float32Array::from(vec![4.5]));
    let (_folder, path) = write(vec![("sentence1", texts(&["a"])), ("sentence2", texts(&["b"])), ("score", score)]);
    let example = embedding::read(&path, &Default::default()).unwrap().next().unwrap().unwrap();
    assert_eq!((example.positive.as_str(), example.score), ("b", Some(4.5)));
}

#[test]
fn the_fields_of_a_struct_that_is_null_are_null() {
    let inner = texts(&["a", "hidden"]);
    let fields = vec![Arc::new(Field::new("en", DataType::Utf8, true))];
    let translation = StructArray::new(fields.into(), vec![inner], Some(vec![true, false].into()));
    let (_folder, path) = write(vec![("translation", Arc::new(translation))]);
    let options = SequenceOptions {
        text_column: Some("translation.en".into()),
        label_kind: LabelKind::Unlabelled,
        ..Default::default()
    };
    assert_eq!(sequence::read(&path, &options).unwrap().next().unwrap().unwrap().text, "a");
    assert_eq!(message(read(&path, &options)), "row 2: expected a string as text, found null");
}

#[test]
fn rows_come_in_order_whatever_the_row_groups() {
    let names: Vec<String> = (0..500).map(|n| format!("text {n}")).collect();
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..500));
    let properties =
        WriterProperties::builder().set_max_row_group_row_count(Some(77)).set_data_page_row_count_limit(10);
    let text: ArrayRef = Arc::new(StringArray::from(names.clone()));
    let (_folder, path) = write_with(vec![("label", numbers), ("text", text)], properties);
    let examples = read(&path, &SequenceOptions::default()).unwrap();
    for (n, (example, name)) in examples.iter().zip(&names).enumerate() {
        assert_eq!((&example.text, &example.label), (name, &Some(class(&n.to_string()))));
        assert_eq!(example.origin.place, Place::Row(n as u64 + 1));
    }
    assert_eq!(examples.len(), 500);
}

#[test]
fn columns_that_are_missing_or_stand_twice_are_errors_that_name_them() {
    let class = SequenceOptions::default();
    let (_folder, path) = write(vec![("id", texts(&["1"])), ("body", texts(&["a"]))]);
    let expected = "schema: no column \"text\", \"sentence\" or another of GLUE's; found \"id\", \"body\"";
    assert_eq!(message(read(&path, &class)), expected);
    let (_folder, path) = write(vec![("text", texts(&["a"])), ("text", texts(&["b"])), ("label", texts(&["c"]))]);
    assert_eq!(message(read(&path, &class)), "schema: expected one column \"text\", found 2");
    let (_folder, path) = write(vec![("text", texts(&["a"])), ("label", texts(&["b"])), ("score", texts(&["1"]))]);
    let expected = "schema: expected one column of labels, or a label_column (--label-column) that says which, found \"label\", \"score\"";
    assert_eq!(message(read(&path, &class)), expected);
    assert_eq!(message(label_kind(&path, &class)), expected);
}

#[test]
fn a_column_that_cannot_be_read_is_an_error_only_where_it_is_asked_for() {
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![1]));
    let columns = vec![("text", texts(&["a"])), ("label", texts(&["b"])), ("day", dates), ("squeezed", texts(&["c"]))];
    let (_folder, path) = write_with(columns, WriterProperties::builder().set_compression(Compression::UNCOMPRESSED));
    say_zstd(&path, "squeezed");
    assert_eq!(read(&path, &SequenceOptions::default()).unwrap().len(), 1);
    let labelled = |name: &str| SequenceOptions { label_column: Some(name.into()), ..Default::default() };
    let expected = "column \"day\": expected strings, numbers, booleans or lists of them, found Date32";
    assert_eq!(message(read(&path, &labelled("day"))), expected);
    let error = read(&path, &labelled("squeezed")).unwrap_err();
    assert!(matches!(&error, Error::ParquetCompression { column, compression: "zstd", .. } if column == "squeezed"));
}

#[test]
fn strings_that_are_not_utf8_are_an_error_with_their_row_or_replaced() {
    let (_folder, path) = write_bytes(&[b"good", b"b\xFFd"]);
    let options = kind(LabelKind::Unlabelled);
    let expected = "row 2, column \"text\": expected bytes of UTF-8, found others from byte 1 on";
    assert_eq!(message(read(&path, &options)), expected);
    let lossy = SequenceOptions { lossy: true, ..options };
    assert_eq!(read(&path, &lossy).unwrap()[1].text, "b\u{fffd}d");
}

#[test]
fn a_list_of_more_than_16_mi_items_is_an_error_with_its_row() {
    let flags = BooleanArray::from(vec![true; (16 << 20) + 1]);
    let list = FixedSizeListArray::new(
        Arc::new(Field::new_list_field(DataType::Boolean, false)),
        flags.len() as i32,
        Arc::new(flags),
        None,
    );
    let (_folder, path) = write(vec![("text", texts(&["a"])), ("label", Arc::new(list))]);
    let expected = "row 1, column \"label\": expected at most 16777216 bytes of text, or items, found more";
    assert_eq!(message(read(&path, &kind(LabelKind::Classes))), expected);
}

#[test]
fn a_name_under_gz_says_nothing_and_a_format_that_is_given_does() {
    let (folder, path) = write(vec![("text", texts(&["a"])), ("label", texts(&["b"]))]);
    let compressed = folder.path().join("a.parquet.gz");
    std::fs::rename(&path, &compressed).unwrap();
    let error = read(&compressed, &SequenceOptions::default()).unwrap_err();
    assert!(matches!(error, Error::UnknownFormat { .. }), "{error}");
    let expected = ".csv, .tsv, .jsonl, .ndjson or .json, with .gz or .zst after it or without, or .parquet";
    assert!(error.to_string().ends_with(expected), "{error}");
    let other = folder.path().join("train-00000-of-00001");
    std::fs::rename(&compressed, &other).unwrap();
    let options = SequenceOptions { format: Some(Format::Parquet), ..Default::default() };
    assert_eq!(read(&other, &options).unwrap().len(), 1);
}

#[test]
fn the_columns_of_a_table_without_a_header_are_no_matter_to_a_file_that_names_its_own() {
    let (_folder, path) = write(vec![("label", texts(&["b"])), ("text", texts(&["a"]))]);
    let columns = Some(vec!["text".to_string(), "label".to_string()]);
    let examples = read(&path, &SequenceOptions { columns, ..Default::default() }).unwrap();
    assert_eq!((examples[0].text.as_str(), &examples[0].label), ("a", &Some(class("b"))));
}

#[test]
fn a_file_without_rows_has_no_example() {
    let (_folder, path) = write(vec![("text", texts(&[])), ("label", texts(&[]))]);
    assert!(matches!(read(&path, &SequenceOptions::default()), Err(Error::NoExamples { .. })));
    assert_eq!(label_kind(&path, &SequenceOptions::default()).unwrap(), LabelKind::Class);
}
