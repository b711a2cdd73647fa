//! The affine map of a weight that is kept as checkpoints store it, and of one that is packed for inference.

#[cfg(feature = "flex")]
mod affine;
#[cfg(feature = "flex")]
mod flex;
mod packed;

use burn::tensor::{Tensor, module};

pub use packed::{ComputeType, PackedLinear};

/// `x Wᵀ + b`.
///
/// # Shapes
/// - `x`: `[tokens, in_features]`
/// - `weight`: `[out_features, in_features]`, the layout of PyTorch and of the
///   files, so that loading and saving copy bytes and transpose nothing
/// - `bias`: `[out_features]`
/// - result: `[tokens, out_features]`
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    #[cfg(feature = "flex")]
    if let (true, Some(bias)) = (crate::flex::is_flex(&x), &bias) {
        return affine::affine(x, weight, bias.clone());
    }
    module::linear(x, weight.transpose(), bias)
}
