//! How the vectors of a sequence's tokens become one (Reimers and Gurevych 2019, section 3).

use std::{iter::repeat_n, str::FromStr};

use burn::tensor::{IndexingUpdateOp, Tensor, TensorData};
use embert_kernels::indices;

use crate::Batch;

/// A way to pool, as sentence-transformers has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The first token's.
    Cls,
    /// The largest of each dimension.
    Max,
    /// The mean.
    Mean,
    /// The sum over the root of the number of tokens.
    MeanSqrtLength,
    /// The mean, the n-th token n times as heavy as the first.
    WeightedMean,
    /// The last token's.
    Last,
}

impl Pooling {
    /// Those that can be chosen by name, as sentence-transformers calls them.
    pub const NAMES: [(&'static str, Self); 3] = [("mean", Self::Mean), ("cls", Self::Cls), ("max", Self::Max)];

    /// # Shapes
    /// - `hidden`: `[tokens, hidden_size]`
    /// - result: `[rows, hidden_size]`, a row a sequence
    pub fn forward(self, hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let select = |hidden: Tensor<2>, tokens: &[u32]| {
            let tokens = indices(tokens, &hidden.device().inner());
            hidden.select(0, tokens)
        };
        let sequences = || batch.first_tokens().into_iter().zip(batch.lengths());
        match self {
            Self::Cls => select(hidden, &batch.first_tokens()),
            Self::Last => {
                let last = sequences().map(|(first, &length)| first + length as u32 - 1);
                select(hidden, &last.collect::<Vec<_>>())
            }
            Self::Mean => sums(hidden, batch, f32::recip),
            Self::MeanSqrtLength => sums(hidden, batch, |length| length.sqrt().recip()),
            Self::WeightedMean => {
                let places = batch.lengths().iter().flat_map(|&length| (1..=length).map(|place| place as f32));
                let weighted = hidden.clone() * column(places, &hidden);
                sums(weighted, batch, |length| 2.0 / (length * (length + 1.0)))
            }
            Self::Max => {
                let largest =
                    |(first, &length): (u32, &usize)| hidden.clone().narrow(0, first as usize, length).max_dim(0);
                Tensor::cat(sequences().map(largest).collect(), 0)
            }
        }
    }
}

impl FromStr for Pooling {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        named.map(|(_, pooling)| pooling).ok_or_else(|| format!("{name:?} is no pooling; one of {names} is expected"))
    }
}

/// The sum of each sequence's vectors, times what its length says.
fn sums(vectors: Tensor<2>, batch: &Batch, scale: impl Fn(f32) -> f32) -> Tensor<2> {
    let device = vectors.device().inner();
    let [_, width] = vectors.dims();
    let rows = (0..).zip(batch.lengths()).flat_map(|(row, &length)| repeat_n(row, length));
    let rows = indices(&rows.collect::<Vec<u32>>(), &device);
    let scales = column(batch.lengths().iter().map(|&length| scale(length as f32)), &vectors);
    let sums = Tensor::zeros([batch.lengths().len(), width], &device);
    sums.select_assign(0, rows, vectors, IndexingUpdateOp::Add) * scales
}

/// Numbers below each other, where `beside` is.
fn column(numbers: impl Iterator<Item = f32>, beside: &Tensor<2>) -> Tensor<2> {
    let numbers: Vec<f32> = numbers.collect();
    let rows = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [rows, 1]), &beside.device().inner())
}
