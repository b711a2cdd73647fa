//! The affine map for flex is the plain one, in value and in gradients.

use burn::tensor::{Device, Distribution, Tensor};
use embert_kernels::linear;
use proptest::prelude::*;

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn assert_close<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Result<(), TestCaseError> {
    let difference = (a - b).abs().max().into_scalar::<f32>();
    prop_assert!(difference < 2e-4, "{difference}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_fused_map_is_the_plain_one(tokens in 1_usize..70, inputs in 1_usize..90, outputs in 1_usize..80, part: bool) {
        let device = Device::flex().autodiff();
        // A part of a larger tensor has another stride or start than a tensor of its own.
        let x = random([tokens + 3, inputs], &device).require_grad();
        let weight = random([outputs, inputs], &device).require_grad();
        let bias = random([outputs], &device).require_grad();
        let loss_weights = random([tokens, outputs], &device);
        let run = |map: fn(Tensor<2>, Tensor<2>, Tensor<1>) -> Tensor<2>| {
            let start = if part { 2 } else { 0 };
            let y = map(x.clone().narrow(0, start, tokens), weight.clone(), bias.clone());
            let gradients = (y.clone() * loss_weights.clone()).sum().backward();
            let of = |tensor: &Tensor<2>| tensor.grad(&gradients).expect("it requires a gradient");
            (y.inner(), of(&x), of(&weight), bias.grad(&gradients).expect("it requires a gradient"))
        };
        let fused = run(|x, weight, bias| linear(x, weight, Some(bias)));
        let plain = run(|x, weight, bias| x.matmul(weight.transpose()) + bias.unsqueeze());
        assert_close(fused.0, plain.0)?;
        assert_close(fused.1, plain.1)?;
        assert_close(fused.2, plain.2)?;
        assert_close(fused.3, plain.3)?;
    }
}

#[test]
fn no_tokens_give_no_rows() {
    let device = Device::flex();
    let y = linear(Tensor::zeros([0, 4], &device), random([3, 4], &device), Some(random([3], &device)));
    assert_eq!(y.dims(), [0, 3]);
}

#[test]
fn threads_change_no_bit() {
    let device = Device::flex().autodiff();
    let [x, weight] = [[300, 700], [520, 700]].map(|shape| random(shape, &device).require_grad());
    let (bias, loss_weights) = (random([520], &device).require_grad(), random([300, 520], &device));
    let run = || {
        let y = linear(x.clone(), weight.clone(), Some(bias.clone()));
        let gradients = (y.clone() * loss_weights.clone()).sum().backward();
        let of = |tensor: &Tensor<2>| tensor.grad(&gradients).expect("it requires a gradient").into_data();
        [y.inner().into_data(), of(&x), of(&weight), bias.grad(&gradients).expect("it requires one").into_data()]
    };
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(run);
    assert!(with(1) == with(5));
}
