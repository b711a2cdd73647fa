//! Vocabularies from text.
//!
//! Every trainer reads its texts once, in order, and keeps only the counts of the words, so that a corpus need not fit
//! into memory. Counts are 64 bits wide. The same texts give the same vocabulary byte for byte, whatever the number of
//! threads: the trainers of the `tokenizers` crate break ties by the order of a hash map, which is why these are
//! written here.

mod bpe;
mod expectation;
mod merges;
mod seeds;
mod unigram;
mod wordpiece;
mod words;

use std::convert::Infallible;
use std::path::Path;

use serde_json::Value;

use crate::config::Config;
use crate::special::SpecialTokens;
use crate::{Error, Tokenizer, document};

pub use bpe::ByteLevelBpe;
pub use unigram::Unigram;
pub use wordpiece::{PieceRule, WordPiece};

/// How far a training run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it is done, in the stage's unit.
    pub done: u64,
    /// How much there is to do, where that is known.
    pub total: Option<u64>,
}

/// The stages of a training run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Texts are read and their words counted; the unit is a byte.
    Reading,
    /// The vocabulary is found; the unit is a piece: one that is found, or for [`Unigram`] one that is dropped.
    Learning,
}

/// Texts that are at hand as a stream that cannot fail.
fn at_hand<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> impl Iterator<Item = Result<String, Infallible>> {
    texts.into_iter().map(|text| Ok(text.into()))
}

/// The tokenizer of a trained vocabulary's document; `file` stands for it in messages.
fn finish(file: &Path, document: Value, config: Config, origin: String) -> Result<Tokenizer, Error> {
    let library = document::parse(file, document)?;
    let special = SpecialTokens::find(&origin, &[&config], |token| library.token_to_id(token))?;
    Tokenizer::new(library, config, special, origin, None)
}
