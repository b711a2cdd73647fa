//! A file as a stream of text: decompressed where its name says so, and UTF-8.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::Error;
use crate::fault::Fault;
use crate::utf8::Utf8;
use crate::zstd::Frames;

/// The text of a file.
pub(crate) type Source = Utf8<Box<dyn Read + Send>>;

/// Opens a file of text. Compressed ones are decompressed as they are read.
pub(crate) fn open(path: &Path, lossy: bool) -> Result<Source, Error> {
    Ok(Utf8::new(open_bytes(path)?, lossy))
}

/// Opens a file, decompressed as it is read where its name ends with `.gz` or `.zst`.
///
/// # Errors
/// Where it cannot be opened.
pub fn open_bytes(path: &Path) -> Result<Box<dyn Read + Send>, Error> {
    let file = File::open(path).map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    Ok(match Compression::of(path) {
        None => Box::new(file),
        Some(Compression::Gzip) => {
            Box::new(Decompressed { compression: "gzip", reader: MultiGzDecoder::new(BufReader::new(file)) })
        }
        Some(Compression::Zstd) => {
            Box::new(Decompressed { compression: "zstd", reader: Frames::new(BufReader::new(file)) })
        }
    })
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// What the last extension of a name says, if it says anything.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match extension(path)?.as_str() {
            "gz" => Some(Compression::Gzip),
            "zst" => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The name that the file has without its compression.
    pub(crate) fn inner(path: &Path) -> PathBuf {
        if Self::of(path).is_some() { path.with_extension("") } else { path.to_path_buf() }
    }
}

/// The extension in lower case.
pub(crate) fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// Says of a decompressor's errors that they are its own, unless they are the system's.
struct Decompressed<R> {
    compression: &'static str,
    reader: R,
}

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reader.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ if error.raw_os_error().is_some() => error,
            _ => Fault::Compression { compression: self.compression, message: error.to_string() }.into(),
        })
    }
}
