//! What a model is fine-tuned to do: a head, its loss, and figures of how good its answers are.
//!
//! | task | objective | examples from |
//! | --- | --- | --- |
//! | a class, a number or several classes for each sequence | [`SequenceTask`] | [`embert_data::tasks::sequence`] |
//! | where the answer to a question stands | [`AnswerTask`] | [`embert_data::tasks::answers`] |
//! | a class for each word | [`TokenTask`] | [`embert_data::tasks::tokens`] |

mod answers;
mod sequence;
mod tokens;

use burn::tensor::{Tensor, TensorReadError};
use embert_core::{Batch, InputError};
use embert_tokenizer::Encodings;

use crate::{data::Tokens, error::Error};

pub use answers::{AnswerTask, answer_rows};
pub use sequence::{SequenceTask, Target, sequence_rows};
pub use tokens::{TokenTask, token_rows};

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
fn batch<T>(rows: &[Row<T>]) -> Result<Batch, InputError> {
    Batch::new(
        rows.iter().flat_map(|row| &row.ids).copied().collect(),
        rows.iter().flat_map(|row| &row.type_ids).copied().collect(),
        rows.iter().map(|row| row.ids.len()).collect(),
    )
}

/// The rows of a matrix, on the host.
fn host_rows(matrix: &Tensor<2>) -> Result<Vec<Vec<f32>>, Error> {
    let [_, columns] = matrix.dims();
    let data = matrix.clone().without_autodiff().try_into_data().map_err(TensorReadError::from)?.convert::<f32>();
    let numbers = data.as_slice::<f32>().unwrap_or_default();
    Ok(numbers.chunks(columns.max(1)).map(<[f32]>::to_vec).collect())
}
