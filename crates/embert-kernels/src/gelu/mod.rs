//! GELU (Hendrycks & Gimpel 2016) with the exact error function.

#[cfg(feature = "flex")]
mod flex;

use std::f64::consts::FRAC_1_SQRT_2;

use burn::tensor::Tensor;

/// `x Φ(x)`, element by element.
pub(crate) fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "flex")]
    if crate::flex::is_flex(&x) {
        return flex::gelu(x);
    }
    // Burn's own GELU is this in the forward pass, but its gradient is that of the tanh approximation.
    let cumulative = ((x.clone() * FRAC_1_SQRT_2).erf() + 1.0) * 0.5;
    x * cumulative
}
