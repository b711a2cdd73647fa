//! Attention in plain operations: the definition, and what other backends run.

use burn::tensor::{DType, Device, Int, Tensor, TensorData, activation::softmax};

use super::Sequences;
use crate::{dropout::AttentionDropout, indices::indices};

/// Where each token of a batch stands in a rectangle of the sequences, a row each.
#[derive(Clone, Debug)]
pub(super) struct Rectangle {
    rows: usize,
    longest: usize,
    /// None where all sequences are of one length: the rectangle is the batch.
    ragged: Option<Ragged>,
    /// Added to the scores: 0 for a visible key, the smallest finite number for an invisible one.
    bias: Option<Tensor<4>>, // [rows, 1, 1, longest]
}

#[derive(Clone, Debug)]
struct Ragged {
    /// For each cell of the rectangle, its token; the cells past the end of a
    /// sequence repeat token 0, which nothing reads.
    token_of_cell: Tensor<1, Int>, // [rows * longest]
    cell_of_token: Tensor<1, Int>, // [tokens]
}

impl Rectangle {
    pub(super) fn new(sequences: &Sequences, device: &Device) -> Self {
        let Sequences { lengths, visible } = sequences;
        let rows = lengths.len();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let tokens: usize = lengths.iter().sum();
        let ragged = lengths.iter().any(|&length| length != longest);

        let mut token_of_cell = vec![0_u32; rows * longest];
        let mut cell_of_token = Vec::with_capacity(tokens);
        let mut bias = vec![f32::NEG_INFINITY; rows * longest];
        let mut visible = visible.iter();
        for (row, &length) in lengths.iter().enumerate() {
            for column in 0..length {
                let cell = row * longest + column;
                token_of_cell[cell] = cell_of_token.len() as u32;
                cell_of_token.push(cell as u32);
                bias[cell] = if *visible.next().unwrap_or(&true) { 0.0 } else { f32::MIN };
            }
        }

        let unbiased = bias.iter().all(|&bias| bias == 0.0);
        Self {
            rows,
            longest,
            ragged: ragged.then(|| Ragged {
                token_of_cell: indices(&token_of_cell, device),
                cell_of_token: indices(&cell_of_token, device),
            }),
            bias: (!unbiased).then(|| Tensor::from_data(TensorData::new(bias, [rows, 1, 1, longest]), device)),
        }
    }

    fn split_heads(&self, packed: Tensor<2>, heads: usize) -> Tensor<4> {
        let [_, hidden_size] = packed.dims();
        let rectangle = match &self.ragged {
            Some(ragged) => packed.select(0, ragged.token_of_cell.clone()),
            None => packed,
        };
        rectangle.reshape([self.rows, self.longest, heads, hidden_size / heads]).swap_dims(1, 2) // [rows, heads, longest, head_size]
    }

    fn merge_heads(&self, split: Tensor<4>) -> Tensor<2> {
        let [_, heads, _, head_size] = split.dims();
        let rectangle: Tensor<2> = split.swap_dims(1, 2).reshape([self.rows * self.longest, heads * head_size]);
        match &self.ragged {
            Some(ragged) => rectangle.select(0, ragged.cell_of_token.clone()),
            None => rectangle,
        }
    }

    /// What the probabilities are multiplied by: 0, or the inverse of the share that is kept.
    fn mask(&self, dropout: AttentionDropout, probabilities: &Tensor<4>) -> Tensor<4> {
        let shape @ [rows, heads, queries, keys] = probabilities.dims();
        let mut mask = vec![1.0; shape.iter().product()];
        for (place, keys) in mask.chunks_exact_mut(keys.max(1)).enumerate() {
            let (row, head, query) = (place / (heads * queries), place / queries % heads, place % queries);
            debug_assert!(row < rows);
            dropout.keys(row, head, query).apply(keys);
        }
        Tensor::<4>::from_data(TensorData::new(mask, shape), &probabilities.device().inner())
            .cast(probabilities.dtype())
    }
}

/// The heads' values, side by side, `[tokens, hidden_size]`; and the probabilities before dropout.
pub(super) fn attend(
    [query, key, value]: [Tensor<2>; 3],
    rectangle: &Rectangle,
    heads: usize,
    dropout: Option<AttentionDropout>,
) -> (Tensor<2>, Tensor<4>) {
    let [_, hidden_size] = query.dims();
    let scale = ((hidden_size / heads) as f64).sqrt().recip();
    let query = rectangle.split_heads(query * scale, heads); // [rows, heads, longest, head_size]
    let key = rectangle.split_heads(key, heads);
    let value = rectangle.split_heads(value, heads);

    // A softmax is one of f32, whatever the rest is.
    let scores = query.matmul(key.transpose()).cast(DType::F32); // [rows, heads, longest, longest]
    let scores = match &rectangle.bias {
        Some(bias) => scores + bias.clone(),
        None => scores,
    };
    let probabilities = softmax(scores, 3).cast(value.dtype());
    let kept = match dropout {
        Some(dropout) => probabilities.clone() * rectangle.mask(dropout, &probabilities),
        None => probabilities.clone(),
    };
    (rectangle.merge_heads(kept.matmul(value)), probabilities)
}
