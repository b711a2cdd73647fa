//! Each architecture on wgpu, beside Hugging Face's numbers: `cargo test -p embert --features wgpu --test wgpu`.
//!
//! One test, and one process: what takes its time is the compilation of kernels, which every process does anew. All cases
//! have one shape.
#![cfg(feature = "wgpu")]

#[path = "all/support/mod.rs"]
mod support;

use std::time::Instant;

use burn::tensor::Device;
use embert::{Backend, RunOn, core::ComputeType, forward::Extras, kernels::reads};
use support::{TRAINED, Tolerance, assert_near, outputs, step};

/// How far a number computed in f32 may be from PyTorch's.
const F32: Tolerance = (2e-4, 2e-4);

/// The same of one computed in f16, of models whose weights are ten times as large as a trained model's.
const F16: Tolerance = (5e-2, 5e-2);

/// Beside flex, whose numbers are those of Hugging Face: see the program's tests of `forward`.
fn assert_outputs(case: &str, gpu: &Device, compute: ComputeType, tolerance: Tolerance) {
    let on = RunOn { device: gpu.clone(), compute };
    let extras = Extras { hidden_states: compute == ComputeType::F32, attentions: false };
    let expected = outputs(case, &Backend::Flex.open().unwrap().into(), extras);
    let before = reads();
    let got = outputs(case, &on, extras);
    assert_eq!(reads() - before, got.len() as u64, "{case}: an output is read once, and nothing else is");
    for (expected, got) in expected.iter().zip(&got) {
        assert_eq!((&expected.name, &expected.shape), (&got.name, &got.shape));
        assert_near(&format!("{case} {}", got.name), &got.values, &expected.values, tolerance);
    }
}

#[test]
fn every_architecture_computes_and_learns_as_on_the_cpu() {
    let gpu = Backend::Wgpu.open().expect("wgpu needs a GPU, or Mesa's lavapipe: mesa-vulkan-drivers and libvulkan1");
    let start = Instant::now();
    let told = |what: &str| eprintln!("{:7.1} s  {what}", start.elapsed().as_secs_f64());
    for family in ["bert", "roberta", "albert", "distilbert"] {
        for head in ["model", "masked_lm"] {
            let case = format!("{family}_{head}");
            assert_outputs(&case, &gpu, ComputeType::F32, F32);
            told(&case);
        }
        assert_outputs(&format!("{family}_model"), &gpu, ComputeType::F16, F16);
        told(&format!("{family} in f16"));
    }
    for (case, pair_label) in TRAINED {
        let there = step(case, pair_label, &gpu);
        there.assert_gradients(case);
        let here = step(case, pair_label, &Backend::Flex.open().unwrap());
        for (expected, got) in here.after.iter().zip(&there.after) {
            assert_near(&got.name, &got.values, &expected.values, F32);
        }
        told(&format!("a step of {case}"));
    }
}
