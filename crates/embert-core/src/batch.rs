//! The input of a model: sequences of tokens, end to end, without padding.

use std::borrow::Cow;

/// Sequences of tokens, end to end.
///
/// Every sequence has at least one token, and every list has an entry for each
/// token: a value of this type is always well formed. Whether its ids fit a
/// model is that model's to say, in `forward`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub(crate) input_ids: Vec<u32>,
    pub(crate) token_type_ids: Vec<u32>,
    /// As they are given; else the model's rule decides.
    pub(crate) position_ids: Option<Vec<u32>>,
    pub(crate) visible: Vec<bool>,
    pub(crate) lengths: Vec<usize>,
}

/// The position of a token that is not given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positions {
    /// Its place in the sequence, from 0: BERT, ALBERT, DistilBERT.
    FromZero,
    /// RoBERTa's: `pad_token_id` + 1 for the first token that is not padding,
    /// one more for each that follows, and `pad_token_id` for padding itself.
    AfterPadding {
        /// The id of `<pad>`.
        pad_token_id: u32,
    },
}

impl Positions {
    /// The positions of one sequence.
    pub(crate) fn of(self, input_ids: impl Iterator<Item = i64>) -> impl Iterator<Item = u32> {
        let mut next = 0;
        input_ids.map(move |id| match self {
            Self::AfterPadding { pad_token_id } if id == i64::from(pad_token_id) => pad_token_id,
            Self::AfterPadding { pad_token_id } => {
                next += 1;
                pad_token_id + next
            }
            Self::FromZero => {
                next += 1;
                next - 1
            }
        })
    }
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
    /// Sequences of `lengths`, end to end, without padding; every token is
    /// visible, and the model's [`Positions`] are those of its family.
    ///
    /// # Errors
    /// Where the lists are not of one length, or a sequence is empty.
    pub fn new(input_ids: Vec<u32>, token_type_ids: Vec<u32>, lengths: Vec<usize>) -> Result<Self, InputError> {
        let visible = vec![true; input_ids.len()];
        Self::checked(Self { input_ids, token_type_ids, position_ids: None, visible, lengths })
    }

    /// With a position for each token, whatever the model's rule.
    ///
    /// # Errors
    /// Where there is not one for each token.
    pub fn with_position_ids(self, position_ids: Vec<u32>) -> Result<Self, InputError> {
        Self::checked(Self { position_ids: Some(position_ids), ..self })
    }

    pub(crate) fn checked(batch: Self) -> Result<Self, InputError> {
        if batch.lengths.is_empty() {
            return Err(InputError::NoSequence);
        }
        if let Some(sequence) = batch.lengths.iter().position(|&length| length == 0) {
            return Err(InputError::EmptySequence { sequence });
        }
        let expected = batch.lengths.iter().sum();
        let positions = batch.position_ids.as_ref().map_or(expected, Vec::len);
        for (name, found) in [
            ("input_ids", batch.input_ids.len()),
            ("token_type_ids", batch.token_type_ids.len()),
            ("position_ids", positions),
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

    /// The position of each token, by `rule` where they were not given.
    pub(crate) fn positions(&self, rule: Positions) -> Cow<'_, [u32]> {
        match &self.position_ids {
            Some(given) => Cow::Borrowed(given),
            None => {
                let mut rest = self.input_ids.as_slice();
                let sequences = self.lengths.iter().flat_map(|&length| {
                    let (sequence, after) = rest.split_at(length);
                    rest = after;
                    rule.of(sequence.iter().copied().map(i64::from))
                });
                Cow::Owned(sequences.collect())
            }
        }
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
