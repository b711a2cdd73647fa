//! Rows of a table, or objects of JSON lines: named values with the place where they stand, one at a time.
//!
//! | format | a record | values |
//! | --- | --- | --- |
//! | CSV | a row under a header; quoted fields may hold commas, quotes (`""`) and line breaks | texts |
//! | TSV | a line under a header; a quote is a character like any other | texts |
//! | JSON lines | an object a line | texts, numbers, lists |
//! | Parquet | a row | texts, numbers, lists; see [`parquet_rows`](crate::parquet_rows) |
//!
//! Blank lines are passed over.

use std::path::Path;
use std::sync::Arc;

use crate::csv_rows::CsvRows;
use crate::lines::Lines;
use crate::parquet_rows::ParquetRows;
use crate::source::{self, Compression, Source};
use crate::value::{Fields, Value, listed};
use crate::{Error, Place};

/// How the records of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header, quoted as in RFC 4180.
    Csv,
    /// Tab-separated values with a header and without quotes, as GLUE's files are.
    Tsv,
    /// A JSON object a line.
    JsonLines,
    /// Parquet, as the `datasets` library, pandas and others write it; not with a `.gz` or `.zst` around it.
    Parquet,
}

impl Format {
    /// What a file's name says, under a `.gz` or `.zst` too.
    pub fn of(path: &Path) -> Option<Self> {
        match source::extension(&Compression::inner(path))?.as_str() {
            "csv" => Some(Format::Csv),
            "tsv" => Some(Format::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Format::JsonLines),
            // It is read from its end, and has compressions of its own.
            "parquet" if Compression::of(path).is_none() => Some(Format::Parquet),
            _ => None,
        }
    }

    /// What a file's name says.
    pub(crate) fn required(path: &Path) -> Result<Self, Error> {
        let expected = ".csv, .tsv, .jsonl, .ndjson or .json, with .gz or .zst after it or without, or .parquet";
        Self::of(path).ok_or_else(|| Error::UnknownFormat { path: path.to_path_buf(), expected })
    }
}

/// One row or object.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) place: Place,
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Record {
    /// The names of the values, in order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Takes the value of that name.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        Some(self.take_at(position(&self.names, name)?))
    }

    /// Takes the value at a position among the names. What has been taken is null.
    pub(crate) fn take_at(&mut self, position: usize) -> Value {
        self.values.get_mut(position).map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    /// Takes the text at a position.
    pub(crate) fn take_text(&mut self, path: &Path, position: usize) -> Result<String, Error> {
        match self.take_at(position) {
            Value::Text(text) => Ok(text),
            other => Err(self.unfit(path, "a string as text", &other)),
        }
    }

    /// The error for a value that is another than it must be.
    pub(crate) fn unfit(&self, path: &Path, expected: impl Into<String>, found: &Value) -> Error {
        let path = path.to_path_buf();
        Error::Record { path, place: self.place, expected: expected.into(), found: found.describe() }
    }

    /// The error for fields among which a value cannot be found.
    pub(crate) fn misfit(&self, path: &Path, misfit: impl Into<Misfit>) -> Error {
        misfit.into().at(path, self.place, &self.names)
    }
}

/// Why values cannot be found by the names of their columns, or fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// What is expected is not there.
    Lacks(String),
    /// There is more than can be meant.
    Several { expected: String, found: String },
}

impl From<String> for Misfit {
    fn from(expected: String) -> Self {
        Self::Lacks(expected)
    }
}

impl From<&str> for Misfit {
    fn from(expected: &str) -> Self {
        Self::Lacks(expected.to_owned())
    }
}

impl Misfit {
    /// The error for names that stand there.
    pub(crate) fn at(self, path: &Path, place: Place, names: &[String]) -> Error {
        let path = path.to_path_buf();
        match self {
            Self::Lacks(expected) => {
                Error::NoColumn { path, place, expected, found: listed(names.iter().map(String::as_str)) }
            }
            Self::Several { expected, found } => Error::Record { path, place, expected, found },
        }
    }
}

/// Whether each of these positions has a name that no other has: of two columns of one name, nobody knows which is meant.
pub(crate) fn check_once(names: &[String], positions: impl IntoIterator<Item = usize>) -> Result<(), Misfit> {
    for name in positions.into_iter().filter_map(|position| names.get(position)) {
        let count = names.iter().filter(|other| *other == name).count();
        if count > 1 {
            return Err(Misfit::Several { expected: format!("one column {name:?}"), found: count.to_string() });
        }
    }
    Ok(())
}

/// Where a name stands: spelled so, or else in other case. Of two fields of one name, the last counts.
pub(crate) fn position(names: &[String], name: &str) -> Option<usize> {
    let exact = names.iter().rposition(|other| other == name);
    exact.or_else(|| names.iter().rposition(|other| other.eq_ignore_ascii_case(name)))
}

/// The records of one file, read as they are asked for.
pub(crate) struct Records {
    path: Arc<Path>,
    rows: Rows,
}

enum Rows {
    Table(Table, Arc<[String]>), // and its columns
    JsonLines(Lines<Source>),
    Parquet(ParquetRows),
}

impl Records {
    /// Opens a file. Of the columns that all its records have, `choose` says which are read, or what is wrong with them. The
    /// objects of JSON lines have their own names each: it is not asked.
    pub(crate) fn open(
        path: &Path,
        format: Format,
        lossy: bool,
        choose: impl FnOnce(&[String]) -> Result<Vec<usize>, Misfit>,
    ) -> Result<Self, Error> {
        let rows = match format {
            Format::JsonLines => Rows::JsonLines(Lines::new(source::open(path, lossy)?)),
            Format::Parquet => Rows::Parquet(ParquetRows::open(path, lossy, choose)?),
            Format::Csv | Format::Tsv => {
                let mut table = Table::open(path, format, lossy)?;
                let (line, header) = table.next(path)?.unwrap_or((1, Vec::new())); // an empty file has no columns
                choose(&header).map_err(|misfit| misfit.at(path, Place::Line(line), &header))?;
                Rows::Table(table, header.into())
            }
        };
        Ok(Self { path: path.into(), rows })
    }

    /// Opens a file whose columns have these names, and no header. JSON lines and Parquet say their names themselves.
    pub(crate) fn open_headless(
        path: &Path,
        format: Format,
        columns: &[String],
        lossy: bool,
        choose: impl FnOnce(&[String]) -> Result<Vec<usize>, Misfit>,
    ) -> Result<Self, Error> {
        if !matches!(format, Format::Csv | Format::Tsv) {
            return Self::open(path, format, lossy, choose);
        }
        let table = Table::open(path, format, lossy)?;
        choose(columns).map_err(|misfit| misfit.at(path, Place::Line(1), columns))?;
        Ok(Self { path: path.into(), rows: Rows::Table(table, columns.into()) })
    }

    pub(crate) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The next record, or none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Error> {
        match &mut self.rows {
            Rows::Table(table, columns) => table.record(&self.path, columns),
            Rows::JsonLines(lines) => object(lines, &self.path),
            Rows::Parquet(rows) => {
                let Some((row, values)) = rows.next(&self.path)? else { return Ok(None) };
                Ok(Some(Record { place: Place::Row(row), names: Arc::clone(rows.names()), values }))
            }
        }
    }
}

/// The record of the next line of JSON.
fn object(lines: &mut Lines<Source>, path: &Path) -> Result<Option<Record>, Error> {
    let Some(line) = lines.next_filled(path)? else { return Ok(None) };
    let fields = serde_json::from_str(line);
    let line = lines.number();
    let Fields(fields) = fields.map_err(|error| Error::json(path, line, &error))?;
    let (names, values): (Vec<_>, _) = fields.into_iter().unzip();
    Ok(Some(Record { place: Place::Line(line), names: names.into(), values }))
}

/// The rows of a table as text, its header among them.
enum Table {
    Csv(CsvRows<Source>),
    Tsv(Lines<Source>),
}

impl Table {
    fn open(path: &Path, format: Format, lossy: bool) -> Result<Self, Error> {
        let source = source::open(path, lossy)?;
        Ok(match format {
            Format::Csv => Table::Csv(CsvRows::new(source)),
            _ => Table::Tsv(Lines::new(source)),
        })
    }

    /// The next row, and the line in which it begins.
    fn next(&mut self, path: &Path) -> Result<Option<(u64, Vec<String>)>, Error> {
        match self {
            Table::Csv(csv) => csv.next(path),
            Table::Tsv(lines) => {
                let row = lines.next_filled(path)?.map(|line| line.split('\t').map(str::to_string).collect());
                Ok(row.map(|row| (lines.number(), row)))
            }
        }
    }

    /// The record of the next row, which has a value for each column.
    fn record(&mut self, path: &Path, columns: &Arc<[String]>) -> Result<Option<Record>, Error> {
        let Some((line, values)) = self.next(path)? else { return Ok(None) };
        let place = Place::Line(line);
        if values.len() != columns.len() {
            return Err(Error::Record {
                path: path.to_path_buf(),
                place,
                expected: format!("{} fields, as many as there are columns", columns.len()),
                found: values.len().to_string(),
            });
        }
        let values = values.into_iter().map(Value::Text).collect();
        Ok(Some(Record { place, names: Arc::clone(columns), values }))
    }
}
