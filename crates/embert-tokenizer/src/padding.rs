//! Rows of a common length, for those who need a rectangle.

use crate::encodings::Encodings;
use crate::special::SpecialToken;
use crate::truncation::Direction;

/// How rows are padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Padding {
    /// The common length.
    pub length: PadLength,
    /// The common length is raised to a multiple of this (0 and 1 change nothing).
    pub multiple_of: usize,
    /// The side that gets the padding; `None` for the tokenizer's own.
    pub direction: Option<Direction>,
}

/// The common length of padded rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PadLength {
    /// That of the longest input's row. Overflow windows do not count.
    #[default]
    Longest,
    /// A given number of tokens. A row that is longer stays as it is: padding never cuts.
    Fixed(usize),
}

/// Padded rows: [`Encodings`] with padding tokens, and the mask that tells them from the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Padded {
    /// The rows with their padding. A padding token is special, has type 0, offsets (0, 0) and no word.
    pub encodings: Encodings,
    /// Whether the token is real; false for padding.
    pub attention_mask: Vec<bool>,
}

impl Padded {
    pub(crate) fn new(encodings: Encodings, padding: &Padding, pad: &SpecialToken, side: Direction) -> Self {
        let mut length = match padding.length {
            PadLength::Fixed(length) => length,
            PadLength::Longest => {
                encodings.rows().filter(|row| !row.is_overflow).map(|row| row.ids.len()).max().unwrap_or(0)
            }
        };
        if padding.multiple_of > 1 {
            length = length.next_multiple_of(padding.multiple_of);
        }
        let side = padding.direction.unwrap_or(side);

        let mut padded = Self::default();
        let out = &mut padded.encodings;
        // Of rows that are all empty, nobody can tell whether tokens were asked for: then they are given.
        let with_tokens = encodings.tokens.len() == encodings.ids.len();
        for row in encodings.rows() {
            let missing = length.saturating_sub(row.ids.len());
            let (before, after) = match side {
                Direction::Left => (missing, 0),
                Direction::Right => (0, missing),
            };
            surround(&mut out.ids, row.ids, before, after, pad.id);
            surround(&mut out.type_ids, row.type_ids, before, after, 0);
            surround(&mut out.special_tokens_mask, row.special_tokens_mask, before, after, true);
            surround(&mut out.offsets, row.offsets, before, after, (0, 0));
            surround(&mut out.byte_offsets, row.byte_offsets, before, after, (0, 0));
            surround(&mut out.word_ids, row.word_ids, before, after, None);
            surround(&mut out.sequence_ids, row.sequence_ids, before, after, None);
            if with_tokens {
                surround(&mut out.tokens, row.tokens, before, after, pad.token.clone());
            }
            let real = vec![true; row.ids.len()];
            surround(&mut padded.attention_mask, &real, before, after, false);
            out.lengths.push(row.ids.len() + missing);
            out.inputs.push(row.input);
        }
        padded
    }
}

/// Adds `row` to `out` with `before` and `after` copies of `fill` around it.
fn surround<T: Clone>(out: &mut Vec<T>, row: &[T], before: usize, after: usize, fill: T) {
    out.extend(std::iter::repeat_n(fill.clone(), before));
    out.extend_from_slice(row);
    out.extend(std::iter::repeat_n(fill, after));
}
