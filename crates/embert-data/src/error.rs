//! What can be wrong with a corpus, or with what is asked of it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::Place;

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
    #[error("{}: no text here; expected a file named .txt, .text, .md, .html, .htm, .jsonl, .ndjson, .csv or .tsv, with .gz or .zst after it or without, or .parquet, in the folder or below it", path.display())]
    NoText {
        /// The folder.
        path: PathBuf,
    },

    /// Bytes that are not text.
    #[error("{}: byte {offset} is not UTF-8; expected text in UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// How many bytes of valid text stand before it; of a compressed file, of its content.
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

    /// A compressed file that is cut off, or holds something else.
    #[error("{}: not whole as {compression}: {message}", path.display())]
    Compression {
        /// The file.
        path: PathBuf,
        /// What its name says: gzip or zstd.
        compression: &'static str,
        /// What the decompressor says.
        message: String,
    },

    /// A row of a table so long that it is none.
    #[error("{}: the row at line {line} has more than {limit} bytes, the longest that is read", path.display())]
    RowTooLong {
        /// The file.
        path: PathBuf,
        /// Where the row begins.
        line: u64,
        /// How many bytes a row may have.
        limit: usize,
    },

    /// A file that is read whole, and is too large for it.
    #[error("{}: more than {limit} bytes, the largest file of this kind that is read", path.display())]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// How many bytes it may have.
        limit: usize,
    },

    /// A file whose name does not say how it is written.
    #[error("{}: its name does not say what it holds; expected {expected}", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The names that say so.
        expected: &'static str,
    },

    /// A table without a column, or an object without a field, that is needed.
    #[error("{}: {place}: no column {expected}; found {found}", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// Where the columns are named.
        place: Place,
        /// The column.
        expected: String,
        /// The columns that there are.
        found: String,
    },

    /// Text that is not the JSON that is expected.
    #[error("{}: line {line}, column {column}: {message}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The column, in bytes from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },

    /// Something in a file that is not as it must be.
    #[error("{}: {place}: expected {expected}, found {found}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// A value of a Parquet file that cannot be read.
    #[error("{}: row {row}, column {column:?}: expected {expected}, found {found}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// A file of examples without one.
    #[error("{}: no example here", path.display())]
    NoExamples {
        /// The file.
        path: PathBuf,
    },

    /// A label that is not among those that a model knows.
    #[error("{}: {place}: label {label} is none of the labels {expected}", path.display())]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
        /// The label.
        label: String,
        /// Those that there are.
        expected: String,
    },

    /// Two classes of one name.
    #[error("label {label:?} stands twice in a list of labels")]
    RepeatedLabel {
        /// The label.
        label: String,
    },

    /// An answer that is not where it says.
    #[error("{}: question {id:?}: the answer {expected} should begin at character {start} of its context, where there is {found}", path.display())]
    Answer {
        /// The file.
        path: PathBuf,
        /// The question's id.
        id: String,
        /// Where the answer says it is, in code points.
        start: usize,
        /// The answer's text.
        expected: String,
        /// What stands there.
        found: String,
    },

    /// An answer without a character.
    #[error("{}: question {id:?} has an empty answer; where there is none, an empty list says so", path.display())]
    EmptyAnswer {
        /// The file.
        path: PathBuf,
        /// The question's id.
        id: String,
    },

    /// A question that does not say what its answers are.
    #[error("{}: question {id:?} has no answers; where there is none, an empty list says so", path.display())]
    NoAnswers {
        /// The file.
        path: PathBuf,
        /// The question's id.
        id: String,
    },

    /// A question that cannot be encoded with its context.
    #[error("{}: question {id:?}: {source}", path.display())]
    Question {
        /// The file.
        path: PathBuf,
        /// The question's id.
        id: String,
        /// Why.
        source: Box<embert_tokenizer::Error>,
    },

    /// A Parquet file that cannot be read.
    #[error("{}: {message}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },

    /// A Parquet file with a compression that only C code reads.
    #[error(
        "{}: column {column:?} is compressed with {compression}, which is read by C code alone and so left out; write the file again with snappy, gzip, brotli, lz4 or no compression",
        path.display()
    )]
    ParquetCompression {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its compression.
        compression: &'static str,
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
    #[error("max_length is {found}; the special tokens and a token or more of each text need at least {expected}")]
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

    /// A document so large that nothing else is near it.
    #[error(
        "a document of more than {limit} bytes: sentence pairs need another one near it, to take random segments from; \
         cut it, or make examples of one text"
    )]
    DocumentTooLarge {
        /// How many bytes of one document are looked at together.
        limit: usize,
    },

    /// A tokenizer that does not say what stands between two texts.
    #[error("{tokenizer}: no special tokens around two texts; expected a template such as [CLS] A [SEP] B [SEP]")]
    NoTemplate {
        /// What the tokenizer is.
        tokenizer: String,
    },

    /// A text that cannot be encoded, or a tokenizer without a special token.
    #[error(transparent)]
    Tokenizer(#[from] embert_tokenizer::Error),

    /// Settings of masking that no data can follow.
    #[error(transparent)]
    Masking(#[from] embert_objectives::Error),

    /// Static masks of which there would be none.
    #[error("static masking with 0 duplicates makes no example; expected 1 or more")]
    NoDuplicate,

    /// Static masks that go by how often tokens occur.
    #[error(
        "the choice distilbert goes by how often a token occurs, which is known when all examples are made; \
         expected dynamic masking with it"
    )]
    CountsUnknown,

    /// Documents without a token in them.
    #[error("the corpus gives no example; expected documents with text")]
    EmptyCorpus,

    /// A folder with something else in it.
    #[error("{}: it is not empty and no data set; expected a folder that is empty, not there or was begun before", path.display())]
    NotADataset {
        /// The folder.
        path: PathBuf,
    },

    /// A folder that is no data set.
    #[error("{}: it is no data set; expected a folder that `embert data build` has made", path.display())]
    NoDataset {
        /// The folder.
        path: PathBuf,
    },

    /// A folder in which another process builds.
    #[error("{}: another process is building here", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },

    /// A folder that was begun in another way.
    #[error("{}: it was begun with another {keys}; expected the same, or another folder", path.display())]
    OtherPlan {
        /// The folder.
        path: PathBuf,
        /// What differs.
        keys: String,
    },

    /// A data set that is not whole.
    #[error("{}: its build has not come to its end; run it again, and it goes on", path.display())]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },

    /// A file of a data set that cannot be written, or is not what it should be.
    #[error("{}: {message}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl Error {
    pub(crate) fn store(path: &Path, message: &impl fmt::Display) -> Self {
        Self::Store { path: path.to_owned(), message: message.to_string() }
    }
}
