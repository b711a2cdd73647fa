//! Gradients of every parameter against PyTorch's, through each architecture.

use std::path::{Path, PathBuf};

use burn::{
    module::{ModuleMapper, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use embert::{
    AutoConfig, AutoModelForMaskedLm, AutoModelForPreTraining,
    checkpoint::{Pretrained, TensorFile, Values, from_pretrained, tensors_by_name},
    core::{FamilyConfig, Padded, PaddedInputs, Pass},
    objectives::losses::labelled_cross_entropy,
};
use serde_json::Value;

struct Case {
    dir: PathBuf,
    inputs: TensorFile,
}

impl Case {
    fn open(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models").join(name);
        let inputs = TensorFile::open(&dir.join("inputs.safetensors")).unwrap();
        Self { dir, inputs }
    }

    fn ints(&self, name: &str) -> Option<Vec<i64>> {
        match self.inputs.read(name).unwrap()? {
            Values::Int(values) => Some(values),
            Values::Float(_) => panic!("{name} is no integer tensor"),
        }
    }

    fn ragged(&self, config: &AutoConfig) -> (Padded, Vec<i64>) {
        let shape = self.inputs.shape("input_ids").unwrap();
        let labels = self.ints("labels").unwrap();
        let [ids, mask, types] = ["input_ids", "attention_mask", "token_type_ids"].map(|name| self.ints(name));
        let padded = PaddedInputs {
            rows: shape[0],
            columns: shape[1],
            input_ids: ids.as_deref().unwrap(),
            attention_mask: mask.as_deref(),
            token_type_ids: types.as_deref(),
            token_labels: Some(&labels),
            ..PaddedInputs::default()
        };
        let padded = padded.to_ragged(config.positions()).unwrap();
        let kept = padded.cells.iter().map(|&cell| labels[cell]).collect();
        (padded, kept)
    }

    /// Compares d loss / d parameter, for every parameter that the reference has.
    fn assert_gradients<M: Pretrained<Config = AutoConfig>>(&self, loss: impl FnOnce(&M, &AutoConfig) -> Tensor<1>) {
        let device = Device::flex();
        let (model, config, _) = from_pretrained::<M>(&self.dir, &device).unwrap();
        let model = model.train().fork(&device.autodiff());
        let gradients = GradientsParams::from_grads(loss(&model, &config).backward(), &model);
        let gradients = tensors_by_name(&model.valid().map(&mut ToGradients(gradients)), &config).unwrap();

        let case: Value = serde_json::from_str(&std::fs::read_to_string(self.dir.join("case.json")).unwrap()).unwrap();
        let tolerance = |key: &str| case["tolerance"][key].as_f64().unwrap() as f32;
        let expected = TensorFile::open(&self.dir.join("expected.safetensors")).unwrap();
        let named: Vec<String> = expected.names().into_iter().filter(|name| name.starts_with("grad.")).collect();
        assert_eq!(named.len() as u64, case["expected_gradients"].as_u64().unwrap());
        for name in named {
            let got = gradients.iter().find(|tensor| format!("grad.{}", tensor.name) == name).expect(&name);
            let (Values::Float(got), Some(Values::Float(expected))) = (&got.values, expected.read(&name).unwrap())
            else {
                panic!("{name}")
            };
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.iter().zip(expected) {
                let most = tolerance("grad_atol") + tolerance("grad_rtol") * expected.abs();
                assert!((got - expected).abs() <= most, "{name}: {got} is not {expected}");
            }
        }
    }
}

/// Puts each parameter's gradient in its place.
struct ToGradients(GradientsParams);

impl ModuleMapper for ToGradients {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let gradient = self.0.get::<D>(param.id);
        param.map(|value| gradient.unwrap_or_else(|| value.zeros_like()))
    }
}

fn masked_lm(name: &str) {
    let case = Case::open(name);
    case.assert_gradients::<AutoModelForMaskedLm>(|model, config| {
        let (padded, labels) = case.ragged(config);
        let logits = model.forward(&padded.batch, None, &mut Pass::inference()).unwrap();
        labelled_cross_entropy(logits, &labels).unwrap()
    });
}

fn pre_training(name: &str, pair_label: &str) {
    let case = Case::open(name);
    case.assert_gradients::<AutoModelForPreTraining>(|model, config| {
        let (padded, labels) = case.ragged(config);
        let output = model.forward(&padded.batch, None, &mut Pass::inference()).unwrap();
        labelled_cross_entropy(output.prediction_logits, &labels).unwrap()
            + labelled_cross_entropy(output.sentence_pair_logits, &case.ints(pair_label).unwrap()).unwrap()
    });
}

#[test]
fn bert_learns_as_pytorchs_does() {
    pre_training("bert_pre_training", "next_sentence_label");
}

#[test]
fn albert_learns_as_pytorchs_does() {
    pre_training("albert_pre_training", "sentence_order_label");
}

#[test]
fn roberta_learns_as_pytorchs_does() {
    masked_lm("roberta_masked_lm");
}

#[test]
fn distilbert_learns_as_pytorchs_does() {
    masked_lm("distilbert_masked_lm");
}
