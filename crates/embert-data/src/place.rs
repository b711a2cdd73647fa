//! Where in a file something stands.

use std::fmt;

/// Where in a file something stands, as the file's form counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The line in which it begins, from 1.
    Line(u64),
    /// The row of a Parquet file, from 1.
    Row(u64),
    /// What a Parquet file says of its columns.
    Schema,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Row(row) => write!(f, "row {row}"),
            Place::Schema => f.write_str("schema"),
        }
    }
}
