//! Tags of words as labels of tokens.
//!
//! The rules are those of Hugging Face's `run_ner.py`: the first token of a word has the word's label, its further
//! tokens and the special ones have none. Tokens find their words by number, so that a word of which no token is left
//! moves no label.

use embert_tokenizer::{EncodeOptions, Encodings, Input, Tokenizer, Truncation};

use super::tokens::TokenExample;
use super::{IGNORE_INDEX, LabelSet};
use crate::Error;
use crate::spacing::{Spacing, spacing};

/// How sentences are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenFeatureOptions {
    /// No row is longer than this, special tokens included; what is beyond is cut off.
    pub max_length: usize,
    /// Whether the further tokens of a word have a label too: the word's, with `I-` in place of `B-` where there is
    /// such a label.
    pub label_all_tokens: bool,
}

/// What a model gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFeatures {
    /// A row a sentence. Offsets count within a word.
    pub encodings: Encodings,
    /// The id of a label, or [`IGNORE_INDEX`], for each token of `encodings`.
    pub labels: Vec<i64>,
}

/// Encodes sentences that are split into words.
///
/// # Errors
/// A tag that is not in the set, and a `max_length` without room for the special tokens.
pub fn features(
    tokenizer: &Tokenizer,
    examples: &[TokenExample],
    labels: &LabelSet,
    options: &TokenFeatureOptions,
) -> Result<TokenFeatures, Error> {
    let spacing = spacing(tokenizer)?;
    let inputs: Vec<Input> =
        examples.iter().map(|example| Input::words(example.words.iter().map(|word| spacing(word)))).collect();
    let truncation = Some(Truncation::new(options.max_length));
    let mut encodings = tokenizer.encode_batch(&inputs, &EncodeOptions { truncation, ..Default::default() })?;
    count_within_words(&mut encodings, examples, spacing);

    let mut all = Vec::with_capacity(encodings.ids.len());
    for row in encodings.rows() {
        let Some(example) = examples.get(row.input) else { continue };
        let ids = ids(example, labels)?;
        let mut before = None;
        all.extend(row.word_ids.iter().map(|&word| {
            let is_first = word != before;
            before = word;
            let Some((first, further)) = word.and_then(|word| ids.get(word as usize)) else { return IGNORE_INDEX };
            match is_first {
                true => *first,
                false if options.label_all_tokens => *further,
                false => IGNORE_INDEX,
            }
        }));
    }
    Ok(TokenFeatures { encodings, labels: all })
}

/// The labels of a word's first token and of its further ones, for each word that has a tag.
fn ids(example: &TokenExample, labels: &LabelSet) -> Result<Vec<(i64, i64)>, Error> {
    let tags = example.tags.iter().flatten();
    tags.map(|tag| {
        let first = labels.require(tag, &example.origin)?;
        let inside = tag.strip_prefix("B-").and_then(|kind| labels.id(&format!("I-{kind}")));
        Ok((first.into(), inside.unwrap_or(first).into()))
    })
    .collect()
}

/// Takes the spaces that were put before words out of the offsets.
fn count_within_words(encodings: &mut Encodings, examples: &[TokenExample], spacing: Spacing) {
    let mut added = Vec::with_capacity(encodings.ids.len());
    for row in encodings.rows() {
        let words = examples.get(row.input).map(|example| example.words.as_slice()).unwrap_or_default();
        added.extend(row.word_ids.iter().map(|word| {
            let word = word.and_then(|word| words.get(word as usize));
            word.map_or(0, |word| spacing(word).len() - word.len())
        }));
    }
    for offsets in [&mut encodings.offsets, &mut encodings.byte_offsets] {
        for ((start, end), added) in offsets.iter_mut().zip(&added) {
            (*start, *end) = (start.saturating_sub(*added), end.saturating_sub(*added));
        }
    }
}
