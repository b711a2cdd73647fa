//! From text to training examples.
//!
//! - [`corpus`]: files and folders of text, HTML and Markdown, read document by document in bounded memory.
//!   [`html`] and [`markdown`] say what is running text in a page, [`sentences`](mod@sentences) where a sentence ends.
//! - [`document`]: the unit of text, some sentences that follow each other.
//! - [`split`]: which documents are trained on and which are held out.
//! - [`pairs`]: BERT's two segments, of which the second follows the first or does not.
//! - [`microworld`]: a corpus that needs no file: short stories about people, things and places.
//!
//! Everything random derives from an explicit seed and from what it is about (an epoch, a document), never from the
//! order of the calls.
pub mod corpus;
pub mod document;
pub mod error;
pub mod html;
mod lines;
pub mod markdown;
pub mod microworld;
pub mod pairs;
mod paragraphs;
pub mod sentences;
pub mod split;
mod text;

pub use corpus::Corpus;
pub use document::{Document, TokenizedDocument};
pub use error::Error;
pub use microworld::Microworld;
