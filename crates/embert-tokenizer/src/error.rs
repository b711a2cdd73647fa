//! What can go wrong, as one type whose messages name the file, the key, what was expected and what was found.

use std::io;
use std::path::{Path, PathBuf};

/// Every way in which this crate says no.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file (or directory) in question.
        file: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },

    /// A file that must be text is not UTF-8.
    #[error("{}: not UTF-8 at byte {position}; a vocabulary is UTF-8 text", file.display())]
    NotUtf8 {
        /// The file in question.
        file: PathBuf,
        /// How many bytes before the first bad one.
        position: usize,
    },

    /// A file is not JSON at all.
    #[error("{}: not valid JSON: {source}", file.display())]
    Json {
        /// The file in question.
        file: PathBuf,
        /// Where and why the parser stopped.
        source: serde_json::Error,
    },

    /// A file is readable, but its content is not what its name promises.
    #[error("{}: {place}: expected {expected}, found {found}", file.display())]
    Content {
        /// The file in question.
        file: PathBuf,
        /// The key or the line.
        place: String,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// A directory holds none of the files that a tokenizer is loaded from.
    #[error(
        "{}: no tokenizer here: expected tokenizer.json, vocab.txt, vocab.json with merges.txt, or spiece.model; {found}",
        dir.display()
    )]
    NoTokenizer {
        /// The directory that was searched.
        dir: PathBuf,
        /// What is there instead.
        found: String,
    },

    /// A special token is needed that this tokenizer has none of.
    #[error("{origin}: has no {role} token")]
    NoSpecialToken {
        /// Where the tokenizer came from.
        origin: String,
        /// `pad`, `unk`, `cls`, `sep` or `mask`.
        role: &'static str,
    },

    /// An id that no token has.
    #[error("id {id} is beyond the vocabulary: expected an id below {vocab_size}")]
    UnknownId {
        /// The id.
        id: u32,
        /// The size of the vocabulary, added tokens included.
        vocab_size: usize,
    },

    /// A text is too long to be held in memory while it is encoded: all of it where no token of it is cut off, else a
    /// stretch without a space at which it could be encoded in parts.
    #[error("text: {bytes} bytes to encode at once; expected at most {limit}, so split it before")]
    TooLong {
        /// The length of the text or stretch.
        bytes: usize,
        /// The most bytes that it may have.
        limit: usize,
    },

    /// A text cannot be cut to the asked length in the asked way.
    #[error("truncation: {0}")]
    Truncation(#[from] TruncationError),

    /// Options of a trainer that no vocabulary can satisfy.
    #[error("training: {0}")]
    Training(String),

    /// The source of training texts failed.
    #[error("training texts: {0}")]
    Texts(String),

    /// The `tokenizers` library refused a text or a pipeline.
    #[error("{origin}: {message}")]
    Library {
        /// Where the tokenizer came from.
        origin: String,
        /// The library's own words.
        message: String,
    },
}

/// Why a text cannot be cut to the asked length in the asked way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TruncationError {
    /// The special tokens alone are longer than the limit.
    #[error("max_length {max_length} has no room for the {special_tokens} special tokens")]
    NoRoom {
        /// The limit asked for.
        max_length: usize,
        /// How many tokens the template adds.
        special_tokens: usize,
    },

    /// Windows that overlap by their whole length would never end.
    #[error("stride {stride} must be below the {room} tokens that a window has for the text")]
    Stride {
        /// The overlap asked for, in tokens.
        stride: usize,
        /// The tokens of one window that are text.
        room: usize,
    },

    /// `only_second` without a second text.
    #[error("only_second needs a pair, and this input is a single text")]
    NoSecond,

    /// The text that may be cut is shorter than what must go.
    #[error("{available} tokens may be cut, and {needed} must go, and one must stay")]
    TooShort {
        /// Tokens of the text that may be cut.
        available: usize,
        /// Tokens that are too many.
        needed: usize,
    },
}

impl Error {
    pub(crate) fn io(file: &Path, source: io::Error) -> Self {
        Self::Io { file: file.to_path_buf(), source }
    }

    pub(crate) fn content(
        file: &Path,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Content { file: file.to_path_buf(), place: place.into(), expected: expected.into(), found: found.into() }
    }

    /// The library's errors are boxed; only their words are kept.
    pub(crate) fn library(origin: &str, error: tokenizers::Error) -> Self {
        Self::Library { origin: origin.to_owned(), message: error.to_string() }
    }
}
