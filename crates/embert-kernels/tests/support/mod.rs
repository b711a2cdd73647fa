//! What the tests of the fused operations share: each is compared with plain operations, at every level of
//! instructions that the machine has.

#![allow(dead_code, reason = "each test uses what it needs")]

use burn::tensor::{Device, Tensor, TensorData};
use embert_kernels::CpuLevel;

/// The levels whose operations are fused.
pub(crate) fn levels() -> impl Iterator<Item = CpuLevel> {
    CpuLevel::available().filter(|&level| level != CpuLevel::Plain)
}

/// Numbers about as large as hidden states, the same for the same seed.
pub(crate) fn tensor<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 22) as f32 - 2.0
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("numbers")
}

/// That each number is as near to the other as rounding leaves it, relative to the largest of all.
pub(crate) fn assert_close<const D: usize>(got: Tensor<D>, expected: Tensor<D>, tolerance: f32, what: &str) {
    assert_eq!(got.dims(), expected.dims(), "{what}");
    let (got, expected) = (numbers(got), numbers(expected));
    let largest = expected.iter().fold(1.0_f32, |largest, x| largest.max(x.abs()));
    for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let difference = (got - expected).abs();
        assert!(difference <= tolerance * largest, "{what}, place {place}: {got} is not {expected}");
    }
}
