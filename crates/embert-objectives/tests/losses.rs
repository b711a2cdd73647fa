//! The losses against those of Hugging Face, values and gradients.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use embert_checkpoint::{TensorFile, Values};
use embert_objectives::losses::{IGNORE_INDEX, cross_entropy, labelled_cross_entropy, pretraining};

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
        for name in ["mlm", "mlm_large_logits", "nsp"] {
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
        let loss = pretraining(at_masked, &originals, sentences.clone(), &rows).unwrap();
        let parts = [loss.masked_lm.clone(), loss.next_sentence.clone()].map(|part| values(part)[0]);
        case.assert("loss", vec![parts[0] + parts[1]]);
        let total = loss.total();
        let gradients = total.backward();
        case.assert("loss", values(total));
        case.assert("grad.prediction_logits", values(words.grad(&gradients).unwrap()));
        case.assert("grad.seq_logits", values(sentences.grad(&gradients).unwrap()));
    }
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
