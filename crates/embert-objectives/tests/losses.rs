//! The losses against those of Hugging Face, values and gradients.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use embert_checkpoint::{TensorFile, Values};
use embert_objectives::losses::{
    CrossEntropy, Distillation, IGNORE_INDEX, LayerMap, Pupil, SentencePair, cross_entropy, labelled_cross_entropy,
    pretraining,
};

struct Case {
    inputs: TensorFile,
    expected: TensorFile,
}

impl Case {
    fn open(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert/tests/reference/objectives").join(name);
        let open = |file| TensorFile::open(&dir.join(file)).unwrap();
        Self { inputs: open("inputs.safetensors"), expected: open("expected.safetensors") }
    }

    /// A float input as `[rows, last dimension]`, with gradients.
    fn tensor(&mut self, name: &str, device: &Device) -> Tensor<2> {
        let width = *self.inputs.shape(name).unwrap().last().unwrap();
        let Some(Values::Float(values)) = self.inputs.read(name).unwrap() else { panic!("{name}") };
        let shape = [values.len() / width, width];
        Tensor::from_data(TensorData::new(values, shape), &device.clone().autodiff()).require_grad()
    }

    fn labels(&mut self, name: &str) -> Vec<i64> {
        let Some(Values::Int(values)) = self.inputs.read(name).unwrap() else { panic!("{name}") };
        values
    }

    fn assert(&mut self, name: &str, got: Vec<f32>) {
        let Some(Values::Float(expected)) = self.expected.read(name).unwrap() else { panic!("{name}") };
        assert_eq!(got.len(), expected.len(), "{name}");
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - expected).abs() <= 1e-5 + 1e-5 * expected.abs(), "{name}: {got} is not {expected}");
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn devices() -> Vec<Device> {
    vec![Device::flex(), ndarray()]
}

#[allow(deprecated, reason = "Burn deprecates the backend; it is offered as long as it works")]
fn ndarray() -> Device {
    Device::ndarray()
}

#[test]
fn cross_entropy_is_that_of_pytorch() {
    for device in devices() {
        for name in ["mlm", "mlm_large_logits", "nsp", "sop"] {
            let mut case = Case::open(name);
            let logits = case.tensor("logits", &device);
            let labels = case.labels("labels");
            let loss = labelled_cross_entropy(logits.clone(), &labels).unwrap();
            let gradient = logits.grad(&loss.backward()).unwrap();
            case.assert("loss", values(loss));
            case.assert("grad.logits", values(gradient));
        }
    }
}

#[test]
fn pre_training_is_the_sum_of_both() {
    for device in devices() {
        let mut case = Case::open("pretraining_sum");
        let (words, sentences) = (case.tensor("prediction_logits", &device), case.tensor("seq_logits", &device));
        let labels = case.labels("labels");
        let masked: Vec<i32> =
            (0..).zip(&labels).filter(|(_, label)| **label != IGNORE_INDEX).map(|(row, _)| row).collect();
        let originals: Vec<u32> = masked.iter().map(|&row| labels[row as usize] as u32).collect();
        let rows: Vec<u32> = case.labels("seq_labels").into_iter().map(|label| label as u32).collect();

        let at_masked = words.clone().select(0, Tensor::from_ints(masked.as_slice(), &device));
        let loss = pretraining(at_masked, &originals, SentencePair::NextSentence, sentences.clone(), &rows).unwrap();
        assert_eq!(loss.parts.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["mlm", "nsp"]);
        case.assert("loss", vec![loss.parts.iter().map(|(_, part)| values(part.clone())[0]).sum()]);
        let gradients = loss.total.backward();
        case.assert("loss", values(loss.total));
        case.assert("grad.prediction_logits", values(words.grad(&gradients).unwrap()));
        case.assert("grad.seq_logits", values(sentences.grad(&gradients).unwrap()));
    }
}

/// What `case.json` says of a distillation, with every part in it.
fn distillation(name: &str) -> Distillation {
    let (temperature, [alpha_ce, alpha_mlm, alpha_cos, alpha_mse], restrict_ce_to_mask) = match name {
        "distil_default" => (2.0, [5.0, 2.0, 1.0, 0.0], false),
        "distil_restrict_to_mask" => (2.0, [5.0, 2.0, 1.0, 0.0], true),
        "distil_temperature_1" => (1.0, [1.0, 1.0, 1.0, 0.0], true),
        "distil_with_mse" => (3.0, [0.5, 1.0, 0.25, 0.1], false),
        _ => panic!("{name}"),
    };
    Distillation { temperature, alpha_ce, alpha_mlm, alpha_cos, alpha_mse, restrict_ce_to_mask }
}

#[test]
fn distillation_is_that_of_the_reference_code_in_each_part() {
    for device in devices() {
        for name in ["distil_default", "distil_restrict_to_mask", "distil_temperature_1", "distil_with_mse"] {
            let mut case = Case::open(name);
            let labels = case.labels("lm_labels");
            let kept: Vec<i32> =
                (0..).zip(case.labels("attention_mask")).filter(|(_, mask)| *mask != 0).map(|(row, _)| row).collect();
            let inputs = ["student_logits", "teacher_logits", "student_hidden", "teacher_hidden"]
                .map(|name| case.tensor(name, &device));
            // Padding is dropped, as everywhere.
            let [student_logits, teacher_logits, student, teacher] =
                inputs.clone().map(|tensor| tensor.select(0, Tensor::from_ints(kept.as_slice(), &device)));
            let (masked, originals): (Vec<u32>, Vec<u32>) = (0..)
                .zip(&kept)
                .filter(|(_, row)| labels[**row as usize] != IGNORE_INDEX)
                .map(|(index, row)| (index, labels[*row as usize] as u32))
                .unzip();
            let pupil = Pupil {
                student_logits,
                teacher_logits,
                masked: &masked,
                originals: &originals,
                hidden_states: vec![(student, teacher)],
            };

            let settings = distillation(name);
            let every_part = Distillation { alpha_mse: 1.0, ..settings };
            for (part, value) in every_part.loss(pupil.clone()).unwrap().parts {
                case.assert(&format!("loss_{part}"), values(value));
            }
            let loss = settings.loss(pupil).unwrap();
            let gradients = loss.total.backward();
            case.assert("loss", values(loss.total));
            case.assert("grad.student_logits", values(inputs[0].grad(&gradients).unwrap()));
            case.assert("grad.student_hidden", values(inputs[2].grad(&gradients).unwrap()));
            assert!(inputs[1].grad(&gradients).is_none(), "the teacher learns nothing");
        }
    }
}

#[test]
fn several_layers_count_as_their_mean() {
    let device = Device::flex();
    let states = |values: [[f32; 2]; 1]| Tensor::<2>::from_floats(values, &device);
    let loss = |hidden_states| {
        let logits = || states([[0.0, 0.0]]);
        let pupil =
            Pupil { student_logits: logits(), teacher_logits: logits(), masked: &[0], originals: &[1], hidden_states };
        let settings = Distillation { alpha_ce: 0.0, alpha_mlm: 0.0, alpha_cos: 3.0, ..Distillation::default() };
        settings.loss(pupil).map(|loss| values(loss.total)[0])
    };
    let (east, north) = ([[2.0, 0.0]], [[0.0, 3.0]]);
    assert!((loss(vec![(states(east), states(north))]).unwrap() - 3.0).abs() < 1e-6);
    assert!((loss(vec![(states(east), states(north)), (states(east), states(east))]).unwrap() - 1.5).abs() < 1e-6);
    let wider = Tensor::<2>::zeros([1, 3], &device);
    let message = loss(vec![(states(east), wider)]).unwrap_err().to_string();
    assert_eq!(message, "the student's tensor is [1, 2] and the teacher's [1, 3]; they have to be alike");
    assert_eq!(LayerMap::All.pairs(6, 12), [(1, 2), (2, 4), (3, 6), (4, 8), (5, 10), (6, 12)]);
}

#[test]
fn what_cannot_be_distilled_is_named() {
    let device = Device::flex();
    let logits = || Tensor::<2>::zeros([2, 3], &device);
    let message = |settings: Distillation, masked: &[u32], originals: &[u32]| {
        let (student_logits, teacher_logits, hidden_states) = (logits(), logits(), Vec::new());
        let pupil = Pupil { student_logits, teacher_logits, masked, originals, hidden_states };
        settings.loss(pupil).map(|loss| values(loss.total)[0]).map_err(|error| error.to_string())
    };
    let settings = Distillation::default();
    let cold = Distillation { temperature: 0.0, ..settings };
    assert_eq!(message(cold, &[0], &[1]).unwrap_err(), "temperature is 0; expected a number above 0");
    assert_eq!(message(settings, &[2], &[1]).unwrap_err(), "row 2 is masked; there are 2 rows");
    let without = "alpha_cos is above 0, and there are no hidden states to compare";
    assert_eq!(message(settings, &[0], &[1]).unwrap_err(), without);
    assert!(message(settings, &[], &[]).unwrap().is_nan());
}

/// Expected values: `torch.nn.CrossEntropyLoss(weight, ignore_index, label_smoothing)` of PyTorch 2.15, and its
/// gradient, on the logits and labels below.
#[test]
fn smoothing_and_class_weights_are_those_of_pytorch() {
    for device in devices() {
        let rows = [[1.5, -0.5, 0.25], [0.0, 2.0, -1.0], [-0.75, 0.5, 3.0], [0.1, 0.2, 0.3]];
        let labels = [0, 2, IGNORE_INDEX, 1];
        for (label_smoothing, class_weights, expected, expected_gradient) in [
            (
                0.1,
                None,
                1.532_913_7,
                [
                    -0.076_673_13,
                    0.020_616_61,
                    0.056_056_49,
                    0.026_953_95,
                    0.270_153_76,
                    -0.297_107_73,
                    0.0,
                    0.0,
                    0.0,
                    0.089_092_08,
                    -0.200_369_45,
                    0.111_277_34,
                ],
            ),
            (
                0.0,
                Some([0.5, 2.0, 1.25]),
                1.691_245,
                [
                    -0.039_558_14,
                    0.012_691_09,
                    0.026_867_04,
                    0.038_065_07,
                    0.281_264_9,
                    -0.319_329_98,
                    0.0,
                    0.0,
                    0.0,
                    0.160_325_12,
                    -0.356_146_7,
                    0.195_821_55,
                ],
            ),
            (
                0.2,
                Some([0.5, 2.0, 1.25]),
                1.643_245_5,
                [
                    0.006_352_2,
                    -0.019_057_14,
                    0.012_704_93,
                    0.029_176_18,
                    0.245_709_36,
                    -0.274_885_54,
                    0.0,
                    0.0,
                    0.0,
                    0.139_411_84,
                    -0.298_324_56,
                    0.158_912_7,
                ],
            ),
        ] {
            let logits = Tensor::<2>::from_floats(rows, &device.clone().autodiff()).require_grad();
            let settings = CrossEntropy { label_smoothing, class_weights: class_weights.map(Vec::from) };
            let loss = settings.labelled_loss(logits.clone(), &labels).unwrap();
            let gradient = values(logits.grad(&loss.backward()).unwrap());
            assert!((values(loss)[0] - expected).abs() < 1e-6);
            for (got, expected) in gradient.iter().zip(expected_gradient) {
                assert!((got - expected).abs() < 1e-6, "{gradient:?}");
            }
        }
    }
}

#[test]
fn settings_out_of_bounds_are_named() {
    let message = |settings: CrossEntropy| {
        settings.loss(Tensor::<2>::zeros([1, 3], &Device::flex()), &[0]).unwrap_err().to_string()
    };
    let smoothing = CrossEntropy { label_smoothing: 1.5, class_weights: None };
    assert_eq!(message(smoothing), "label_smoothing is 1.5; expected a number from 0 to 1");
    let weights = |weights: &[f32]| CrossEntropy { label_smoothing: 0.0, class_weights: Some(weights.to_vec()) };
    assert_eq!(message(weights(&[1.0, -1.0, 1.0])), "a class weight is -1; expected a number, 0 or more");
    assert_eq!(message(weights(&[1.0])), "the number of class weights is 1; expected one for each class");
}

#[test]
fn without_a_label_the_loss_is_no_number() {
    let logits = Tensor::<2>::zeros([2, 3], &Device::flex());
    let loss = labelled_cross_entropy(logits, &[IGNORE_INDEX; 2]).unwrap();
    assert!(values(loss)[0].is_nan());
}

#[test]
fn a_label_that_is_no_class_is_refused() {
    let logits = || Tensor::<2>::zeros([1, 3], &Device::flex());
    let message = |label| labelled_cross_entropy(logits(), &[label]).unwrap_err().to_string();
    assert_eq!(message(3), "a label is 3; there are 3 classes, so 0 to 2 are valid");
    assert_eq!(message(-1), "a label is -1; there are 3 classes, so 0 to 2 are valid");
    assert!(cross_entropy(logits(), &[3]).is_err());
}

/// Expected values: `MultipleNegativesRankingLoss` and `CosineSimilarityLoss` of sentence-transformers 6.2 on PyTorch 2.15,
/// and their gradients, on the vectors below.
mod similarity {
    use embert_objectives::losses::{cosine_error, in_batch_negatives};

    use super::*;

    const ANCHORS: [[f32; 3]; 2] = [[1.0, 0.5, -0.25], [0.0, 2.0, 1.0]];
    const CANDIDATES: [[f32; 3]; 4] = [[0.75, 1.0, 0.0], [-0.5, 1.5, 0.25], [0.25, 1.0, 1.0], [1.5, 0.5, 0.0]];

    fn vectors<const N: usize>(rows: [[f32; 3]; N], device: &Device) -> Tensor<2> {
        Tensor::from_floats(rows, &device.clone().autodiff()).require_grad()
    }

    fn assert_close(got: &[f32], expected: &[f32]) {
        let close = |(got, expected): (&f32, &f32)| (got - expected).abs() <= 1e-5 + 1e-5 * expected.abs();
        assert!(got.len() == expected.len() && got.iter().zip(expected).all(close), "{got:?} is not {expected:?}");
    }

    #[test]
    fn negatives_of_the_batch_are_those_of_sentence_transformers() {
        for device in devices() {
            let (anchors, candidates) = (vectors(ANCHORS, &device), vectors(CANDIDATES, &device));
            let loss = in_batch_negatives(anchors.clone(), candidates.clone(), 20.0).unwrap();
            let gradients = loss.backward();
            assert_close(&values(loss), &[1.502_985]);
            assert_close(
                &values(anchors.grad(&gradients).unwrap()),
                &[2.020_197_9, -3.963_524_8, 0.153_741_37, 1.388_042_7, -0.735_255_5, 1.470_510_8],
            );
            assert_close(
                &values(candidates.grad(&gradients).unwrap()),
                &[
                    -2.445_370_4,
                    1.834_027_3,
                    1.539_606_3,
                    -1.118_233_2,
                    -0.172_036_17,
                    -1.204_251_5,
                    -0.705_822_65,
                    1.058_749,
                    -0.882_294_06,
                    -0.238_987_45,
                    0.716_963_9,
                    -1.194_924_1,
                ],
            );
        }
    }

    #[test]
    fn errors_of_cosines_are_those_of_sentence_transformers() {
        for device in devices() {
            let (a, b) = (vectors(ANCHORS, &device), vectors([CANDIDATES[0], CANDIDATES[1]], &device));
            let loss = cosine_error(a.clone(), b.clone(), &[0.9, 0.2]).unwrap();
            let gradients = loss.backward();
            assert_close(&values(loss), &[0.250_971_2]);
            assert_close(
                &values(a.grad(&gradients).unwrap()),
                &[0.003_833_85, -0.009_922_9, -0.004_510_41, -0.098_892_06, 0.039_556_8, -0.079_113_63],
            );
            assert_close(
                &values(b.grad(&gradients).unwrap()),
                &[-0.007_577_49, 0.005_683_12, 0.004_735_93, 0.125_424_06, 0.019_296_05, 0.135_072_08],
            );
        }
    }

    #[test]
    fn a_vector_of_zeros_has_a_gradient_that_is_a_number() {
        let device = Device::flex();
        let (anchors, candidates) = (vectors([[0.0; 3], ANCHORS[0]], &device), vectors(CANDIDATES, &device));
        let gradients = in_batch_negatives(anchors.clone(), candidates, 20.0).unwrap().backward();
        assert!(values(anchors.grad(&gradients).unwrap()).iter().all(|number| number.is_finite()));
    }

    #[test]
    fn vectors_that_cannot_be_compared_are_named() {
        let device = Device::flex();
        let zeros = |rows, width| Tensor::<2>::zeros([rows, width], &device);
        let message = in_batch_negatives(zeros(3, 2), zeros(2, 2), 20.0).unwrap_err().to_string();
        let expected =
            "there are vectors of [3, 2] to be compared with [2, 2]; the same width and no fewer are expected";
        assert_eq!(message, expected);
        assert!(in_batch_negatives(zeros(2, 2), zeros(2, 3), 20.0).is_err());
        assert!(cosine_error(zeros(2, 2), zeros(1, 2), &[0.0; 2]).is_err());
        assert!(cosine_error(zeros(2, 2), zeros(2, 2), &[0.0]).is_err());
    }
}
