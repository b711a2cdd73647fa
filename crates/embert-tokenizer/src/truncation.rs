//! Cutting inputs to a length, with windows that overlap for what was cut away.
//!
//! The rules are those of the `tokenizers` library (and so of `transformers`), down to its corner cases; here they
//! are errors where the library would panic.

use tokenizers::{Encoding, TruncationDirection};

use crate::error::TruncationError;

/// Which text gives way when an input is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// The longer of the two, until both are equally long, then both.
    #[default]
    LongestFirst,
    /// Only the first text. It must keep at least one token.
    OnlyFirst,
    /// Only the second text, as question answering wants it. It must keep at least one token.
    OnlySecond,
}

/// Which end is cut off or padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The beginning.
    Left,
    /// The end.
    #[default]
    Right,
}

/// A limit on the length of a row, special tokens included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// The most tokens that a row may have.
    pub max_length: usize,
    /// Which text gives way.
    pub strategy: Strategy,
    /// By how many tokens an overflow window overlaps the one before.
    pub stride: usize,
    /// Which end is cut off.
    pub direction: Direction,
}

impl Truncation {
    /// Keeps the first `max_length` tokens: the longest text gives way, nothing overlaps.
    pub fn new(max_length: usize) -> Self {
        Self { max_length, strategy: Strategy::default(), stride: 0, direction: Direction::default() }
    }

    /// How many tokens the text (or the two texts) may have beside the special tokens; `None` for no limit.
    ///
    /// `single` and `added` are the special tokens of a single text and of this input. A pair whose special tokens
    /// exceed the limit is left whole, as the library's released builds do.
    pub(crate) fn room(&self, single: usize, added: usize) -> Result<Option<usize>, TruncationError> {
        let Some(room) = self.max_length.checked_sub(single) else {
            return Err(TruncationError::NoRoom { max_length: self.max_length, special_tokens: single });
        };
        if room < self.stride {
            return Err(TruncationError::Stride { stride: self.stride, room });
        }
        Ok(self.max_length.checked_sub(added))
    }

    /// Cuts a text and its pair so that together they have at most `room` tokens.
    pub(crate) fn apply(
        &self,
        first: &mut Encoding,
        second: Option<&mut Encoding>,
        room: usize,
    ) -> Result<(), TruncationError> {
        let lengths = (first.len(), second.as_ref().map(|encoding| encoding.len()));
        let (keep_first, keep_second) = self.kept(lengths.0, lengths.1, room)?;
        self.cut(first, keep_first)?;
        if let (Some(second), Some(keep)) = (second, keep_second) {
            self.cut(second, keep)?;
        }
        Ok(())
    }

    /// How many tokens each text keeps.
    fn kept(
        &self,
        first: usize,
        second: Option<usize>,
        room: usize,
    ) -> Result<(usize, Option<usize>), TruncationError> {
        let total = first + second.unwrap_or(0);
        if total <= room {
            return Ok((first, second));
        }
        if room == 0 {
            return Ok((0, second.map(|_| 0)));
        }
        let needed = total - room;
        let shortened = |available: usize| match available.checked_sub(needed) {
            None | Some(0) => Err(TruncationError::TooShort { available, needed }),
            Some(left) => Ok(left),
        };
        match (self.strategy, second) {
            (Strategy::LongestFirst, None) => Ok((room, None)),
            (Strategy::LongestFirst, Some(second)) => {
                let (first, second) = longest_first(first, second, room);
                Ok((first, Some(second)))
            }
            (Strategy::OnlyFirst, _) => Ok((shortened(first)?, second)),
            (Strategy::OnlySecond, Some(second)) => Ok((first, Some(shortened(second)?))),
            (Strategy::OnlySecond, None) => Err(TruncationError::NoSecond),
        }
    }

    /// Cuts one text to `keep` tokens; the rest becomes its overflow windows.
    fn cut(&self, encoding: &mut Encoding, keep: usize) -> Result<(), TruncationError> {
        // With nothing kept, the library makes the whole text one window, and the stride plays no part.
        if keep > 0 && keep < encoding.len() && self.stride >= keep {
            return Err(TruncationError::Stride { stride: self.stride, room: keep });
        }
        let direction = match self.direction {
            Direction::Left => TruncationDirection::Left,
            Direction::Right => TruncationDirection::Right,
        };
        encoding.truncate(keep, self.stride, direction);
        Ok(())
    }
}

/// The shorter text stays whole where it fits beside an equally long part of the other; else both get half.
fn longest_first(first: usize, second: usize, room: usize) -> (usize, usize) {
    let (shorter, longer) = (first.min(second), first.max(second));
    let longer = if shorter > room { shorter } else { shorter.max(room - shorter).min(longer) };
    let (shorter, longer) = if shorter + longer > room { (room / 2, room / 2 + room % 2) } else { (shorter, longer) };
    if first > second { (longer, shorter) } else { (shorter, longer) }
}
