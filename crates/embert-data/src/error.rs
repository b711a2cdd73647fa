//! What can be wrong with a corpus, or with what is asked of it.

use std::io;
use std::path::PathBuf;

/// Why no training examples can be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder that cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// A folder in which there is nothing to read.
    #[error("{}: no text here; expected a file named .txt, .text, .md, .html or .htm, in the folder or below it", path.display())]
    NoText {
        /// The folder.
        path: PathBuf,
    },

    /// Bytes that are not text.
    #[error("{}: byte {offset} is not UTF-8; expected text in UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// How many bytes of valid text stand before it.
        offset: u64,
    },

    /// A line so long that it is no line of text.
    #[error("{}: the line at byte {offset} has more than {limit} bytes, the longest that is read", path.display())]
    LineTooLong {
        /// The file.
        path: PathBuf,
        /// Where the line begins.
        offset: u64,
        /// How many bytes a line may have.
        limit: usize,
    },

    /// An HTML or Markdown file too large to be read as one document.
    #[error("{}: more than {limit} bytes, the largest HTML or Markdown file that is read", path.display())]
    PageTooLarge {
        /// The file.
        path: PathBuf,
        /// How many bytes a page may have.
        limit: usize,
    },

    /// More documents held out than leave one to train on.
    #[error("{held_out} of {documents} documents held out leave none to train on")]
    NothingToTrainOn {
        /// How many would be held out.
        held_out: usize,
        /// How many there are.
        documents: usize,
    },

    /// A sequence too short for what has to stand in it.
    #[error(
        "max_length is {found}; [CLS] A [SEP] B [SEP] with a token or more in A and in B needs at least {expected}"
    )]
    MaxLengthTooSmall {
        /// The length that was asked for.
        found: usize,
        /// The smallest that works.
        expected: usize,
    },

    /// A probability or a share outside `[0, 1]`.
    #[error("{name} is {found}; expected a number from 0 to 1")]
    NotAShare {
        /// The setting's name.
        name: &'static str,
        /// Its value.
        found: f64,
    },

    /// A segment that does not follow has to come from another document.
    #[error(
        "the corpus has {found} document(s) with text; sentence pairs need at least 2, since a random second segment comes from another document"
    )]
    TooFewDocuments {
        /// How many documents have at least one token.
        found: usize,
    },
}
