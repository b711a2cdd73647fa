//! The outputs, laid back into the shape of the inputs.

use burn::tensor::Tensor;
use embert_checkpoint::{NamedTensor, Values};
use embert_core::{Batch, Padded};

use super::inputs::Inputs;
use crate::{encode::floats, error::Error};

/// Lays what was computed back into the shape of the inputs.
pub(super) struct Padder<'a> {
    inputs: &'a Inputs<'a>,
    padded: &'a Padded,
    pub(super) tensors: Vec<NamedTensor>,
}

impl<'a> Padder<'a> {
    pub(super) fn new(inputs: &'a Inputs<'a>, padded: &'a Padded) -> Self {
        Self { inputs, padded, tensors: Vec::new() }
    }

    /// The tokens that have to be computed.
    pub(super) fn batch(&self) -> &'a Batch {
        &self.padded.batch
    }

    fn push(&mut self, name: &str, shape: Vec<usize>, values: Vec<f32>) {
        self.tensors.push(NamedTensor { name: name.into(), shape, values: Values::Float(values) });
    }

    pub(super) fn loss(&mut self, loss: Tensor<1>) -> Result<(), Error> {
        let values = floats(loss)?;
        self.push("loss", vec![1], values);
        Ok(())
    }

    /// `[rows, width]`, as it is.
    pub(super) fn rows(&mut self, name: &str, tensor: Tensor<2>) -> Result<(), Error> {
        let shape = tensor.dims().to_vec();
        let values = floats(tensor)?;
        self.push(name, shape, values);
        Ok(())
    }

    /// `[tokens, width]` to `[rows, columns, width]`.
    pub(super) fn tokens(&mut self, name: &str, tensor: Tensor<2>) -> Result<(), Error> {
        let Inputs { rows, columns, .. } = *self.inputs;
        let [_, width] = tensor.dims();
        let values = self.padded_tokens(tensor)?;
        self.push(name, vec![rows, columns, width], values);
        Ok(())
    }

    /// `[tokens, 1]` to `[rows, columns]`.
    pub(super) fn token_scores(&mut self, name: &str, tensor: Tensor<2>) -> Result<(), Error> {
        let values = self.padded_tokens(tensor)?;
        self.push(name, vec![self.inputs.rows, self.inputs.columns], values);
        Ok(())
    }

    fn padded_tokens(&self, tensor: Tensor<2>) -> Result<Vec<f32>, Error> {
        let Inputs { rows, columns, .. } = *self.inputs;
        let [_, width] = tensor.dims();
        let mut values = vec![0.0; rows * columns * width];
        let packed = floats(tensor)?;
        let tokens = self.padded.cells.iter().zip(&self.padded.real);
        for ((&cell, &real), token) in tokens.zip(packed.chunks_exact(width)) {
            if real {
                values[cell * width..(cell + 1) * width].copy_from_slice(token);
            }
        }
        Ok(values)
    }

    /// `[rows, heads, longest, longest]`, over the tokens that were kept, to
    /// `[rows, heads, columns, columns]`.
    pub(super) fn attention(&mut self, name: &str, probabilities: Tensor<4>) -> Result<(), Error> {
        let Inputs { rows, columns, .. } = *self.inputs;
        let [_, heads, longest, _] = probabilities.dims();
        let packed = floats(probabilities)?;
        let mut values = vec![0.0; rows * heads * columns * columns];
        let mut start = 0;
        for (row, &length) in self.padded.batch.lengths().iter().enumerate() {
            let tokens = start..start + length;
            start += length;
            let column = |token: usize| self.padded.cells[token] % columns;
            for head in 0..heads {
                for (i, query) in tokens.clone().enumerate().filter(|&(_, q)| self.padded.real[q]) {
                    let from = ((row * heads + head) * longest + i) * longest;
                    let to = ((row * heads + head) * columns + column(query)) * columns;
                    for (j, key) in tokens.clone().enumerate() {
                        values[to + column(key)] = packed[from + j];
                    }
                }
            }
        }
        self.push(name, vec![rows, heads, columns, columns], values);
        Ok(())
    }

    /// The labels of the tokens that were kept.
    pub(super) fn of_tokens(&self, labels: &[i64]) -> Vec<i64> {
        self.padded.cells.iter().map(|&cell| labels[cell]).collect()
    }
}
