//! CSV, a row at a time, with the line that each row begins in and a limit on its length.

use std::io::{self, Read};
use std::path::Path;

use csv::{Reader, ReaderBuilder, StringRecord, Terminator};

use crate::lines::LONGEST_LINE;
use crate::{Error, Place};

/// How many bytes the parser reads at once.
const BUFFER: usize = 64 << 10;

/// The rows of one file, the header among them.
pub(crate) struct CsvRows<R> {
    reader: Reader<Bounded<R>>,
    row: StringRecord,
    next_line: u64, // the row that is read next begins here, or after blank lines
}

impl<R: Read> CsvRows<R> {
    pub(crate) fn new(reader: R) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true) // the count of fields is checked where the columns are known
            .terminator(Terminator::Any(b'\n')) // so that lines can be counted
            .buffer_capacity(BUFFER)
            .from_reader(Bounded { reader, left: 0, end: End::Ahead });
        Self { reader, row: StringRecord::new(), next_line: 1 }
    }

    /// The next row that is not blank, and the line in which it begins. `path` is for the error.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<(u64, Vec<String>)>, Error> {
        loop {
            let bounded = self.reader.get_mut();
            bounded.left = LONGEST_LINE + BUFFER;
            let found = self.reader.read_record(&mut self.row);
            if self.row.as_slice().len() > LONGEST_LINE || self.reader.get_ref().left == 0 {
                return Err(self.too_long(path));
            }
            let found = found.map_err(|error| match error.into_kind() {
                csv::ErrorKind::Io(error) => Error::reading(path, error),
                other => Error::reading(path, io::Error::other(format!("{other:?}"))),
            });
            if !found? {
                return Ok(None);
            }
            // The parser passes over blank lines before it says where it is; after the row it is right.
            let breaks = self.row.as_slice().matches('\n').count() as u64;
            let line = self.reader.position().line().saturating_sub(breaks + 1);
            if self.reader.get_ref().end == End::Passed {
                return Err(Error::Record {
                    path: path.to_path_buf(),
                    place: Place::Line(line + 1), // since no line break ends it
                    expected: "a quote at the end of each quoted field".into(),
                    found: "the end of the file".into(),
                });
            }
            self.next_line = self.reader.position().line();
            let row = self.fields();
            if row.iter().any(|field| !field.is_empty()) || row.len() > 1 {
                return Ok(Some((line, row)));
            }
        }
    }

    /// The fields of the current row.
    fn fields(&self) -> Vec<String> {
        let mut row: Vec<String> = self.row.iter().map(str::to_string).collect();
        if let Some(last) = row.last_mut()
            && last.ends_with('\r')
        {
            last.pop(); // of the end of the line
        }
        row
    }

    fn too_long(&self, path: &Path) -> Error {
        Error::RowTooLong { path: path.to_path_buf(), line: self.next_line, limit: LONGEST_LINE }
    }
}

/// A reader that gives no more than is allowed, and a line break at the end.
struct Bounded<R> {
    reader: R,
    left: usize,
    end: End,
}

/// Where the end of the file is.
#[derive(PartialEq)]
enum End {
    Ahead,
    /// The line break that ends every last row has been given.
    Reached,
    /// More was asked for after it, as by a row that it did not end.
    Passed,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("a row without an end"));
        }
        let most = into.len().min(self.left);
        let mut read = self.reader.read(into.get_mut(..most).unwrap_or_default())?;
        if let Some(first) = into.first_mut()
            && read == 0
        {
            if self.end != End::Ahead {
                self.end = End::Passed;
                return Ok(0);
            }
            *first = b'\n';
            self.end = End::Reached;
            read = 1;
        }
        self.left -= read;
        Ok(read)
    }
}
