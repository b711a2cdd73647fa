//! Bytes on their way to being text: UTF-8 is checked, or mended, before any form of file is looked at.
//!
//! So a bad byte has the same place in the error whether it stands in prose, in a table or in a compressed file.

use std::io::{self, BufRead, Read};

use crate::fault::Fault;

/// How many bytes are read at once.
const CHUNK: usize = 64 << 10;
/// What stands for bytes that are no text.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// A reader whose bytes are valid UTF-8.
pub(crate) struct Utf8<R> {
    inner: R,
    lossy: bool,
    bytes: Vec<u8>, // read and not looked at: at most the beginning of a character
    text: Vec<u8>,  // looked at
    position: usize,
    offset: u64, // of `bytes` in what `inner` gives
    ended: bool,
    is_bad: bool, // at `offset`
}

impl<R: Read> Utf8<R> {
    /// Bytes that are not UTF-8 are an error, or U+FFFD where `lossy` is set.
    pub(crate) fn new(inner: R, lossy: bool) -> Self {
        Self { inner, lossy, bytes: Vec::new(), text: Vec::new(), position: 0, offset: 0, ended: false, is_bad: false }
    }

    /// Adds to `bytes` what one call of `inner` gives.
    fn read_chunk(&mut self) -> io::Result<()> {
        let start = self.bytes.len();
        self.bytes.resize(start + CHUNK, 0);
        let result = loop {
            match self.inner.read(self.bytes.get_mut(start..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.bytes.truncate(start + *result.as_ref().unwrap_or(&0));
        self.ended = result? == 0;
        Ok(())
    }

    /// Moves what is valid from `bytes` to `text`.
    fn check(&mut self) {
        let mut rest = self.bytes.as_slice();
        loop {
            let Err(error) = str::from_utf8(rest) else {
                self.text.extend_from_slice(rest);
                rest = &[];
                break;
            };
            let (valid, invalid) = rest.split_at(error.valid_up_to());
            self.text.extend_from_slice(valid);
            rest = invalid;
            let length = match error.error_len() {
                None if !self.ended => break, // a character whose other bytes have not been read
                None => invalid.len(),
                Some(length) => length,
            };
            if !self.lossy {
                self.is_bad = true;
                break;
            }
            self.text.extend_from_slice(REPLACEMENT);
            rest = invalid.get(length..).unwrap_or_default();
        }
        let checked = self.bytes.len() - rest.len();
        self.bytes.drain(..checked);
        self.offset += checked as u64;
    }
}

impl<R: Read> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position >= self.text.len() {
            self.text.clear();
            self.position = 0;
        }
        while self.text.is_empty() {
            if self.is_bad {
                return Err(Fault::NotUtf8 { offset: self.offset }.into());
            }
            if self.ended {
                break;
            }
            self.read_chunk()?;
            self.check();
        }
        Ok(self.text.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount;
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}
