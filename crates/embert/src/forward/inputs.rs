//! The tensors that were given, looked up by name.

use embert_checkpoint::{NamedTensor, Values};
use embert_core::{Padded, PaddedInputs, Positions};

use super::Task;
use crate::error::Error;

/// The tensors that a task can use.
pub const INPUTS: [&str; 9] = [
    "input_ids",
    "attention_mask",
    "token_type_ids",
    "position_ids",
    "labels",
    "next_sentence_label",
    "sentence_order_label",
    "start_positions",
    "end_positions",
];

/// Tensors under Hugging Face's names.
pub(super) struct Inputs<'a> {
    tensors: &'a [NamedTensor],
    /// Of `input_ids`: `[batch, seq]`, for multiple choice `[batch, choices, seq]`.
    shape: &'a [usize],
    /// Sequences: the product of all dimensions but the last.
    pub(super) rows: usize,
    /// Tokens of each, padding included.
    pub(super) columns: usize,
}

impl<'a> Inputs<'a> {
    pub(super) fn new(task: Task, tensors: &'a [NamedTensor]) -> Result<Self, Error> {
        let wrong = |message| Err(Error::InputTensor { name: "input_ids".into(), message });
        let ids = tensors.iter().find(|tensor| tensor.name == "input_ids");
        match (task, ids.map(|ids| ids.shape.as_slice())) {
            (Task::MultipleChoice, Some(shape @ &[batch, choices, columns])) => {
                Ok(Self { tensors, shape, rows: batch.saturating_mul(choices), columns })
            }
            (Task::MultipleChoice, Some(shape)) => {
                wrong(format!("its shape is {shape:?}; [batch, choices, seq] is expected"))
            }
            (_, Some(shape @ &[rows, columns])) => Ok(Self { tensors, shape, rows, columns }),
            (_, Some(shape)) => wrong(format!("its shape is {shape:?}; [batch, seq] is expected")),
            (_, None) => wrong("it is missing".into()),
        }
    }

    /// The questions of multiple choice, and the answers of each.
    pub(super) fn batch_and_choices(&self) -> [usize; 2] {
        let batch = self.shape.first().copied().unwrap_or_default();
        [batch, self.rows / batch.max(1)]
    }

    fn tensor(&self, name: &str) -> Option<&'a NamedTensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// The integers of a tensor of one of the given shapes.
    fn integers(&self, name: &str, shapes: &[&[usize]]) -> Result<Option<&'a [i64]>, Error> {
        let Some(tensor) = self.tensor(name) else { return Ok(None) };
        of_shape(tensor, shapes)?;
        match &tensor.values {
            Values::Int(values) => Ok(Some(values)),
            Values::Float(_) => Err(Error::InputTensor {
                name: name.into(),
                message: "its type is float; int64 or int32 is expected".into(),
            }),
        }
    }

    fn of_tokens(&self, name: &str) -> Result<Option<&'a [i64]>, Error> {
        self.integers(name, &[self.shape])
    }

    /// A label for each token.
    pub(super) fn token_labels(&self) -> Result<Option<&'a [i64]>, Error> {
        self.of_tokens("labels")
    }

    /// One label a row.
    pub(super) fn row_labels(&self, name: &str) -> Result<Option<&'a [i64]>, Error> {
        self.integers(name, &[&[self.rows], &[self.rows, 1]])
    }

    /// One label a question of multiple choice.
    pub(super) fn choice_labels(&self) -> Result<Option<&'a [i64]>, Error> {
        let [batch, _] = self.batch_and_choices();
        self.integers("labels", &[&[batch], &[batch, 1]])
    }

    /// Whether `labels` are floats, and so no classes.
    pub(super) fn labels_are_floats(&self) -> bool {
        self.tensor("labels").is_some_and(|tensor| matches!(tensor.values, Values::Float(_)))
    }

    /// `width` numbers a row; integers are numbers too.
    pub(super) fn number_labels(&self, width: usize) -> Result<Option<Vec<f32>>, Error> {
        let Some(tensor) = self.tensor("labels") else { return Ok(None) };
        let matrix: &[usize] = &[self.rows, width];
        let shapes: &[&[usize]] = if width == 1 { &[&[self.rows], matrix] } else { &[matrix] };
        of_shape(tensor, shapes)?;
        Ok(Some(match &tensor.values {
            Values::Float(values) => values.clone(),
            Values::Int(values) => values.iter().map(|&value| value as f32).collect(),
        }))
    }

    /// The tokens to be computed, for a model that counts positions so.
    pub(super) fn ragged(&self, task: Task, positions: Positions, has_segments: bool) -> Result<Padded, Error> {
        let labels_are_of_tokens = matches!(task, Task::MaskedLm | Task::PreTraining | Task::TokenClassification);
        let inputs = PaddedInputs {
            rows: self.rows,
            columns: self.columns,
            input_ids: self.of_tokens("input_ids")?.unwrap_or_default(),
            attention_mask: self.of_tokens("attention_mask")?,
            token_type_ids: if has_segments { self.of_tokens("token_type_ids")? } else { None },
            position_ids: self.of_tokens("position_ids")?,
            token_labels: if labels_are_of_tokens { self.token_labels()? } else { None },
            keep_all: task == Task::QuestionAnswering && self.tensor("start_positions").is_some(),
        };
        Ok(inputs.to_ragged(positions)?)
    }
}

fn of_shape(tensor: &NamedTensor, shapes: &[&[usize]]) -> Result<(), Error> {
    if shapes.contains(&tensor.shape.as_slice()) {
        return Ok(());
    }
    let expected: Vec<String> = shapes.iter().map(|shape| format!("{shape:?}")).collect();
    Err(Error::InputTensor {
        name: tensor.name.clone(),
        message: format!("its shape is {:?}; {} is expected", tensor.shape, expected.join(" or ")),
    })
}
