//! Lines of a file, one at a time, each no longer than a limit.

use std::io::{BufRead, Read};
use std::path::Path;

use crate::Error;

/// A line with more bytes than this is an error: a file of one endless line is not read into memory.
pub(crate) const LONGEST_LINE: usize = 16 << 20;

/// Reads lines that end at `\n` or `\r\n` and are UTF-8.
pub(crate) struct Lines<R> {
    reader: R,
    offset: u64, // of the next line
    number: u64, // of this line
    line: String,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, offset: 0, number: 0, line: String::new() }
    }

    /// The number of the line that was read last, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its end, or none at the end of the file. `path` is for the error.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<&str>, Error> {
        Ok(self.advance(path)?.then_some(&self.line))
    }

    /// The next line with its number.
    pub(crate) fn next_numbered(&mut self, path: &Path) -> Result<Option<(u64, &str)>, Error> {
        Ok(self.advance(path)?.then_some((self.number, self.line.as_str())))
    }

    /// The next line that holds more than spaces.
    pub(crate) fn next_filled(&mut self, path: &Path) -> Result<Option<&str>, Error> {
        while self.advance(path)? {
            if self.line.contains(|c| c != ' ') {
                return Ok(Some(&self.line));
            }
        }
        Ok(None)
    }

    /// Reads a line, if there is one.
    fn advance(&mut self, path: &Path) -> Result<bool, Error> {
        let mut line = std::mem::take(&mut self.line).into_bytes();
        line.clear();
        let offset = self.offset;
        // One byte more than a line may have: its `\n`, or the byte that is too many.
        let length = (&mut self.reader)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::reading(path, error))?;
        if length == 0 {
            return Ok(false);
        }
        self.offset += length as u64;
        self.number += 1;
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        } else if length > LONGEST_LINE {
            return Err(Error::LineTooLong { path: path.to_path_buf(), offset, limit: LONGEST_LINE });
        }
        self.line = String::from_utf8(line).map_err(|error| {
            let offset = offset + error.utf8_error().valid_up_to() as u64;
            Error::NotUtf8 { path: path.to_path_buf(), offset }
        })?;
        if offset == 0 && self.line.starts_with(MARK) {
            self.line.remove(0);
        }
        Ok(true)
    }
}

/// The byte order mark that some editors begin a file with.
const MARK: char = '\u{feff}';

/// Text without a byte order mark.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}
