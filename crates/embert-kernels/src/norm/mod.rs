//! Layer normalisation (Ba et al. 2016).

#[cfg(feature = "flex")]
mod flex;

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

/// [`layer_norm`] of `residual + x`: what stands after each half of a block.
///
/// # Shapes
/// - `residual`, `x` and result: `[tokens, hidden_size]`
/// - `weight`, `bias`: `[hidden_size]`
pub fn add_layer_norm(residual: Tensor<2>, x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, eps: f64) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if crate::flex::is_flex(&x) {
        return flex::add_norm(residual, x, weight, bias, eps);
    }
    layer_norm(residual + x, weight, bias, eps)
}
