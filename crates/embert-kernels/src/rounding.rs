//! Shapes that are worth repeating.

use burn::tensor::Device;

/// Tokens that a batch has a multiple of where kernels are compiled, and tried against each other, for the shapes that they
/// meet.
#[cfg(any(feature = "cuda", feature = "rocm", feature = "wgpu", feature = "cpu"))]
const MULTIPLE: usize = 64;

/// What the tokens of a batch on `device` are best a multiple of: 1 where each shape is as good as another.
pub fn token_multiple(device: &Device) -> usize {
    #[cfg(any(feature = "cuda", feature = "rocm", feature = "wgpu", feature = "cpu"))]
    if matches!(device.clone().inner().as_dispatch(), burn::backend::DispatchDevice::Cube(_)) {
        return MULTIPLE;
    }
    let _ = device;
    1
}
