//! Layer normalisation (Ba et al. 2016).

#[cfg(feature = "flex")]
mod flex;

use burn::tensor::{DType, Tensor, module};

/// `(x - mean) / √(variance + eps) · weight + bias` over the last axis, with
/// the biased variance, in f32 whatever `x` is in: the squares of a row are soon more than f16 holds.
///
/// # Shapes
/// - `x` and result: `[tokens, hidden_size]`
/// - `weight`, `bias`: `[hidden_size]`
pub fn layer_norm(x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, eps: f64) -> Tensor<2> {
    match x.dtype() {
        DType::F16 | DType::BF16 => {
            let dtype = x.dtype();
            let normalised =
                module::layer_norm(x.cast(DType::F32), weight.cast(DType::F32), Some(bias.cast(DType::F32)), eps);
            normalised.cast(dtype)
        }
        _ => module::layer_norm(x, weight, Some(bias), eps),
    }
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
