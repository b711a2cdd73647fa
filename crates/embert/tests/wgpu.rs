//! Each architecture once on wgpu: `cargo test -p embert --features wgpu --test wgpu`.
#![cfg(feature = "wgpu")]

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert::{
    DeviceChoice, Error,
    checkpoint::{NamedTensor, TensorFile, Values},
    forward::{Extras, INPUTS, forward},
};

fn outputs(case: &Path, device: &Device) -> Vec<NamedTensor> {
    let file = TensorFile::open(&case.join("inputs.safetensors")).unwrap();
    let given = INPUTS.into_iter().filter_map(|name| {
        let values = file.read(name).unwrap()?;
        Some(NamedTensor { name: name.into(), shape: file.shape(name).unwrap().to_vec(), values })
    });
    let extras = Extras { hidden_states: true, attentions: true };
    forward(case, None, &given.collect::<Vec<_>>(), extras, device).unwrap().tensors
}

#[test]
fn every_architecture_gives_the_numbers_that_flex_gives() {
    let gpu = match DeviceChoice::Wgpu.open() {
        Err(Error::NoAdapter) => return eprintln!("skipped: wgpu has no adapter"),
        gpu => gpu.unwrap(),
    };
    let cpu = DeviceChoice::Flex.open().unwrap();
    for case in ["bert_pre_training", "roberta_masked_lm", "albert_pre_training", "distilbert_masked_lm"] {
        let case: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models").join(case);
        for (expected, got) in outputs(&case, &cpu).iter().zip(outputs(&case, &gpu)) {
            assert_eq!((&expected.name, &expected.shape), (&got.name, &got.shape));
            let (Values::Float(expected), Values::Float(got)) = (&expected.values, &got.values) else { panic!() };
            for (expected, got) in expected.iter().zip(got) {
                assert!((expected - got).abs() <= 1e-4 + 1e-4 * expected.abs(), "{got} is not {expected}");
            }
        }
    }
}
