//! From text to training examples.
//!
//! - [`corpus`]: files and folders of text, HTML, Markdown, JSON lines, tables and Parquet, compressed or not, read
//!   document by document in bounded memory.
//!   [`html`] and [`markdown`] say what is running text in a page, [`sentences`](mod@sentences) where a sentence ends.
//! - [`document`]: the unit of text, some sentences that follow each other.
//! - [`split`]: which documents are trained on and which are held out.
//! - [`pairs`]: two segments, of which the second follows the first or does not (BERT), or precedes it (ALBERT);
//!   [`packing`]: one text, as long as fits (RoBERTa, DistilBERT); [`form`] is either, [`template`] what stands around.
//! - [`example`]: the row that a model learns from, with its masks.
//! - [`store`]: examples on disk, made once on all cores and read by position.
//! - [`microworld`]: a corpus that needs no file: short stories about people, things and places.
//! - [`tasks`]: examples of downstream tasks, and what a model gets of them.
//!
//! Everything random derives from an explicit seed and from what it is about (an epoch, a document), never from the
//! order of the calls.
pub mod corpus;
mod csv_rows;
mod damaged;
pub mod document;
pub mod error;
pub mod example;
mod fault;
pub mod form;
pub mod html;
mod lines;
pub mod markdown;
pub mod microworld;
pub mod packing;
pub mod pairs;
mod paragraphs;
mod parquet_rows;
mod place;
mod records;
pub mod sentences;
mod source;
mod spacing;
pub mod split;
pub mod store;
pub mod tasks;
pub mod template;
mod text;
mod utf8;
mod value;
mod vocabulary;
mod zstd;

pub use corpus::{Corpus, CorpusOptions};
pub use document::{Document, TokenizedDocument};
pub use error::Error;
pub use example::Example;
pub use form::Form;
pub use microworld::Microworld;
pub use place::Place;
pub use records::Format;
pub use source::open_bytes;
pub use template::Template;
pub use vocabulary::vocabulary_of;
