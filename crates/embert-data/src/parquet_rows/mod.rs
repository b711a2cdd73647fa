//! Rows of a Parquet file, one at a time.
//!
//! | column | a value of it |
//! | --- | --- |
//! | strings, whatever the type that Arrow has for them | a text |
//! | booleans, whole numbers, floats | the same as of JSON |
//! | lists of these | a list |
//! | a struct | none: each of its fields is a column, `answers.text` |
//! | dates, decimals, bytes and others | an error, where the column is asked for |
//!
//! The file is read page by page and a few rows at a time, whatever its row groups, and of its columns only those that
//! are chosen. Strings are read as bytes, which they are, so that UTF-8 is checked or mended here as in any other form
//! of file.

mod schema;
mod values;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;

use crate::damaged::caught;
use crate::records::Misfit;
use crate::value::Value;
use crate::{Error, Place};
use schema::Column;
use values::{READ, Reading, Unfit, unread};

/// How many rows are in memory at a time.
const ROWS: usize = 8;

/// The rows of one file, read as they are asked for.
pub(crate) struct ParquetRows {
    rows: ParquetRecordBatchReader,
    batch: RecordBatch,
    in_batch: usize, // the row of the batch that is next
    row: u64,        // the last one, from 1
    names: Arc<[String]>,
    chosen: Vec<Chosen>,
    lossy: bool,
}

/// A column that is read.
struct Chosen {
    position: usize, // among the names
    in_batch: usize, // among the columns of a batch
    column: Column,
}

impl ParquetRows {
    /// Opens a file. Of its columns, `choose` says which are read, or what is wrong with them.
    pub(crate) fn open(
        path: &Path,
        lossy: bool,
        choose: impl FnOnce(&[String]) -> Result<Vec<usize>, Misfit>,
    ) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        // The types that Arrow had, of which there are several for one kind of value, are no matter.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = caught(path, || ArrowReaderMetadata::load(&file, options.clone()))?;
        let columns = schema::columns(metadata.parquet_schema());
        let names: Arc<[String]> = columns.iter().map(|column| column.name.clone()).collect();
        let mut positions = choose(&names).map_err(|misfit| misfit.at(path, Place::Schema, &names))?;
        positions.sort_unstable();
        positions.dedup();

        let mut leaves = Vec::new();
        let (mut chosen, mut roots) = (Vec::<Chosen>::new(), Vec::new());
        for position in positions {
            let Some(column) = columns.get(position) else { continue };
            check_type(path, column, &metadata)?;
            let own = column.leaves(metadata.parquet_schema());
            check_compression(path, column, &own, &metadata)?;
            leaves.extend(own);
            if roots.last() != Some(&column.root) {
                roots.push(column.root);
            }
            chosen.push(Chosen { position, in_batch: roots.len() - 1, column: column.clone() });
        }

        let rows = caught(path, || {
            let schema = schema::with_bytes(metadata.parquet_schema(), &roots)?;
            let metadata = ArrowReaderMetadata::load(&file, options.with_parquet_schema(schema))?;
            let only = ProjectionMask::leaves(metadata.parquet_schema(), leaves);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
            builder.with_projection(only).with_batch_size(ROWS).build()
        })?;
        let batch = RecordBatch::new_empty(Arc::new(arrow_schema::Schema::empty()));
        Ok(Self { rows, batch, in_batch: 0, row: 0, names, chosen, lossy })
    }

    /// The names of all columns, in order.
    pub(crate) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// The number of the next row and a value for each name, or none at the end of the file. What was not chosen is null.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<(u64, Vec<Value>)>, Error> {
        while self.in_batch >= self.batch.num_rows() {
            let batch = caught(path, || Ok(self.rows.next().transpose()?))?;
            let Some(batch) = batch else { return Ok(None) };
            (self.batch, self.in_batch) = (batch, 0);
        }
        self.row += 1;
        let mut values = vec![Value::Null; self.names.len()];
        for chosen in &self.chosen {
            let value = chosen.value(&self.batch, self.in_batch, self.lossy).map_err(|unfit| Error::Row {
                path: path.to_path_buf(),
                row: self.row,
                column: chosen.column.name.clone(),
                expected: unfit.expected,
                found: unfit.found,
            })?;
            if let Some(place) = values.get_mut(chosen.position) {
                *place = value;
            }
        }
        self.in_batch += 1;
        Ok(Some((self.row, values)))
    }
}

impl Chosen {
    fn value(&self, batch: &RecordBatch, row: usize, lossy: bool) -> Result<Value, Unfit> {
        let mut array = batch.columns().get(self.in_batch);
        if let Some(field) = &self.column.field {
            if array.is_some_and(|array| array.is_null(row)) {
                return Ok(Value::Null); // whatever stands in the fields of a struct that is null
            }
            array = array.and_then(|array| array.as_struct_opt()?.column_by_name(field));
        }
        let array = array.ok_or_else(|| Unfit { expected: READ.into(), found: "nothing".into() })?;
        Reading::new(lossy).value(array, row)
    }
}

fn check_type(path: &Path, column: &Column, metadata: &ArrowReaderMetadata) -> Result<(), Error> {
    let data_type = caught(path, || column.data_type(metadata.parquet_schema()))?;
    match data_type.map_or_else(|| Some("nothing".into()), |data_type| unread(&data_type)) {
        None => Ok(()),
        Some(found) => {
            let message = format!("column {:?}: expected {READ}, found {found}", column.name);
            Err(Error::Parquet { path: path.to_path_buf(), message })
        }
    }
}

/// Of all compressions of pages, that of zstd is written in C.
fn check_compression(
    path: &Path,
    column: &Column,
    leaves: &[usize],
    metadata: &ArrowReaderMetadata,
) -> Result<(), Error> {
    for group in metadata.metadata().row_groups() {
        for chunk in leaves.iter().filter_map(|leaf| group.columns().get(*leaf)) {
            let compression = match chunk.compression() {
                Compression::ZSTD(_) => "zstd",
                Compression::LZO => "lzo",
                _ => continue,
            };
            let (path, column) = (path.to_path_buf(), column.name.clone());
            return Err(Error::ParquetCompression { path, column, compression });
        }
    }
    Ok(())
}
