//! Vocabularies from text.
//!
//! Every trainer reads its texts once, in order, and keeps only the counts of the words, so that a corpus need not fit
//! into memory. Counts are 64 bits wide. The same texts give the same vocabulary byte for byte, whatever the number of
//! threads: the trainers of the `tokenizers` crate break ties by the order of a hash map, which is why these are
//! written here.

mod merges;
mod wordpiece;
mod words;

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
    /// The vocabulary is found; the unit is a piece of it.
    Learning,
}
