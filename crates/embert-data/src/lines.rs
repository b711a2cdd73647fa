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
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, offset: 0, buffer: Vec::new() }
    }

    /// The next line without its end, or none at the end of the file. `path` is for the error.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<&str>, Error> {
        self.buffer.clear();
        let offset = self.offset;
        // One byte more than a line may have: its `\n`, or the byte that is too many.
        let length = (&mut self.reader)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
        if length == 0 {
            return Ok(None);
        }
        self.offset += length as u64;
        let line = match self.buffer.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
            None if length > LONGEST_LINE => {
                return Err(Error::LineTooLong { path: path.to_path_buf(), offset, limit: LONGEST_LINE });
            }
            None => &self.buffer,
        };
        let line = str::from_utf8(line).map_err(|error| not_utf8(path, offset, error))?;
        Ok(Some(if offset == 0 { without_mark(line) } else { line }))
    }
}

/// The error for bytes that begin at `offset` of the file.
pub(crate) fn not_utf8(path: &Path, offset: u64, error: std::str::Utf8Error) -> Error {
    Error::NotUtf8 { path: path.to_path_buf(), offset: offset + error.valid_up_to() as u64 }
}

/// Text without the byte order mark that some editors begin a file with.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
