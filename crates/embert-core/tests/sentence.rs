//! From hidden states to a vector for each sentence, on numbers that can be reckoned in the head.

use burn::tensor::{Device, Tensor};
use embert_core::{Activation, Batch, Dense, Pooling, SentenceHead, SentenceModule};

/// A sequence of three tokens and one of one.
fn batch() -> Batch {
    Batch::new(vec![1; 4], vec![0; 4], vec![3, 1]).unwrap()
}

fn hidden(device: &Device) -> Tensor<2> {
    Tensor::from_floats([[1.0, -2.0], [4.0, 0.0], [-2.0, 5.0], [3.0, 4.0]], device)
}

fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

fn assert_close(got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} is not {expected:?}");
}

#[test]
fn every_way_pools_each_sequence_alone() {
    let root = 3.0_f32.sqrt();
    for (way, expected) in [
        (Pooling::Cls, [1.0, -2.0, 3.0, 4.0]),
        (Pooling::Last, [-2.0, 5.0, 3.0, 4.0]),
        (Pooling::Max, [4.0, 5.0, 3.0, 4.0]),
        (Pooling::Mean, [1.0, 1.0, 3.0, 4.0]),
        (Pooling::MeanSqrtLength, [3.0 / root, 3.0 / root, 3.0, 4.0]),
        (Pooling::WeightedMean, [3.0 / 6.0, 13.0 / 6.0, 3.0, 4.0]),
    ] {
        assert_close(&values(way.forward(hidden(&Device::flex()), &batch())), &expected);
    }
}

#[test]
fn every_way_passes_gradients_to_its_own_tokens() {
    let thirds = [1.0 / 3.0; 6];
    for (way, of_first) in [
        (Pooling::Cls, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
        (Pooling::Last, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]),
        (Pooling::Max, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]),
        (Pooling::Mean, thirds),
        (Pooling::MeanSqrtLength, thirds.map(|third| third * 3.0_f32.sqrt())),
        (Pooling::WeightedMean, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0].map(|weight| weight / 6.0)),
    ] {
        let hidden = hidden(&Device::flex().autodiff()).require_grad();
        let gradients = way.forward(hidden.clone(), &batch()).sum().backward();
        let expected = [&of_first[..], &[1.0, 1.0]].concat();
        assert_close(&values(hidden.grad(&gradients).unwrap()), &expected);
    }
}

#[test]
fn ways_stand_side_by_side_and_modules_follow() {
    let device = Device::flex();
    let dense = Dense {
        weight: Tensor::from_floats([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, -1.0]], &device),
        bias: Some(Tensor::from_floats([0.0, 1.0], &device)),
        activation: Some(Activation::Relu),
    };
    let modules = vec![SentenceModule::Dense(Box::new(dense)), SentenceModule::Normalize];
    let head = SentenceHead::new(vec![Pooling::Cls, Pooling::Mean], modules);
    assert_eq!(head.width(2), Ok(2));
    assert_eq!(head.width(3).unwrap_err().to_string(), "a Dense module reads vectors of 4, and is given 6");
    // [1, -2, 1, 1] to [-1, 1] to [0, 1]; [3, 4, 3, 4] to [7, 0].
    assert_close(&values(head.forward(hidden(&device), &batch())), &[0.0, 1.0, 1.0, 0.0]);

    let hidden = hidden(&device.autodiff()).require_grad();
    let gradients = head.forward(hidden.clone(), &batch()).narrow(1, 0, 1).sum().backward();
    assert!(values(hidden.grad(&gradients).unwrap()).iter().all(|number| number.is_finite()));
}
