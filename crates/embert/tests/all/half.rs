//! Models whose tensors are cast to 16 bits, as GPUs compute them: the reference models, on the CPU without fused operations.

use std::path::Path;

use crate::support::{assert_near, outputs, reference};
use embert::{Backend, Error, RunOn, core::ComputeType, forward::Extras, kernels::CpuLevel};

/// Of weights that are ten times as large as a trained model's: absolutely, and relative to the number.
const TOLERANCES: [(ComputeType, f32); 2] = [(ComputeType::F16, 5e-2), (ComputeType::Bf16, 0.3)];

#[test]
fn a_model_of_16_bits_gives_the_numbers_of_32_but_for_their_last_digits() {
    let mut cases: Vec<String> = std::fs::read_dir(reference("").as_path() as &Path)
        .unwrap()
        .map(|case| case.unwrap().file_name().into_string().unwrap())
        .collect();
    cases.sort();
    let flex = Backend::Flex.open().unwrap();
    let on = |compute| RunOn { device: flex.clone(), compute };
    CpuLevel::Plain.scope(|| {
        for case in cases {
            let expected = outputs(&case, &on(ComputeType::F32), Extras::default());
            for (compute, tolerance) in TOLERANCES {
                let got = outputs(&case, &on(compute), Extras::default());
                assert_eq!(got.len(), expected.len());
                for (expected, got) in expected.iter().zip(&got) {
                    assert_eq!((&expected.name, &expected.shape), (&got.name, &got.shape));
                    let what = format!("{case} {} in {compute}", got.name);
                    assert_near(&what, &got.values, &expected.values, (tolerance, tolerance));
                }
            }
        }
    });
}

#[test]
fn a_type_that_the_device_does_not_compute_in_is_an_error() {
    let ndarray = Backend::Ndarray.open().unwrap();
    for compute in [ComputeType::F16, ComputeType::Bf16, ComputeType::Int8] {
        let opened =
            embert::open::<embert::AutoModel>(&reference("bert_model"), &RunOn { device: ndarray.clone(), compute });
        assert!(matches!(opened, Err(Error::Compute(_))), "{compute}");
    }
}
