//! The special tokens around one text or two.

use embert_tokenizer::{EncodeOptions, Encodings, Tokenizer};

use crate::{Error, Example};

/// What a tokenizer puts around a text and between two: `[CLS] A [SEP] B [SEP]`, or `<s> A </s></s> B </s>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    before: Vec<u32>,
    between: Vec<u32>,
    after: Vec<u32>,
    separator: u32,
    second_type: u32,
}

impl Template {
    /// BERT's: `cls A sep B sep`, in segments 0 and 1.
    pub fn bert(cls: u32, sep: u32) -> Self {
        Self { before: vec![cls], between: vec![sep], after: vec![sep], separator: sep, second_type: 1 }
    }

    /// The template of a tokenizer, as it encodes two texts.
    ///
    /// # Errors
    /// A tokenizer without a template for two texts.
    pub fn of(tokenizer: &Tokenizer) -> Result<Self, Error> {
        let encodings = tokenizer.encode(("a", "a"), &EncodeOptions::default())?;
        let ids =
            |place| -> Vec<u32> { special(&encodings).filter(|(_, at)| *at == place).map(|(id, _)| id).collect() };
        let (before, between, after) = (ids(0), ids(1), ids(2));
        let types = encodings.type_ids.iter().zip(&encodings.sequence_ids);
        let second_type = types.filter(|(_, sequence)| **sequence == Some(1)).map(|(id, _)| *id).next().unwrap_or(0);
        match after.last() {
            Some(&separator) if !before.is_empty() && !between.is_empty() => {
                Ok(Self { before, between, after, separator, second_type })
            }
            _ => Err(Error::NoTemplate { tokenizer: tokenizer.origin().to_owned() }),
        }
    }

    /// What ends a text, and parts documents in one row.
    pub fn separator(&self) -> u32 {
        self.separator
    }

    /// The special tokens of a row of one text.
    pub fn single_tokens(&self) -> usize {
        self.before.len() + self.after.len()
    }

    /// The special tokens of a row of two.
    pub fn pair_tokens(&self) -> usize {
        self.single_tokens() + self.between.len()
    }

    /// A row of one text.
    pub fn single(&self, text: &[u32]) -> Example {
        let ids = [&self.before, text, &self.after].concat();
        Example { type_ids: vec![0; ids.len()], ids, ..Example::default() }
    }

    /// A row of two, with the answer about them.
    pub fn pair(&self, a: &[u32], b: &[u32], label: u32) -> Example {
        let ids = [&self.before, a, &self.between, b, &self.after].concat();
        let mut type_ids = vec![0; ids.len() - b.len() - self.after.len()];
        type_ids.resize(ids.len(), self.second_type);
        Example { ids, type_ids, sentence_pair_label: Some(label), ..Example::default() }
    }
}

/// The special tokens of a pair, each with its place: 0 before the first text, 1 between the two, 2 after the second.
fn special(encodings: &Encodings) -> impl Iterator<Item = (u32, usize)> + '_ {
    let mut place = 0;
    encodings.ids.iter().zip(&encodings.sequence_ids).filter_map(move |(&id, sequence)| match sequence {
        Some(sequence) => {
            place = usize::from(*sequence) + 1;
            None
        }
        None => Some((id, place)),
    })
}
