//! Twenty steps of AdamW against PyTorch's, with the same weights and batches.

use std::path::{Path, PathBuf};

use burn::{module::Module, optim::GradientsParams, tensor::Device};
use embert_checkpoint::{TensorFile, Values, from_pretrained, tensors_by_name};
use embert_core::{BertForMaskedLm, PaddedInputs, Pass, Positions};
use embert_objectives::losses::labelled_cross_entropy;
use embert_train::{Optimizer, OptimizerSettings, Schedule, Workers, clip_factor, global_norm};
use serde_json::Value;

fn case() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/optim/bert_mlm_adamw_20_steps")
}

fn ints(file: &TensorFile, name: &str) -> Vec<i64> {
    let Some(Values::Int(values)) = file.read(name).unwrap() else { panic!("{name}") };
    values
}

#[test]
fn twenty_steps_follow_pytorchs() {
    let case_json: Value = serde_json::from_str(&std::fs::read_to_string(case().join("case.json")).unwrap()).unwrap();
    let tolerance = |key: &str| case_json["tolerance"][key].as_f64().unwrap();
    let device = Device::flex();
    let (model, config, _) = from_pretrained::<BertForMaskedLm>(&case(), &device).unwrap();
    let mut model = model;
    let settings = OptimizerSettings { epsilon: 1e-8, bias_correction: true, ..OptimizerSettings::bert(1e-3) };
    let mut optimizer = Optimizer::new(&model, settings);
    let schedule = Schedule::linear(20, 4);
    let workers = Workers::new(std::slice::from_ref(&device), 8).unwrap();
    let inputs = TensorFile::open(&case().join("inputs.safetensors")).unwrap();

    for (step, log) in case_json["log"].as_array().unwrap().iter().enumerate() {
        let batch = log["batch"].as_u64().unwrap();
        let shape = inputs.shape(&format!("batch{batch}.input_ids")).unwrap().to_vec();
        let read = |name: &str| ints(&inputs, &format!("batch{batch}.{name}"));
        let (ids, mask, labels) = (read("input_ids"), read("attention_mask"), read("labels"));
        let types = read("token_type_ids");
        let padded = PaddedInputs {
            rows: shape[0],
            columns: shape[1],
            input_ids: &ids,
            attention_mask: Some(&mask),
            token_type_ids: Some(&types),
            token_labels: Some(&labels),
            ..PaddedInputs::default()
        };
        let padded = padded.to_ragged(Positions::FromZero).unwrap();
        let labels: Vec<i64> = padded.cells.iter().map(|&cell| labels[cell]).collect();
        // The reference has no dropout.
        let learning = model.clone().train().fork(&device.clone().autodiff());
        let logits = learning.forward(&padded.batch, None, &mut Pass::inference()).unwrap();
        let loss = labelled_cross_entropy(logits, &labels).unwrap();
        let got = f64::from(loss.clone().into_scalar::<f32>());
        let expected = log["loss"].as_f64().unwrap();
        assert!((got - expected).abs() <= tolerance("loss_atol"), "step {step}: loss {got} is not {expected}");

        let gradients = GradientsParams::from_grads(loss.backward(), &learning);
        let norm = global_norm(&model, &gradients, &workers).unwrap().unwrap();
        let factor = clip_factor(&norm, settings.max_grad_norm);
        let norm = norm.into_scalar::<f32>();
        let expected = log["grad_norm_before_clip"].as_f64().unwrap();
        let off = (f64::from(norm) - expected).abs();
        assert!(off <= tolerance("grad_norm_rtol") * expected, "step {step}: norm {norm} is not {expected}");
        let learning_rate = settings.learning_rate * schedule.share(step);
        model = optimizer.step(model, gradients, factor.as_ref(), learning_rate, &workers).unwrap();
    }

    let expected = TensorFile::open(&case().join("expected.safetensors")).unwrap();
    for tensor in tensors_by_name(&model, &config).unwrap() {
        let Values::Float(got) = tensor.values else { unreachable!() };
        let Some(Values::Float(expected)) = expected.read(&format!("final.{}", tensor.name)).unwrap() else {
            panic!("{}", tensor.name)
        };
        // The gradient of a key's bias is zero but for rounding, and AdamW
        // makes full steps of that noise.
        let is_noise = tensor.name.ends_with("attention.self.key.bias");
        let atol = tolerance(if is_noise { "key_bias_atol" } else { "weights_atol" });
        for (got, expected) in got.iter().zip(&expected) {
            assert!(f64::from((got - expected).abs()) <= atol, "{}: {got} is not {expected}", tensor.name);
        }
    }
}
