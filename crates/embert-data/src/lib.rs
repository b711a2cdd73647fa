//! From text to training examples.
//!
//! - [`corpus`]: files and folders of text, HTML, Markdown, JSON lines, tables and Parquet, compressed or not, read
//!   document by document in bounded memory.
//!   [`html`] and [`markdown`] say what is running text in a page, [`sentences`](mod@sentences) where a sentence ends.
//! - [`document`]: the unit of text, some sentences that follow each other.
//! - [`split`]: which documents are trained on and which are held out.
//! - [`pairs`]: BERT's two segments, of which the second follows the first or does not.
//! - [`microworld`]: a corpus that needs no file: short stories about people, things and places.
//! - [`tasks`]: examples of downstream tasks, and what a model gets of them.
//!
//! Everything random derives from an explicit seed and from what it is about (an epoch, a document), never from the
//! order of the calls.
pub mod corpus;
mod csv_rows;
pub mod document;
pub mod error;
mod fault;
pub mod html;
mod lines;
pub mod markdown;
pub mod microworld;
pub mod pairs;
mod paragraphs;
mod parquet_strings;
mod records;
pub mod sentences;
mod source;
pub mod split;
pub mod tasks;
mod text;
mod utf8;
mod value;
mod zstd;

pub use corpus::{Corpus, CorpusOptions};
pub use document::{Document, TokenizedDocument};
pub use error::Error;
pub use microworld::Microworld;
pub use records::Format;
