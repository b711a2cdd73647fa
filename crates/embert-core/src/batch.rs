//! The input of a model: sequences of tokens, end to end, without padding.

/// Sequences of tokens, end to end.
///
/// Every sequence has at least one token, and every list has an entry for each
/// token: a value of this type is always well formed. Whether its ids fit a
/// model is that model's to say, in `forward`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub(crate) input_ids: Vec<u32>,
    pub(crate) token_type_ids: Vec<u32>,
    pub(crate) position_ids: Vec<u32>,
    pub(crate) visible: Vec<bool>,
    pub(crate) lengths: Vec<usize>,
}

/// An input that no model, or not this model, can read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InputError {
    /// There is no sequence at all.
    #[error("the batch has no sequence")]
    NoSequence,
    /// A sequence without a token.
    #[error("sequence {sequence} of the batch has no token")]
    EmptySequence {
        /// Its place in the batch, from 0.
        sequence: usize,
    },
    /// A list does not have an entry for each token.
    #[error("{name} has {found} entries; the lengths of the sequences add up to {expected}")]
    Length {
        /// The list, under Hugging Face's name.
        name: &'static str,
        /// The number of tokens.
        expected: usize,
        /// Its number of entries.
        found: usize,
    },
    /// A padded tensor is not of the shape that `input_ids` has.
    #[error("{name} has {found} entries; input_ids, [{rows}, {columns}], has {expected}")]
    Shape {
        /// The tensor, under Hugging Face's name.
        name: &'static str,
        /// Rows of `input_ids`.
        rows: usize,
        /// Columns of `input_ids`.
        columns: usize,
        /// Entries of `input_ids`.
        expected: usize,
        /// Entries of the tensor.
        found: usize,
    },
    /// An id is past the end of the model's table.
    #[error("{name} holds {found}; the model has {size} (config.json: {key}), so 0 to {} are valid", size - 1)]
    Id {
        /// The list, under Hugging Face's name.
        name: &'static str,
        /// The id.
        found: u32,
        /// Rows of the model's table.
        size: usize,
        /// The config key that gives `size`.
        key: &'static str,
    },
    /// An id is below zero, or beyond what an id can be.
    #[error("{name} holds {found}; an id is expected, 0 or more")]
    Negative {
        /// The tensor, under Hugging Face's name.
        name: &'static str,
        /// The id.
        found: i64,
    },
    /// An attention mask is neither 0 nor 1.
    #[error("attention_mask holds {found}; 0 or 1 is expected")]
    Mask {
        /// The entry.
        found: i64,
    },
}

impl Batch {
    /// Sequences of `lengths`, end to end; a token's position is its place in
    /// its sequence, and every token is visible.
    ///
    /// # Errors
    /// Where the lists are not of one length, or a sequence is empty.
    pub fn new(input_ids: Vec<u32>, token_type_ids: Vec<u32>, lengths: Vec<usize>) -> Result<Self, InputError> {
        let position_ids = lengths.iter().flat_map(|&length| 0..length as u32).collect();
        let visible = vec![true; input_ids.len()];
        Self::checked(Self { input_ids, token_type_ids, position_ids, visible, lengths })
    }

    pub(crate) fn checked(batch: Self) -> Result<Self, InputError> {
        if batch.lengths.is_empty() {
            return Err(InputError::NoSequence);
        }
        if let Some(sequence) = batch.lengths.iter().position(|&length| length == 0) {
            return Err(InputError::EmptySequence { sequence });
        }
        let expected = batch.lengths.iter().sum();
        for (name, found) in [
            ("input_ids", batch.input_ids.len()),
            ("token_type_ids", batch.token_type_ids.len()),
            ("position_ids", batch.position_ids.len()),
            ("attention_mask", batch.visible.len()),
        ] {
            if found != expected {
                return Err(InputError::Length { name, expected, found });
            }
        }
        Ok(batch)
    }

    /// The tokens of each sequence.
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// All tokens of all sequences.
    pub fn tokens(&self) -> usize {
        self.input_ids.len()
    }

    /// The index of each sequence's first token, where `[CLS]` stands.
    pub fn first_tokens(&self) -> Vec<u32> {
        let mut start = 0;
        self.lengths
            .iter()
            .map(|&length| {
                let first = start;
                start += length as u32;
                first
            })
            .collect()
    }
}
