//! One column of a Parquet file, a text a row.
//!
//! The file is read page by page and a few rows at a time, whatever its row groups. The column is read as bytes, which
//! its strings are, so that UTF-8 is checked or mended here as in any other form of file.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, ConvertedType, LogicalType, Type as PhysicalType};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type};

use crate::Error;
use crate::damaged::caught;
use crate::lines::LONGEST_LINE;
use crate::records::{no_column, position};

/// How many rows are in memory at a time.
const ROWS: usize = 8;

/// The texts of one column, read as they are asked for.
pub(crate) struct Strings {
    rows: ParquetRecordBatchReader,
    batch: std::vec::IntoIter<Option<Vec<u8>>>,
    row: u64, // the last one
    column: String,
    lossy: bool,
}

impl Strings {
    /// Opens a file that has a column of that name.
    pub(crate) fn open(path: &Path, column: &str, lossy: bool) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = caught(path, || ArrowReaderMetadata::load(&file, options.clone()))?;

        let root = metadata.parquet_schema().root_schema();
        let names: Vec<String> = root.get_fields().iter().map(|field| field.name().to_string()).collect();
        let Some(index) = position(&names, column) else {
            return Err(no_column(path, None, format!("{column:?}"), &names));
        };
        let column = root.get_fields().get(index).map_or(column, |field| field.name());
        check_type(path, column, root.get_fields().get(index))?;
        check_compression(path, column, &metadata)?;

        let rows = caught(path, || {
            let schema = with_bytes(root, index)?;
            let metadata = ArrowReaderMetadata::load(&file, options.with_parquet_schema(schema))?;
            let only = ProjectionMask::roots(metadata.parquet_schema(), [index]);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            builder.with_projection(only).with_batch_size(ROWS).build()
        })?;
        Ok(Self { rows, batch: Vec::new().into_iter(), row: 0, column: column.to_string(), lossy })
    }

    /// The text of the next row, empty where it is null, or none at the end of the file. `path` is for the error.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<String>, Error> {
        let value = loop {
            if let Some(value) = self.batch.next() {
                break value.unwrap_or_default();
            }
            let batch = caught(path, || Ok(self.rows.next().transpose()?))?;
            let Some(batch) = batch else { return Ok(None) };
            let column = batch.columns().first().and_then(|column| column.as_binary_opt::<i32>());
            let values = column.into_iter().flat_map(|column| column.iter().map(|value| value.map(<[u8]>::to_vec)));
            self.batch = values.collect::<Vec<_>>().into_iter();
        };
        self.row += 1;
        if value.len() > LONGEST_LINE {
            return Err(self.unfit(path, format!("at most {LONGEST_LINE} bytes"), format!("{}", value.len())));
        }
        match String::from_utf8(value) {
            Ok(text) => Ok(Some(text)),
            Err(error) if self.lossy => Ok(Some(String::from_utf8_lossy(error.as_bytes()).into_owned())),
            Err(error) => {
                let found = format!("others from byte {} on", error.utf8_error().valid_up_to());
                Err(self.unfit(path, "bytes of UTF-8".into(), found))
            }
        }
    }

    fn unfit(&self, path: &Path, expected: String, found: String) -> Error {
        let path = path.to_path_buf();
        Error::Row { path, row: self.row, column: self.column.clone(), expected, found }
    }
}

/// Only strings are text: not bytes, not numbers, not lists.
fn check_type(path: &Path, column: &str, field: Option<&Arc<Type>>) -> Result<(), Error> {
    let Some(field) = field else { return Ok(()) };
    let info = field.get_basic_info();
    let is_string =
        info.converted_type() == ConvertedType::UTF8 || matches!(info.logical_type_ref(), Some(LogicalType::String));
    let is_repeated = info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED;
    if field.is_primitive() && is_string && !is_repeated {
        return Ok(());
    }
    let found = if field.is_primitive() { field.get_physical_type().to_string() } else { "a nested type".into() };
    Err(Error::Parquet {
        path: path.to_path_buf(),
        message: format!("column {column:?}: expected strings, found {found}"),
    })
}

/// Of all compressions of pages, that of zstd is written in C.
fn check_compression(path: &Path, column: &str, metadata: &ArrowReaderMetadata) -> Result<(), Error> {
    let chunks = metadata.metadata().row_groups().iter().flat_map(|group| group.columns());
    let of_column = |name: &[String]| name.first().is_some_and(|name| name == column);
    for chunk in chunks.filter(|chunk| of_column(chunk.column_path().parts())) {
        if let compression @ (Compression::ZSTD(_) | Compression::LZO) = chunk.compression() {
            return Err(Error::ParquetCompression {
                path: path.to_path_buf(),
                column: column.to_string(),
                compression: if compression == Compression::LZO { "lzo" } else { "zstd" },
            });
        }
    }
    Ok(())
}

/// The schema with bytes where the column of that index has strings.
fn with_bytes(root: &Type, index: usize) -> Result<Arc<SchemaDescriptor>, ParquetError> {
    let mut fields = root.get_fields().to_vec();
    if let Some(field) = fields.get_mut(index) {
        let repetition = field.get_basic_info().repetition();
        let bytes = Type::primitive_type_builder(field.name(), PhysicalType::BYTE_ARRAY).with_repetition(repetition);
        *field = Arc::new(bytes.build()?);
    }
    let root = Type::group_type_builder(root.name()).with_fields(fields).build()?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(root))))
}
