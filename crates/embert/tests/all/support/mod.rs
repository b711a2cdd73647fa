//! Reference cases of Hugging Face.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::{Path, PathBuf};

use burn::{
    module::{ModuleMapper, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use embert::{
    AutoConfig, AutoModelForMaskedLm, AutoModelForPreTraining, RunOn,
    checkpoint::{NamedTensor, Pretrained, TensorFile, Values, from_pretrained, tensors_by_name},
    core::{FamilyConfig, Padded, PaddedInputs, Pass},
    forward::{Extras, INPUTS, forward},
    objectives::losses::labelled_cross_entropy,
    train::{Optimizer, OptimizerSettings, Workers, clip_factor, global_norm},
};
use serde_json::Value;

/// The architectures, each with the case that it is trained on.
pub(crate) const TRAINED: [(&str, Option<&str>); 4] = [
    ("bert_pre_training", Some("next_sentence_label")),
    ("albert_pre_training", Some("sentence_order_label")),
    ("roberta_masked_lm", None),
    ("distilbert_masked_lm", None),
];

pub(crate) fn reference(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models").join(case)
}

/// What the model of a case gives for its inputs.
pub(crate) fn outputs(case: &str, on: &RunOn, extras: Extras) -> Vec<NamedTensor> {
    let file = TensorFile::open(&reference(case).join("inputs.safetensors")).unwrap();
    let given = INPUTS.into_iter().filter_map(|name| {
        let values = file.read(name).unwrap()?;
        Some(NamedTensor { name: name.into(), shape: file.shape(name).unwrap().to_vec(), values })
    });
    forward(&reference(case), None, &given.collect::<Vec<_>>(), extras, on).unwrap().tensors
}

/// How far from PyTorch's a gradient may be: absolutely, and relative to it.
pub(crate) type Tolerance = (f32, f32);

struct Case {
    dir: PathBuf,
    inputs: TensorFile,
}

impl Case {
    fn open(name: &str) -> Self {
        let dir = reference(name);
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

    /// What a training step makes of the model: the gradients, and the parameters after it.
    fn step<M: Pretrained<Config = AutoConfig>>(
        &self,
        device: &Device,
        loss: impl FnOnce(&M, &AutoConfig) -> Tensor<1>,
    ) -> Step {
        let (model, config, _) = from_pretrained::<M>(&self.dir, device).unwrap();
        let model = model.train().fork(&device.clone().autodiff());
        let gradients = GradientsParams::from_grads(loss(&model, &config).backward(), &model);
        let model = model.valid();
        let of_each = model.clone().map(&mut ToGradients(&gradients));
        let workers = Workers::new(std::slice::from_ref(device), 1).unwrap();
        let settings = OptimizerSettings::bert(1e-3);
        let norm = global_norm(&model, &gradients, &workers).unwrap().unwrap();
        let factor = clip_factor(&norm, settings.max_grad_norm);
        let after = Optimizer::new(&model, settings).step(model, gradients, factor.as_ref(), 1e-3, &workers).unwrap();
        Step {
            gradients: tensors_by_name(&of_each, &config).unwrap(),
            after: tensors_by_name(&after, &config).unwrap(),
        }
    }
}

/// A training step of a reference case.
pub(crate) struct Step {
    gradients: Vec<NamedTensor>,
    pub(crate) after: Vec<NamedTensor>,
}

/// One step on `name`; with a pair's label, where it has one.
pub(crate) fn step(name: &str, pair_label: Option<&str>, device: &Device) -> Step {
    let case = Case::open(name);
    let Some(pair_label) = pair_label else {
        return case.step::<AutoModelForMaskedLm>(device, |model, config| {
            let (padded, labels) = case.ragged(config);
            let logits = model.forward(&padded.batch, None, &mut Pass::inference()).unwrap();
            labelled_cross_entropy(logits, &labels).unwrap()
        });
    };
    case.step::<AutoModelForPreTraining>(device, |model, config| {
        let (padded, labels) = case.ragged(config);
        let output = model.forward(&padded.batch, None, &mut Pass::inference()).unwrap();
        labelled_cross_entropy(output.prediction_logits, &labels).unwrap()
            + labelled_cross_entropy(output.sentence_pair_logits, &case.ints(pair_label).unwrap()).unwrap()
    })
}

impl Step {
    /// Compares d loss / d parameter, for every parameter that the reference has.
    pub(crate) fn assert_gradients(&self, name: &str) {
        let dir = reference(name);
        let case: Value = serde_json::from_str(&std::fs::read_to_string(dir.join("case.json")).unwrap()).unwrap();
        let tolerance = |key: &str| case["tolerance"][key].as_f64().unwrap() as f32;
        let expected = TensorFile::open(&dir.join("expected.safetensors")).unwrap();
        let named: Vec<String> = expected.names().into_iter().filter(|name| name.starts_with("grad.")).collect();
        assert_eq!(named.len() as u64, case["expected_gradients"].as_u64().unwrap());
        for name in named {
            let got = self.gradients.iter().find(|tensor| format!("grad.{}", tensor.name) == name).expect(&name);
            let expected = expected.read(&name).unwrap().unwrap();
            assert_near(&name, &got.values, &expected, (tolerance("grad_atol"), tolerance("grad_rtol")));
        }
    }
}

pub(crate) fn assert_near(name: &str, got: &Values, expected: &Values, (absolute, relative): Tolerance) {
    let (Values::Float(got), Values::Float(expected)) = (got, expected) else { panic!("{name} is not of floats") };
    assert_eq!(got.len(), expected.len(), "{name}");
    for (got, expected) in got.iter().zip(expected) {
        let most = absolute + relative * expected.abs();
        assert!((got - expected).abs() <= most, "{name}: {got} is not {expected}");
    }
}

/// Puts each parameter's gradient in its place.
struct ToGradients<'a>(&'a GradientsParams);

impl ModuleMapper for ToGradients<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let gradient = self.0.get::<D>(param.id);
        param.map(|value| gradient.unwrap_or_else(|| value.zeros_like()))
    }
}
