//! Multi-head attention over sequences that lie end to end (Vaswani et al.
//! 2017, section 3.2).
//!
//! This is the one place of a model that looks at where a sequence ends. The
//! plain form lays the sequences into a rectangle for the two matrix products
//! and takes the rectangle apart again: everything before and after runs on
//! the tokens that exist.

use burn::tensor::{DType, Device, Int, Tensor, TensorData, activation::softmax};

use crate::indices::indices;

/// Where each token of a batch stands in the rectangle of the attention, made
/// once a forward pass and used by every layer.
#[derive(Clone, Debug)]
pub struct AttentionPlan {
    rows: usize,
    longest: usize,
    /// None where all sequences are of one length: the rectangle is the batch.
    ragged: Option<Ragged>,
    /// Added to the scores: 0 for a visible key, see [`AttentionPlan::new`].
    bias: Option<Tensor<4>>, // [rows, 1, 1, longest]
}

#[derive(Clone, Debug)]
struct Ragged {
    /// For each cell of the rectangle, its token; the cells past the end of a
    /// sequence repeat token 0, which nothing reads.
    token_of_cell: Tensor<1, Int>, // [rows * longest]
    cell_of_token: Tensor<1, Int>, // [tokens]
}

impl AttentionPlan {
    /// Plans the attention of sequences of `lengths`, end to end.
    ///
    /// A token whose `visible` flag is false is a query but not a key: its
    /// score becomes the smallest finite number, as Hugging Face has it, so
    /// that a sequence without any visible key attends uniformly to its own
    /// tokens. A cell past the end of its sequence is never attended to.
    ///
    /// `visible` holds a flag for each token, or is empty where all are.
    pub fn new(lengths: &[usize], visible: &[bool], device: &Device) -> Self {
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
}

/// What [`attention`] gives.
#[derive(Clone, Debug)]
pub struct Attended {
    /// The heads' values, side by side: `[tokens, hidden_size]`.
    pub context: Tensor<2>,
    /// After the softmax and before dropout: `[rows, heads, longest, longest]`.
    /// What lies past the end of a sequence has no meaning.
    pub probabilities: Tensor<4>,
}

/// `softmax(Q Kᵀ / √head_size) V` in each head, each sequence by itself.
///
/// `drop` is applied to the probabilities (not to the scores), as the paper
/// has it; give the identity for inference.
///
/// # Shapes
/// - `query`, `key`, `value`: `[tokens, hidden_size]`, the heads side by side;
///   `hidden_size` is a multiple of `heads`
pub fn attention(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    plan: &AttentionPlan,
    heads: usize,
    drop: impl FnOnce(Tensor<4>) -> Tensor<4>,
) -> Attended {
    let [_, hidden_size] = query.dims();
    let scale = ((hidden_size / heads) as f64).sqrt().recip();
    let query = plan.split_heads(query * scale, heads); // [rows, heads, longest, head_size]
    let key = plan.split_heads(key, heads);
    let value = plan.split_heads(value, heads);

    // A softmax is one of f32, whatever the rest is.
    let scores = query.matmul(key.transpose()).cast(DType::F32); // [rows, heads, longest, longest]
    let scores = match &plan.bias {
        Some(bias) => scores + bias.clone(),
        None => scores,
    };
    let probabilities = softmax(scores, 3).cast(value.dtype());
    let context = drop(probabilities.clone()).matmul(value);
    Attended { context: plan.merge_heads(context), probabilities }
}
