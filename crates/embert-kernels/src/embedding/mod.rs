//! The sum of vectors from tables, normalised (BERT, section 3, figure 2).

#[cfg(feature = "flex")]
mod flex;

use burn::tensor::Tensor;

use crate::{indices::indices, norm::layer_norm};

/// A table, `[size, width]`, and which of its vectors each token has.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// A vector a row.
    pub table: Tensor<2>,
    /// A row for each token, below the table's size.
    pub ids: &'a [u32],
}

/// The normalised sum of each token's vectors, of two tables or of three.
///
/// # Shapes
/// - `weight`, `bias`: `[width]`
/// - result: `[tokens, width]`
pub fn embed(
    first: Lookup<'_>,
    second: Lookup<'_>,
    third: Option<Lookup<'_>>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    eps: f64,
) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if crate::flex::is_flex(&first.table) {
        return flex::embed(first, second, third, weight, bias, eps);
    }
    let vectors = |Lookup { table, ids }: Lookup<'_>| {
        let ids = indices(ids, &table.device());
        table.select(0, ids)
    };
    let mut sum = vectors(first) + vectors(second);
    if let Some(third) = third {
        sum = sum + vectors(third);
    }
    layer_norm(sum, weight, bias, eps)
}
