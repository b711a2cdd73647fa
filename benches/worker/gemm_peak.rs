//! What the machine can do at most: a model is as fast as this where its matrix products take no longer than they must,
//! and nothing else takes any time.

use std::time::Instant;

use anyhow::Context;
use burn::tensor::Tensor;
use embert::{Backend, core::ComputeType, kernels::PackedLinear};
use gemm::{Parallelism, gemm};
use serde_json::{Value, json};

/// Eight sequences of 128 tokens, to the inner width of bert-base and from its hidden width.
const ROWS: usize = 1024;
const INNER: usize = 768;
const COLUMNS: usize = 3072;

/// One product of f32 matrices, by whichever is the faster now: the library that training uses, or our own of packed
/// weights.
pub(crate) fn gemm_peak() -> anyhow::Result<Value> {
    let flop = 2 * ROWS * INNER * COLUMNS;
    let seconds = of_library().min(of_packed()?);
    Ok(json!({"ms": seconds * 1e3, "gflop": flop as f64 / 1e9}))
}

fn of_packed() -> anyhow::Result<f64> {
    let device = Backend::Flex.open()?;
    let weight = Tensor::ones([COLUMNS, INNER], &device);
    let map = PackedLinear::new(weight, Tensor::zeros([COLUMNS], &device), ComputeType::F32);
    let (map, x) = (map.context("flex has a packed form")?, Tensor::ones([ROWS, INNER], &device));
    let start = Instant::now();
    let y = map.forward(x, None);
    let seconds = start.elapsed().as_secs_f64();
    drop(y);
    Ok(seconds)
}

fn of_library() -> f64 {
    let a = vec![0.5f32; ROWS * INNER];
    let b = vec![0.25f32; INNER * COLUMNS];
    // Of zeros, it would get its memory page by page while it is written.
    let mut y = vec![1.0f32; ROWS * COLUMNS];
    let start = Instant::now();
    // SAFETY: each matrix is compact, row after row, and has as many elements as its rows and columns say.
    unsafe {
        gemm(
            ROWS,
            COLUMNS,
            INNER,
            y.as_mut_ptr(),
            1,
            COLUMNS as isize,
            false,
            a.as_ptr(),
            1,
            INNER as isize,
            b.as_ptr(),
            1,
            COLUMNS as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::Rayon(0),
        );
    }
    start.elapsed().as_secs_f64()
}
