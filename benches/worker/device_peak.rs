//! What a device can do at most, in the numbers that a model is computed with.

use std::time::Instant;

use anyhow::{Context, ensure};
use burn::tensor::{DType, Device, Tensor};
use embert::{
    core::ComputeType,
    kernels::{read, read_floats},
};
use serde_json::{Value, json};

/// A product that takes less is too small to keep the device busy.
const LONG_ENOUGH: f64 = 0.02;
const LARGEST: usize = 8192;

/// The product of two square matrices: the smallest that takes a while, once more.
pub(crate) fn device_peak(device: &Device, compute: ComputeType) -> anyhow::Result<Value> {
    let dtype = match compute {
        ComputeType::F32 => DType::F32,
        ComputeType::F16 => DType::F16,
        ComputeType::Bf16 => DType::BF16,
        ComputeType::Int8 => anyhow::bail!("a device has products of floats"),
    };
    let mut size = 512;
    loop {
        let matrix = Tensor::<2>::full([size, size], 1.0 / 64.0, device).cast(dtype);
        product(&matrix)?; // compiles, and tries which kernel is the fastest
        let seconds = product(&matrix)?;
        if seconds >= LONG_ENOUGH || size >= LARGEST {
            let seconds = seconds.min(product(&matrix)?);
            return Ok(json!({"ms": seconds * 1e3, "gflop": 2.0 * (size as f64).powi(3) / 1e9}));
        }
        size *= 2;
    }
}

/// One number of it is read, since a device may not have begun when it has been told what to do.
fn product(matrix: &Tensor<2>) -> anyhow::Result<f64> {
    let [size, _] = matrix.dims();
    read(matrix.clone().narrow(0, 0, 1).narrow(1, 0, 1))?;
    let start = Instant::now();
    let corner = matrix.clone().matmul(matrix.clone()).narrow(0, 0, 1).narrow(1, 0, 1);
    let corner = read_floats(corner)?.first().copied().context("a product has a corner")?;
    let seconds = start.elapsed().as_secs_f64();
    let expected = size as f32 / 4096.0;
    ensure!((corner - expected).abs() <= 0.05 * expected, "a product that has to be {expected} is {corner}");
    Ok(seconds)
}
