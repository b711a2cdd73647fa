//! Rows of a table, or objects of JSON lines: named values with the line that they stand in, one at a time.
//!
//! | format | a record | values |
//! | --- | --- | --- |
//! | CSV | a row under a header; quoted fields may hold commas, quotes (`""`) and line breaks | texts |
//! | TSV | a line under a header; a quote is a character like any other | texts |
//! | JSON lines | an object a line | texts, numbers, lists |
//!
//! Blank lines are passed over.

use std::path::Path;
use std::sync::Arc;

use crate::Error;
use crate::csv_rows::CsvRows;
use crate::lines::Lines;
use crate::source::{self, Compression, Source};
use crate::value::{Fields, Value, listed};

/// How the records of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header, quoted as in RFC 4180.
    Csv,
    /// Tab-separated values with a header and without quotes, as GLUE's files are.
    Tsv,
    /// A JSON object a line.
    JsonLines,
}

impl Format {
    /// What a file's name says, under a `.gz` or `.zst` too.
    pub fn of(path: &Path) -> Option<Self> {
        match source::extension(&Compression::inner(path))?.as_str() {
            "csv" => Some(Format::Csv),
            "tsv" => Some(Format::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Format::JsonLines),
            _ => None,
        }
    }

    /// What a file's name says.
    pub(crate) fn required(path: &Path) -> Result<Self, Error> {
        let expected = ".csv, .tsv, .jsonl, .ndjson or .json, with .gz or .zst after it or without";
        Self::of(path).ok_or_else(|| Error::UnknownFormat { path: path.to_path_buf(), expected })
    }
}

/// One row or object.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) line: u64,
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
        Error::Record { path, line: self.line, expected: expected.into(), found: found.describe() }
    }

    /// The error for fields among which a value cannot be found.
    pub(crate) fn misfit(&self, path: &Path, misfit: impl Into<Misfit>) -> Error {
        misfit.into().at(path, self.line, &self.names)
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
    /// The error for the names of a line.
    pub(crate) fn at(self, path: &Path, line: u64, names: &[String]) -> Error {
        match self {
            Self::Lacks(expected) => no_column(path, Some(line), expected, names),
            Self::Several { expected, found } => Error::Record { path: path.to_path_buf(), line, expected, found },
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

/// The error for a name that is none of these.
pub(crate) fn no_column(path: &Path, line: Option<u64>, expected: String, names: &[String]) -> Error {
    let found = listed(names.iter().map(String::as_str));
    Error::NoColumn { path: path.to_path_buf(), line, expected, found }
}

/// The records of one file, read as they are asked for.
pub(crate) struct Records {
    path: Arc<Path>,
    rows: Rows,
    columns: Option<Arc<[String]>>, // of a table
}

enum Rows {
    Csv(CsvRows<Source>),
    Tsv(Lines<Source>),
    JsonLines(Lines<Source>),
}

impl Records {
    /// Opens a file, and reads the header of a table.
    pub(crate) fn open(path: &Path, format: Format, lossy: bool) -> Result<Self, Error> {
        let mut records = Self::open_without_header(path, format, lossy)?;
        let header = match &mut records.rows {
            Rows::JsonLines(_) => return Ok(records),
            _ => records.row()?.map(|(_, values)| values),
        };
        records.columns = Some(header.unwrap_or_default().into());
        Ok(records)
    }

    /// Opens a file whose columns have these names, and no header.
    pub(crate) fn open_headless(path: &Path, format: Format, columns: &[String], lossy: bool) -> Result<Self, Error> {
        let mut records = Self::open_without_header(path, format, lossy)?;
        records.columns = Some(columns.into());
        Ok(records)
    }

    fn open_without_header(path: &Path, format: Format, lossy: bool) -> Result<Self, Error> {
        let source = source::open(path, lossy)?;
        let rows = match format {
            Format::Csv => Rows::Csv(CsvRows::new(source)),
            Format::Tsv => Rows::Tsv(Lines::new(source)),
            Format::JsonLines => Rows::JsonLines(Lines::new(source)),
        };
        Ok(Self { path: path.into(), rows, columns: None })
    }

    pub(crate) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The columns of a table; an empty file has none. The objects of JSON lines have their own names each.
    pub(crate) fn columns(&self) -> Option<&[String]> {
        self.columns.as_deref()
    }

    /// The next record, or none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, Error> {
        if let Rows::JsonLines(lines) = &mut self.rows {
            let Some(line) = lines.next_filled(&self.path)? else { return Ok(None) };
            let fields = serde_json::from_str(line);
            let line = lines.number();
            let Fields(fields) = fields.map_err(|error| Error::json(&self.path, line, &error))?;
            let (names, values): (Vec<_>, _) = fields.into_iter().unzip();
            return Ok(Some(Record { line, names: names.into(), values }));
        }
        let Some((line, values)) = self.row()? else { return Ok(None) };
        let names = self.columns.clone().unwrap_or_default();
        if values.len() != names.len() {
            return Err(Error::Record {
                path: self.path.to_path_buf(),
                line,
                expected: format!("{} fields, as many as there are columns", names.len()),
                found: values.len().to_string(),
            });
        }
        Ok(Some(Record { line, names, values: values.into_iter().map(Value::Text).collect() }))
    }

    /// The next row of a table, and the line in which it begins.
    fn row(&mut self) -> Result<Option<(u64, Vec<String>)>, Error> {
        match &mut self.rows {
            Rows::Csv(csv) => csv.next(&self.path),
            Rows::Tsv(lines) | Rows::JsonLines(lines) => {
                let row = lines.next_filled(&self.path)?.map(|line| line.split('\t').map(str::to_string).collect());
                Ok(row.map(|row| (lines.number(), row)))
            }
        }
    }
}
