//! Documents of Parquet files, one rule a test.

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, Int32Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
};
use embert_data::{Corpus, CorpusOptions, Error};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use tempfile::TempDir;

fn write(columns: Vec<(&str, ArrayRef)>, properties: WriterPropertiesBuilder) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.parquet");
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
            .unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

/// A file of one column `text` whose strings are these bytes.
fn write_bytes(values: &[&[u8]]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.parquet");
    let schema = Arc::new(parse_message_type("message m { required binary text (UTF8); }").unwrap());
    let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = values.iter().map(|value| value.to_vec().into()).collect();
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    (folder, path)
}

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
        let (folder, _) = write(vec![("id", numbers), ("text", array)], WriterProperties::builder());
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
        let (_folder, path) = write(vec![("text", Arc::new(StringArray::from(words.clone())))], properties);
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
        let (_folder, path) = write(vec![("text", texts())], WriterProperties::builder().set_compression(compression));
        assert_eq!(read(&path).unwrap().len(), 2, "{compression}");
    }
}

#[test]
fn a_column_that_is_compressed_with_zstd_is_an_error_that_says_what_to_do() {
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
    let (_folder, path) = write(vec![("text", texts())], properties);
    // In the footer, the column's compression (0 is none, 12 stands for zstd) follows its name.
    let mut content = std::fs::read(&path).unwrap();
    let place = content.windows(7).rposition(|bytes| bytes == b"text\x15\x00\x16").unwrap();
    content[place + 5] = 12;
    std::fs::write(&path, content).unwrap();
    let error = read(&path).unwrap_err();
    assert!(matches!(error, Error::ParquetCompression { compression: "zstd", .. }), "{error}");
    assert!(error.to_string().contains("column \"text\" is compressed with zstd"), "{error}");
    assert!(error.to_string().ends_with("write the file again with snappy, gzip, brotli, lz4 or no compression"));
}

#[test]
fn a_column_that_is_not_there_or_holds_no_strings_is_an_error() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"x"[..]]));
    let (_folder, path) = write(vec![("id", numbers), ("raw", bytes)], WriterProperties::builder());
    let message = |column: &str| {
        let options = CorpusOptions { text_column: column.into(), ..Default::default() };
        read_with(&path, options).unwrap_err().to_string()
    };
    assert!(message("text").ends_with("a.parquet: no column \"text\"; found \"id\", \"raw\""), "{}", message("text"));
    assert!(message("id").ends_with("column \"id\": expected strings, found INT32"), "{}", message("id"));
    assert!(message("raw").ends_with("column \"raw\": expected strings, found BYTE_ARRAY"), "{}", message("raw"));
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
        let (_folder, path) = support::file("a.parquet", content);
        let error = read(&path).unwrap_err();
        assert!(matches!(error, Error::Parquet { .. }), "{error}");
        assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    }
}

proptest! {
    #[test]
    fn no_file_is_too_broken_to_read(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let (_folder, path) = write(vec![("text", texts())], WriterProperties::builder());
        let mut content = std::fs::read(&path).unwrap();
        for (index, byte) in changes {
            let index = index.index(content.len());
            content[index] = byte;
        }
        std::fs::write(&path, content).unwrap();
        let _ = read(&path);
    }
}
