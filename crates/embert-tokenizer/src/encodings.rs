//! Encoded texts, rows end to end: no padding, one allocation a field.

use tokenizers::Encoding;

/// Encoded rows, end to end.
///
/// Row `r` covers `lengths[r]` tokens after those of the rows before it. Every per-token field has one entry a token.
/// An input gives one row; with [`EncodeOptions::overflow_windows`](crate::EncodeOptions::overflow_windows) its
/// windows follow it as rows of their own, and [`inputs`](Self::inputs) says which rows belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encodings {
    /// The token ids.
    pub ids: Vec<u32>,
    /// Segment ids: 0 for the first text and 1 for the second, as the tokenizer's template has it.
    pub type_ids: Vec<u32>,
    /// Whether the token was added by the template (or by padding) and not read from the text.
    pub special_tokens_mask: Vec<bool>,
    /// Start and end in characters (code points) of the input text, or of the word for pre-split input. Empty for a
    /// space that the pipeline put in front of a text.
    pub offsets: Vec<(usize, usize)>,
    /// The same in bytes: `&text[start..end]` is the token's source.
    pub byte_offsets: Vec<(usize, usize)>,
    /// The word that the token is part of; `None` for special tokens.
    pub word_ids: Vec<Option<u32>>,
    /// The text that the token comes from: 0 or 1, `None` for special tokens.
    pub sequence_ids: Vec<Option<u8>>,
    /// The tokens as the pipeline spells them, where [`EncodeOptions::tokens`](crate::EncodeOptions::tokens) asks for
    /// them; else empty.
    pub tokens: Vec<String>,
    /// The length of each row, in tokens.
    pub lengths: Vec<usize>,
    /// The index of each row's input. A row with the same index as the row before is an overflow window.
    pub inputs: Vec<usize>,
}

/// One row of [`Encodings`]; the fields are those of the row's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The token ids.
    pub ids: &'a [u32],
    /// Segment ids.
    pub type_ids: &'a [u32],
    /// Whether the token was added by the template.
    pub special_tokens_mask: &'a [bool],
    /// Start and end in characters.
    pub offsets: &'a [(usize, usize)],
    /// Start and end in bytes.
    pub byte_offsets: &'a [(usize, usize)],
    /// The word that the token is part of.
    pub word_ids: &'a [Option<u32>],
    /// The text that the token comes from.
    pub sequence_ids: &'a [Option<u8>],
    /// The tokens as the pipeline spells them; empty unless they were asked for.
    pub tokens: &'a [String],
    /// The index of the row's input.
    pub input: usize,
    /// Whether this row holds what did not fit into the row before.
    pub is_overflow: bool,
}

impl Row<'_> {
    /// Of each token, whether [`byte_offsets`](Self::byte_offsets) are of some bytes that no token beside it has. Those of a
    /// byte-level tokenizer can share a character, and a mark of a space that was not there has the bytes of the next.
    pub fn has_own_bytes(&self) -> Vec<bool> {
        let places = self.sequence_ids.iter().zip(self.word_ids);
        let tokens: Vec<_> = self.byte_offsets.iter().zip(places).collect();
        let shares = |token: usize, beside: Option<usize>| {
            let pair = beside.and_then(|beside| tokens.get(token).zip(tokens.get(beside)));
            pair.is_some_and(|(((start, end), of), ((other_start, other_end), other_of))| {
                of == other_of && start.max(other_start) < end.min(other_end)
            })
        };
        let is_own = |(token, ((start, end), _)): (usize, &(&(usize, usize), _))| {
            start < end && !shares(token, token.checked_sub(1)) && !shares(token, Some(token + 1))
        };
        tokens.iter().enumerate().map(is_own).collect()
    }
}

impl Encodings {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut start = 0;
        let mut before = None;
        self.lengths.iter().zip(&self.inputs).filter_map(move |(&length, &input)| {
            let range = start..start + length;
            start += length;
            let is_overflow = before.replace(input) == Some(input);
            Some(Row {
                ids: self.ids.get(range.clone())?,
                type_ids: self.type_ids.get(range.clone())?,
                special_tokens_mask: self.special_tokens_mask.get(range.clone())?,
                offsets: self.offsets.get(range.clone())?,
                byte_offsets: self.byte_offsets.get(range.clone())?,
                word_ids: self.word_ids.get(range.clone())?,
                sequence_ids: self.sequence_ids.get(range.clone())?,
                tokens: self.tokens.get(range).unwrap_or_default(),
                input,
                is_overflow,
            })
        })
    }

    /// Adds the rows of `other` after those of `self`, as the rows of later inputs.
    pub(crate) fn append(&mut self, mut other: Encodings) {
        self.ids.append(&mut other.ids);
        self.type_ids.append(&mut other.type_ids);
        self.special_tokens_mask.append(&mut other.special_tokens_mask);
        self.offsets.append(&mut other.offsets);
        self.byte_offsets.append(&mut other.byte_offsets);
        self.word_ids.append(&mut other.word_ids);
        self.sequence_ids.append(&mut other.sequence_ids);
        self.tokens.append(&mut other.tokens);
        self.lengths.append(&mut other.lengths);
        self.inputs.append(&mut other.inputs);
    }

    /// Adds one row of the library's. `to_bytes` gives the byte position of a character position in the text (0 or 1)
    /// and word that a token comes from.
    pub(crate) fn push(
        &mut self,
        row: &Encoding,
        input: usize,
        with_tokens: bool,
        to_bytes: impl Fn(u8, Option<u32>, usize) -> usize,
    ) {
        let sequence_ids = row.get_sequence_ids();
        self.ids.extend_from_slice(row.get_ids());
        self.type_ids.extend_from_slice(row.get_type_ids());
        self.special_tokens_mask.extend(row.get_special_tokens_mask().iter().map(|&special| special != 0));
        self.offsets.extend_from_slice(row.get_offsets());
        self.word_ids.extend_from_slice(row.get_word_ids());
        let positions = row.get_offsets().iter().zip(row.get_word_ids()).zip(&sequence_ids);
        self.byte_offsets.extend(positions.map(|((&(start, end), &word), &sequence)| match sequence {
            Some(sequence) => {
                let sequence = u8::from(sequence > 0);
                (to_bytes(sequence, word, start), to_bytes(sequence, word, end))
            }
            None => (start, end),
        }));
        self.sequence_ids.extend(sequence_ids.iter().map(|sequence| sequence.map(|sequence| u8::from(sequence > 0))));
        if with_tokens {
            self.tokens.extend_from_slice(row.get_tokens());
        }
        self.lengths.push(row.len());
        self.inputs.push(input);
    }
}
