//! From Hugging Face's padded tensors to a ragged [`Batch`], and back.

use crate::batch::{Batch, InputError, Positions};

/// Hugging Face's input tensors, `[rows, columns]` each, row after row.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaddedInputs<'a> {
    /// Sequences.
    pub rows: usize,
    /// Tokens of each, padding included.
    pub columns: usize,
    /// The vocabulary's ids.
    pub input_ids: &'a [i64],
    /// 1 for a token, 0 for padding; all 1 where it is absent.
    pub attention_mask: Option<&'a [i64]>,
    /// Segments; all 0 where they are absent.
    pub token_type_ids: Option<&'a [i64]>,
    /// Positions; where they are absent, the model's rule decides, padding included.
    pub position_ids: Option<&'a [i64]>,
    /// A label for each token, -100 for none. A row with a label on a masked
    /// token is kept whole: Hugging Face's loss depends on it.
    pub token_labels: Option<&'a [i64]>,
    /// Whether every row is kept whole, as Hugging Face's loss of an answer's
    /// span needs it: its softmax runs over all columns.
    pub keep_all: bool,
}

/// A ragged batch, and where its tokens stand in the padded tensors.
#[derive(Clone, Debug)]
pub struct Padded {
    /// The tokens that have to be computed.
    pub batch: Batch,
    /// The cell of each of the batch's tokens: `row * columns + column`.
    pub cells: Vec<usize>,
    /// Whether the attention mask of each of the batch's tokens is 1.
    pub real: Vec<bool>,
}

impl PaddedInputs<'_> {
    /// Drops the masked tokens, but for the rows whose numbers depend on them:
    /// those that begin with one or have a label on one. There they stay as
    /// queries, and no token attends to them. `positions` is the rule of the
    /// model that will read the batch.
    ///
    /// # Errors
    /// Where a tensor has another shape than `input_ids`, a mask is neither 0
    /// nor 1, or an id is negative.
    pub fn to_ragged(&self, positions: Positions) -> Result<Padded, InputError> {
        // Rows and columns are what a file says; the tensors are what there is.
        if self.rows > 0 && self.columns == 0 {
            return Err(InputError::EmptySequence { sequence: 0 });
        }
        let cells_in_all = self.rows.saturating_mul(self.columns);
        for (name, tensor) in [
            ("input_ids", Some(self.input_ids)),
            ("attention_mask", self.attention_mask),
            ("token_type_ids", self.token_type_ids),
            ("position_ids", self.position_ids),
            ("labels", self.token_labels),
        ] {
            if let Some(found) = tensor.map(<[i64]>::len).filter(|&found| found != cells_in_all) {
                return Err(InputError::Shape {
                    name,
                    rows: self.rows,
                    columns: self.columns,
                    expected: cells_in_all,
                    found,
                });
            }
        }
        if let Some(&found) = self.attention_mask.into_iter().flatten().find(|&&m| m != 0 && m != 1) {
            return Err(InputError::Mask { found });
        }

        let mut position_ids = Vec::new();
        let mut batch = Batch {
            input_ids: Vec::new(),
            token_type_ids: Vec::new(),
            position_ids: None,
            visible: Vec::new(),
            lengths: Vec::with_capacity(self.rows),
        };
        let mut cells = Vec::new();
        for row in 0..self.rows {
            let before = cells.len();
            let whole = self.keeps_whole(row);
            let row_cells = row * self.columns..(row + 1) * self.columns;
            let by_rule = positions.of(self.input_ids[row_cells.clone()].iter().copied());
            for (cell, position) in row_cells.zip(by_rule) {
                if !whole && !self.is_real(cell) {
                    continue;
                }
                batch.input_ids.push(id("input_ids", Some(self.input_ids), cell, 0)?);
                batch.token_type_ids.push(id("token_type_ids", self.token_type_ids, cell, 0)?);
                position_ids.push(id("position_ids", self.position_ids, cell, position)?);
                batch.visible.push(self.is_real(cell));
                cells.push(cell);
            }
            batch.lengths.push(cells.len() - before);
        }
        batch.position_ids = Some(position_ids);
        let batch = Batch::checked(batch)?;
        let real = batch.visible.clone();
        Ok(Padded { batch, cells, real })
    }

    fn is_real(&self, cell: usize) -> bool {
        self.attention_mask.is_none_or(|mask| mask[cell] == 1)
    }

    fn keeps_whole(&self, row: usize) -> bool {
        let mut cells = row * self.columns..(row + 1) * self.columns;
        let first = cells.start;
        self.keep_all
            || !self.is_real(first)
            || self.token_labels.is_some_and(|labels| cells.any(|cell| labels[cell] != -100 && !self.is_real(cell)))
    }
}

fn id(name: &'static str, tensor: Option<&[i64]>, cell: usize, default: u32) -> Result<u32, InputError> {
    let found = tensor.map_or(i64::from(default), |ids| ids[cell]);
    u32::try_from(found).map_err(|_| InputError::Negative { name, found })
}
