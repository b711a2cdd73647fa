//! Parquet files for tests.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use embert_data::Error;
use parquet::arrow::ArrowWriter;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use tempfile::TempDir;

/// A folder with one file of these columns in it.
pub fn write(columns: Vec<(&str, ArrayRef)>) -> (TempDir, PathBuf) {
    write_with(columns, WriterProperties::builder())
}

/// The same, written so.
pub fn write_with(columns: Vec<(&str, ArrayRef)>, properties: WriterPropertiesBuilder) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.parquet");
    let field = |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema, Some(properties.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (folder, path)
}

/// A file of one column `text` whose strings are these bytes.
pub fn write_bytes(values: &[&[u8]]) -> (TempDir, PathBuf) {
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

/// Makes a file say that an uncompressed column is compressed with zstd.
pub fn say_zstd(path: &Path, column: &str) {
    let mut content = std::fs::read(path).unwrap();
    // In the footer, the column's compression (0 is none, 12 stands for zstd) follows its name.
    let said = [column.as_bytes(), b"\x15\x00\x16"].concat();
    let place = content.windows(said.len()).rposition(|bytes| bytes == said).unwrap();
    content[place + column.len() + 1] = 12;
    std::fs::write(path, content).unwrap();
}

pub fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

/// The error's message after the name of the file.
pub fn message<T>(result: Result<T, Error>) -> String {
    let message = result.err().unwrap().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with(".parquet"), "{message}");
    rest.to_string()
}
