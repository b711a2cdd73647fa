//! Layer normalisation (Ba et al. 2016).

use burn::tensor::{Tensor, module};

/// `(x - mean) / √(variance + eps) · weight + bias` over the last axis, with
/// the biased variance.
///
/// # Shapes
/// - `x` and result: `[tokens, hidden_size]`
/// - `weight`, `bias`: `[hidden_size]`
pub fn layer_norm(x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, eps: f64) -> Tensor<2> {
    module::layer_norm(x, weight, Some(bias), eps)
}
