//! AdamW without bias correction and LAMB, against their papers' formulae in plain numbers.

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use embert_core::{Init, LayerNorm};
use embert_kernels::CpuLevel;
use embert_train::{Optimizer, OptimizerName, OptimizerSettings, Workers};

#[derive(Module, Debug)]
struct Model {
    matrix: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
    norm: LayerNorm,
}

/// The parameters in their order, and a gradient for each: of a matrix, and of vectors.
#[derive(Default)]
struct Parameters {
    values: Vec<Vec<f32>>,
    gradients: GradientsParams,
}

impl ModuleVisitor for Parameters {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient: &[f64] = if D == 2 { &MATRIX_GRADIENT } else { &VECTOR_GRADIENT };
        let gradient = Tensor::<1>::from_floats(gradient, &param.device());
        self.gradients.register(param.id, gradient.reshape(param.shape()) as Tensor<D>);
        self.values.push(param.val().into_data().try_into_vec().unwrap());
    }
}

const MATRIX_GRADIENT: [f64; 4] = [0.1, -0.2, 0.4, 0.0];
const VECTOR_GRADIENT: [f64; 2] = [0.3, -0.1];

const RATE: f64 = 0.1;
const STEPS: i32 = 3;

/// A weight's way in plain numbers: `norms` gives the trust ratio of its matrix.
fn expected(settings: &OptimizerSettings, mut weights: Vec<f64>, gradient: &[f64], is_decayed: bool) -> Vec<f64> {
    let (beta_1, beta_2) = (f64::from(settings.beta_1), f64::from(settings.beta_2));
    let (mut first, mut second) = (vec![0.0; weights.len()], vec![0.0; weights.len()]);
    for step in 1..=STEPS {
        let mut update = Vec::new();
        for (index, gradient) in gradient.iter().enumerate() {
            first[index] = beta_1 * first[index] + (1.0 - beta_1) * gradient;
            second[index] = beta_2 * second[index] + (1.0 - beta_2) * gradient * gradient;
            let missing = |beta: f64| if settings.bias_correction { 1.0 - beta.powi(step) } else { 1.0 };
            let root = (second[index] / missing(beta_2)).sqrt() + f64::from(settings.epsilon);
            let decay = if is_decayed { f64::from(settings.weight_decay) * weights[index] } else { 0.0 };
            update.push(first[index] / missing(beta_1) / root + decay);
        }
        let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
        let is_scaled = settings.name == OptimizerName::Lamb && is_decayed;
        let ratio = if is_scaled { norm(&weights) / norm(&update) } else { 1.0 };
        for (weight, update) in weights.iter_mut().zip(update) {
            *weight -= RATE * ratio * update;
        }
    }
    weights
}

fn settings(name: OptimizerName, bias_correction: bool) -> OptimizerSettings {
    OptimizerSettings { name, bias_correction, weight_decay: 0.3, epsilon: 1e-3, ..OptimizerSettings::bert(RATE) }
}

const MATRIX: [f64; 4] = [0.5, -1.0, 2.0, 0.25];

/// The parameters after all steps.
fn trained(settings: OptimizerSettings) -> Vec<Vec<f32>> {
    let device = Device::flex();
    let init = Init::new(&device, 1, 0.02);
    let mut model = Model {
        matrix: Param::from_tensor(Tensor::<1>::from_floats(MATRIX, &device).reshape([2, 2])),
        bias: Param::from_tensor(Tensor::zeros([2], &device)),
        norm: LayerNorm::new(2, 1e-12, &init),
    };
    let workers = Workers::new(std::slice::from_ref(&device), 2).unwrap();
    let mut optimizer = Optimizer::new(&model, settings);
    for _ in 0..STEPS {
        let mut parameters = Parameters::default();
        model.visit(&mut parameters);
        model = optimizer.step(model, parameters.gradients, None, RATE, &workers).unwrap();
    }
    let mut parameters = Parameters::default();
    model.visit(&mut parameters);
    parameters.values
}

fn check(name: OptimizerName, bias_correction: bool) {
    let settings = settings(name, bias_correction);
    let of_vector = |value| expected(&settings, vec![value; 2], &VECTOR_GRADIENT, false);
    let expected =
        [expected(&settings, MATRIX.to_vec(), &MATRIX_GRADIENT, true), of_vector(0.0), of_vector(1.0), of_vector(0.0)];
    for (got, expected) in trained(settings).into_iter().flatten().zip(expected.into_iter().flatten()) {
        assert!((f64::from(got) - expected).abs() < 1e-5, "{name:?} {bias_correction}: {got} is not {expected}");
    }
}

#[test]
fn adamw_is_the_papers_with_and_without_bias_correction() {
    check(OptimizerName::AdamW, true);
    check(OptimizerName::AdamW, false);
}

#[test]
fn lamb_scales_the_steps_of_matrices_by_their_own_norm() {
    check(OptimizerName::Lamb, true);
    check(OptimizerName::Lamb, false);
}

#[test]
fn a_step_in_one_pass_has_the_bits_of_one_in_many() {
    for settings in [true, false].map(|bias_correction| settings(OptimizerName::AdamW, bias_correction)) {
        let plain = CpuLevel::Plain.scope(|| trained(settings));
        for level in CpuLevel::available() {
            assert_eq!(level.scope(|| trained(settings)), plain, "{level}");
        }
    }
}
