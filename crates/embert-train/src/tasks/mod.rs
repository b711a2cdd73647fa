//! What a model is fine-tuned to do: a head, its loss, and figures of how good its answers are.
//!
//! | task | objective | examples from |
//! | --- | --- | --- |
//! | a class, a number or several classes for each sequence | [`SequenceTask`] | [`embert_data::tasks::sequence`] |
//! | where the answer to a question stands | [`AnswerTask`] | [`embert_data::tasks::answers`] |
//! | a class for each word | [`TokenTask`] | [`embert_data::tasks::tokens`] |
//! | which of several answers is right | [`ChoiceTask`] | [`embert_data::tasks::choices`] |
//! | vectors that are alike for what belongs together | [`EmbeddingTask`] | [`embert_data::tasks::embedding`] |

mod answers;
mod choices;
mod embedding;
mod sequence;
mod tokens;

use burn::tensor::Tensor;
use embert_core::{Batch, InputError};
use embert_tokenizer::Encodings;

use crate::data::Tokens;

pub use answers::{AnswerTask, answer_rows};
pub use choices::{ChoiceTask, Question, choice_rows};
pub use embedding::{EmbeddingTask, TextPair, embedding_rows};
pub use sequence::{SequenceTask, Target, sequence_rows};
pub use tokens::{TokenTask, token_rows};

/// The score of what is not there: it is never chosen, and its probability is 0.
const NOWHERE: f32 = -1e9;

/// A sequence, and what a model is to say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    /// Its tokens.
    pub ids: Vec<u32>,
    /// The segment of each.
    pub type_ids: Vec<u32>,
    /// What is right.
    pub target: T,
}

impl<T> Tokens for Row<T> {
    fn tokens(&self) -> usize {
        self.ids.len()
    }
}

/// Rows of encoded texts, a target each; what has no partner is left out.
fn rows<T>(encodings: &Encodings, targets: impl IntoIterator<Item = T>) -> Vec<Row<T>> {
    let row = |(row, target): (embert_tokenizer::Row<'_>, T)| Row {
        ids: row.ids.to_vec(),
        type_ids: row.type_ids.to_vec(),
        target,
    };
    encodings.rows().zip(targets).map(row).collect()
}

/// The sequences end to end.
fn batch<'r, T: 'r>(rows: impl IntoIterator<Item = &'r Row<T>, IntoIter: Clone>) -> Result<Batch, InputError> {
    let rows = rows.into_iter();
    Batch::new(
        rows.clone().flat_map(|row| &row.ids).copied().collect(),
        rows.clone().flat_map(|row| &row.type_ids).copied().collect(),
        rows.map(|row| row.ids.len()).collect(),
    )
}

/// Scores of which so many belong together, `[scores, 1]`, as `[lengths, longest]`, with [`NOWHERE`] past each end.
fn rectangle(scores: Tensor<2>, lengths: &[usize]) -> Tensor<2> {
    let device = scores.device().inner();
    let [count, _] = scores.dims();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let mut places = Vec::with_capacity(lengths.len() * longest);
    let mut start = 0;
    for &length in lengths {
        // What is past the end is the one row that is added.
        places.extend((0..longest).map(|place| if place < length { start + place } else { count } as i32));
        start += length;
    }
    let padded = Tensor::cat(vec![scores, Tensor::full([1, 1], NOWHERE, &device)], 0);
    padded.select(0, Tensor::from_ints(places.as_slice(), &device)).reshape([lengths.len(), longest])
}

/// The class with the highest score, of several the first.
fn highest(scores: &[f32]) -> u32 {
    let better = |best: (u32, f32), (class, score): (u32, f32)| if score > best.1 { (class, score) } else { best };
    (0..).zip(scores.iter().copied()).fold((0, f32::NEG_INFINITY), better).0
}
