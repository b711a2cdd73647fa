//! What a chain of readers can meet, as the `io::Error` that passes through it and the error that comes out.

use std::io;
use std::path::Path;

use crate::Error;

/// What is wrong with bytes that could be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("byte {offset} is not UTF-8")]
    NotUtf8 { offset: u64 },
    #[error("no {compression}: {message}")]
    Compression { compression: &'static str, message: String },
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, fault)
    }
}

impl Error {
    /// The error for what `path` could not be read for.
    pub(crate) fn reading(path: &Path, error: io::Error) -> Self {
        let path = path.to_path_buf();
        match error.downcast() {
            Ok(Fault::NotUtf8 { offset }) => Error::NotUtf8 { path, offset },
            Ok(Fault::Compression { compression, message }) => Error::Compression { path, compression, message },
            Err(source) => Error::Io { path, source },
        }
    }

    /// The error for JSON that begins in line `line` of a file.
    pub(crate) fn json(path: &Path, line: u64, error: &serde_json::Error) -> Self {
        let message = error.to_string();
        // The parser counts lines from the beginning of what it is given.
        let message = match message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message) {
            // The parser's words for text that is no JSON at all.
            "expected ident" | "expected value" => "a JSON value is expected".to_string(),
            message => message.to_string(),
        };
        let line = (line + error.line() as u64).saturating_sub(1);
        Error::Json { path: path.to_path_buf(), line, column: error.column(), message }
    }
}
