//! Vectors of length 1.

use burn::tensor::Tensor;

/// Each row divided by its length, as `torch.nn.functional.normalize` does; a row of zeros stays one.
///
/// # Shapes
/// - `x`: `[rows, width]`, in f32
/// - result: `[rows, width]`
pub fn normalize(x: Tensor<2>) -> Tensor<2> {
    // PyTorch bounds the length by 1e-12. Its square is bounded here: at 0, a root has no gradient.
    let squared = x.clone().square().sum_dim(1).clamp_min(1e-24); // [rows, 1]
    x / squared.sqrt()
}
