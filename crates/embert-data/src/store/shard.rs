//! One shard: a Parquet file of examples, which any tool of that format opens.
//!
//! | column | type | |
//! | --- | --- | --- |
//! | `input_ids` | list of u32 | masked where the masks are static |
//! | `token_type_ids` | list of u8 | segments |
//! | `masked_positions`, `masked_labels` | lists of u32 | what was masked, and what stood there; empty where masks are dynamic |
//! | `sentence_pair_label` | u8 or null | 0: follows, or in order; 1: random, or swapped |

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, PrimitiveBuilder, UInt8Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, UInt8Type, UInt32Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use embert_objectives::masking::Masked;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::temporary_file;
use crate::damaged::caught;
use crate::{Error, Example};

/// Examples that are read, and permuted, together.
pub(super) const GROUP: usize = 1024;

const COLUMNS: [&str; 5] = ["input_ids", "token_type_ids", "masked_positions", "masked_labels", "sentence_pair_label"];

fn schema() -> Arc<Schema> {
    let list = |of| DataType::List(Arc::new(Field::new_list_field(of, true)));
    let types = [
        list(DataType::UInt32),
        list(DataType::UInt8),
        list(DataType::UInt32),
        list(DataType::UInt32),
        DataType::UInt8,
    ];
    let fields = COLUMNS.into_iter().zip(types).map(|(name, of)| Field::new(name, of, name == COLUMNS[4]));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Writes a shard, a batch of examples at a time, beside its place, to which it is renamed when it is whole.
pub(super) struct ShardWriter {
    file: ArrowWriter<tempfile::NamedTempFile>,
    examples: usize,
}

impl ShardWriter {
    pub(super) fn create(folder: &Path) -> Result<Self, Error> {
        let beside = temporary_file(folder).map_err(|source| Error::Io { path: folder.to_owned(), source })?;
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(GROUP))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_created_by("embert".to_owned())
            .build();
        let file = ArrowWriter::try_new(beside, schema(), Some(properties)).map_err(|e| Error::store(folder, &e))?;
        Ok(Self { file, examples: 0 })
    }

    pub(super) fn write(&mut self, path: &Path, examples: &[Example]) -> Result<(), Error> {
        for some in examples.chunks(GROUP) {
            self.examples += some.len();
            let batch = to_batch(some).map_err(|error| Error::store(path, &error))?;
            self.file.write(&batch).map_err(|error| Error::store(path, &error))?;
        }
        Ok(())
    }

    /// The number of examples in the file that is now at `path`.
    pub(super) fn finish(self, path: &Path) -> Result<usize, Error> {
        let beside = self.file.into_inner().map_err(|error| Error::store(path, &error))?;
        let refused = |source| Error::Io { path: path.to_owned(), source };
        beside.as_file().sync_all().map_err(refused)?;
        beside.persist(path).map_err(|error| refused(error.error))?;
        Ok(self.examples)
    }
}

fn to_batch(examples: &[Example]) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let columns: Vec<ArrayRef> = vec![
        lists::<UInt32Type>(examples, |example| &example.ids, |id| id),
        lists::<UInt8Type>(examples, |example| &example.type_ids, |id| id as u8),
        lists::<UInt32Type>(examples, |example| &example.masked.positions, |position| position),
        lists::<UInt32Type>(examples, |example| &example.masked.originals, |id| id),
        Arc::new(labels(examples).finish()),
    ];
    RecordBatch::try_new(schema(), columns)
}

fn lists<T: ArrowPrimitiveType>(
    examples: &[Example],
    field: fn(&Example) -> &Vec<u32>,
    value: fn(u32) -> T::Native,
) -> ArrayRef {
    let mut builder = ListBuilder::new(PrimitiveBuilder::<T>::new());
    for example in examples {
        builder.append_value(field(example).iter().map(|&number| Some(value(number))));
    }
    Arc::new(builder.finish())
}

fn labels(examples: &[Example]) -> UInt8Builder {
    let mut builder = UInt8Builder::new();
    for example in examples {
        builder.append_option(example.sentence_pair_label.map(|label| label as u8));
    }
    builder
}

/// How many examples a shard has, by its own account.
pub(super) fn count(path: &Path) -> Result<usize, Error> {
    let reader = open(path)?;
    usize::try_from(reader.metadata().file_metadata().num_rows()).map_err(|error| Error::store(path, &error))
}

/// Reads all of a shard, and says how many examples there are.
pub(super) fn check_all(path: &Path) -> Result<usize, Error> {
    let groups = open(path)?.metadata().num_row_groups();
    (0..groups).map(|group| Ok(read(path, group)?.len())).sum()
}

/// The examples of one group of a shard.
pub(super) fn read(path: &Path, group: usize) -> Result<Vec<Example>, Error> {
    let reader = open(path)?;
    if group >= reader.metadata().num_row_groups() {
        return Err(Error::store(path, &format!("there is no row group {group}")));
    }
    let batches: Vec<RecordBatch> = caught(path, || {
        let batches = reader.with_row_groups(vec![group]).with_batch_size(GROUP).build()?;
        Ok(batches.collect::<Result<_, _>>()?)
    })?;
    let mut examples = Vec::new();
    for batch in batches {
        let wrong = |name: &str| Error::store(path, &format!("column {name} is missing, or of another type"));
        let numbers = |index: usize| column(&batch, COLUMNS[index]).ok_or_else(|| wrong(COLUMNS[index]));
        let [mut ids, mut type_ids, mut positions, mut originals] =
            [numbers(0)?, numbers(1)?, numbers(2)?, numbers(3)?];
        let labels = batch.column_by_name(COLUMNS[4]).and_then(|column| column.as_primitive_opt::<UInt8Type>());
        let labels = labels.ok_or_else(|| wrong(COLUMNS[4]))?;
        for row in 0..batch.num_rows() {
            let take = |field: &mut Vec<Vec<u32>>| field.get_mut(row).map(std::mem::take).unwrap_or_default();
            let example = Example {
                ids: take(&mut ids),
                type_ids: take(&mut type_ids),
                masked: Masked { positions: take(&mut positions), originals: take(&mut originals) },
                sentence_pair_label: labels.is_valid(row).then(|| labels.value(row).into()),
            };
            check(&example).map_err(|wrong| Error::store(path, &format!("group {group}, row {row}: {wrong}")))?;
            examples.push(example);
        }
    }
    Ok(examples)
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
    let file = File::open(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    caught(path, || ParquetRecordBatchReaderBuilder::try_new(file))
}

/// The lists of a column.
fn column(batch: &RecordBatch, name: &str) -> Option<Vec<Vec<u32>>> {
    let lists = batch.column_by_name(name)?.as_list_opt::<i32>()?;
    let list = |list: Option<ArrayRef>| -> Option<Vec<u32>> {
        let Some(list) = list else { return Some(Vec::new()) };
        if let Some(wide) = list.as_primitive_opt::<UInt32Type>() {
            return Some(wide.values().to_vec());
        }
        Some(list.as_primitive_opt::<UInt8Type>()?.values().iter().map(|&value| value.into()).collect())
    };
    lists.iter().map(list).collect()
}

/// What holds of every example that was written here.
fn check(example: &Example) -> Result<(), &'static str> {
    let Masked { positions, originals } = &example.masked;
    if example.ids.is_empty() || example.type_ids.len() != example.ids.len() {
        return Err("there are no input_ids, or not as many token_type_ids");
    }
    if positions.len() != originals.len() || positions.iter().any(|&position| position as usize >= example.ids.len()) {
        return Err("masked_positions and masked_labels do not fit input_ids");
    }
    Ok(())
}
