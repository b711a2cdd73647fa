//! Documents of Parquet files, one rule a test.

use std::path::Path;
use std::sync::Arc;

use crate::support::parquet::{say_zstd, write_bytes, write_with};
use arrow_array::{Array, ArrayRef, BinaryArray, Int32Array, LargeStringArray, StringArray, StringViewArray};
use embert_data::{Corpus, CorpusOptions, Error};
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

fn read_with(path: &Path, options: CorpusOptions) -> Result<Vec<Vec<String>>, Error> {
    let corpus = Corpus::open_with(&[path.to_path_buf()], options)?;
    corpus.documents().map(|document| document.map(|document| document.sentences)).collect()
}

fn read(path: &Path) -> Result<Vec<Vec<String>>, Error> {
    read_with(path, CorpusOptions::default())
}

fn texts() -> ArrayRef {
    Arc::new(StringArray::from(vec![Some("One. Two.\n\nthree"), None, Some(""), Some("four")]))
}

#[test]
fn a_row_is_a_document_whatever_type_of_string_it_is() {
    let strings = vec![Some("One. Two.\n\nthree"), None, Some(""), Some("four")];
    let arrays: [ArrayRef; 3] =
        [texts(), Arc::new(LargeStringArray::from(strings.clone())), Arc::new(StringViewArray::from(strings))];
    for array in arrays {
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
        let kind = array.data_type().to_string();
        let (folder, _) = write_with(vec![("id", numbers), ("text", array)], WriterProperties::builder());
        let documents = read(folder.path()).unwrap(); // a folder's Parquet files are read too
        assert_eq!(documents, [vec!["One.", "Two.", "three"], vec!["four"]], "{kind}");
    }
}

#[test]
fn row_groups_pages_and_encodings_are_no_matter() {
    let words: Vec<String> = (0..1000).map(|n| format!("word {}", n % 700)).collect();
    let expected: Vec<_> = words.iter().map(|word| vec![word.clone()]).collect();
    for encoding in [None, Some(Encoding::DELTA_BYTE_ARRAY), Some(Encoding::DELTA_LENGTH_BYTE_ARRAY)] {
        let mut properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(300))
            .set_data_page_row_count_limit(50)
            .set_write_batch_size(10);
        if let Some(encoding) = encoding {
            properties = properties.set_dictionary_enabled(false).set_encoding(encoding);
        }
        let (_folder, path) = write_with(vec![("text", Arc::new(StringArray::from(words.clone())))], properties);
        assert_eq!(read(&path).unwrap(), expected, "{encoding:?}");
    }
}

#[test]
fn every_compression_but_zstd_is_read() {
    let compressions = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::BROTLI(Default::default()),
        Compression::LZ4_RAW,
    ];
    for compression in compressions {
        let (_folder, path) =
            write_with(vec![("text", texts())], WriterProperties::builder().set_compression(compression));
        assert_eq!(read(&path).unwrap().len(), 2, "{compression}");
    }
}

#[test]
fn a_column_that_is_compressed_with_zstd_is_an_error_that_says_what_to_do() {
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
    let (_folder, path) = write_with(vec![("text", texts())], properties);
    say_zstd(&path, "text");
    let error = read(&path).unwrap_err();
    assert!(matches!(error, Error::ParquetCompression { compression: "zstd", .. }), "{error}");
    assert!(error.to_string().contains("column \"text\" is compressed with zstd"), "{error}");
    assert!(error.to_string().ends_with("write the file again with snappy, gzip, brotli, lz4 or no compression"));
}

#[test]
fn a_column_that_is_not_there_or_holds_no_strings_is_an_error() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
    let (_folder, path) = write_with(vec![("id", numbers), ("raw", bytes)], WriterProperties::builder());
    let message = |column: &str| {
        let options = CorpusOptions { text_column: column.into(), ..Default::default() };
        read_with(&path, options).unwrap_err().to_string()
    };
    for (column, expected) in [
        ("text", "schema: no column \"text\"; found \"id\", \"raw\""),
        ("id", "row 1: expected a string or a list of strings as \"id\", found 1"),
        ("raw", "column \"raw\": expected strings, numbers, booleans or lists of them, found Binary"),
    ] {
        let message = message(column);
        assert!(message.ends_with(&format!("a.parquet: {expected}")), "{message}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_with_their_row_or_replaced() {
    // The second begins with half of a character, which no check at the beginning of a value may let pass.
    for bad in [&b"b\xFFd"[..], b"\x80d"] {
        let (_folder, path) = write_bytes(&[b"good", bad]);
        let error = read(&path).unwrap_err();
        assert!(matches!(&error, Error::Row { row: 2, column, .. } if column == "text"), "{error}");
        let lossy = CorpusOptions { lossy: true, ..Default::default() };
        let expected = String::from_utf8_lossy(bad).into_owned();
        assert_eq!(read_with(&path, lossy).unwrap(), [["good".to_string()], [expected]]);
    }
}

#[test]
fn a_text_of_more_than_16_mib_is_an_error_with_its_row() {
    let longest = "x".repeat(16 << 20);
    let (_folder, path) = write_bytes(&[longest.as_bytes(), format!("{longest}x").as_bytes()]);
    assert!(matches!(read(&path), Err(Error::Row { row: 2, .. })));
}

#[test]
fn a_file_that_is_none_is_an_error_that_names_it() {
    for content in ["", "PAR1", "not Parquet at all", "PAR1PAR1\0\0\0\0PAR1"] {
        let (_folder, path) = crate::support::file("a.parquet", content);
        let error = read(&path).unwrap_err();
        assert!(matches!(error, Error::Parquet { .. }), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    }
}

proptest! {
    #[test]
    fn no_file_is_too_broken_to_read(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (_folder, path) = write_with(vec![("text", texts())], WriterProperties::builder());
        let mut content = std::fs::read(&path).unwrap();
        for (index, byte) in changes {
            let index = index.index(content.len());
            content[index] = byte;
        }
        std::fs::write(&path, content).unwrap();
        let _ = read(&path);
    }
}
