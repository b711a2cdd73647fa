//! Answers as the rows of a Parquet file.

use std::{io::Write, sync::Arc};

use arrow_json::reader::{Decoder, ReaderBuilder};
use arrow_schema::{DataType, Field, Schema};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};
use serde::Serialize;

/// Rows that become columns at a time, or fewer where they are long.
const ROWS: usize = 1024;
const BYTES: usize = 4 << 20;
/// Bytes of columns that are in memory before they are written, as a row group.
const GROUP_BYTES: usize = 32 << 20;

/// Writes rows as they come, a group at a time.
pub(crate) struct ParquetWriter<'a> {
    rows: usize,
    /// Of these rows, as they would be in JSON.
    bytes: Counter,
    columns: Decoder,
    file: ArrowWriter<&'a mut (dyn Write + Send)>,
}

impl<'a> ParquetWriter<'a> {
    pub(super) fn new(columns: Vec<Field>, out: &'a mut (dyn Write + Send)) -> anyhow::Result<Self> {
        let schema = Arc::new(Schema::new(columns));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))?;
        let columns = ReaderBuilder::new(schema).with_batch_size(ROWS).build_decoder()?;
        Ok(Self { rows: 0, bytes: Counter(0), columns, file })
    }

    pub(super) fn write(&mut self, row: &impl Serialize) -> anyhow::Result<()> {
        self.columns.serialize(&[row])?;
        serde_json::to_writer(&mut self.bytes, row)?;
        self.rows += 1;
        if self.rows == ROWS || self.bytes.0 >= BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        (self.rows, self.bytes) = (0, Counter(0));
        if let Some(batch) = self.columns.flush()? {
            self.file.write(&batch)?;
        }
        if self.file.in_progress_size() >= GROUP_BYTES {
            self.file.flush()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        self.file.close()?;
        Ok(())
    }
}

/// Counts bytes.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A column of text.
pub(crate) fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

/// A column of numbers.
pub(crate) fn float(name: &str) -> Field {
    Field::new(name, DataType::Float32, false)
}

/// A column of whole numbers.
pub(crate) fn whole(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

/// A column of lists of objects with these keys.
pub(crate) fn list(name: &str, keys: Vec<Field>) -> Field {
    numbers_or_objects(name, DataType::Struct(keys.into()))
}

/// A column of lists of numbers.
pub(crate) fn floats(name: &str) -> Field {
    numbers_or_objects(name, DataType::Float32)
}

fn numbers_or_objects(name: &str, item: DataType) -> Field {
    Field::new(name, DataType::List(Arc::new(Field::new("item", item, false))), false)
}
