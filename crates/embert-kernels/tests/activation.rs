//! The fused GELU is the plain one, in value and in gradient.

use burn::tensor::{Device, Tensor, TensorData};
use embert_kernels::Activation;

/// The definition, in operations whose gradients are Burn's own.
fn plain_gelu(x: Tensor<2>) -> Tensor<2> {
    let cumulative = ((x.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0) * 0.5;
    x * cumulative
}

/// -12 to 12 and what lies far beyond, more than one thread takes at a time.
fn numbers(device: &Device) -> Tensor<2> {
    let mut values: Vec<f32> = (0..40_000).map(|i| (i as f32 - 20_000.0) * 6e-4).collect();
    values.extend([0.0, -0.0, 1e-30, 1e15, -1e15, 1e4, -1e4, 100.0, -100.0, 13.3]);
    Tensor::from_data(TensorData::new(values, [2, 20_005]), device)
}

/// Relative to what is larger than 1.
fn largest_difference(a: Tensor<2>, b: Tensor<2>) -> f32 {
    ((a - b.clone()).abs() / b.abs().clamp_min(1.0)).max().into_scalar::<f32>()
}

/// Of `numbers`, where each number of the result has another weight.
fn gradient(y: impl Fn(&Tensor<2>) -> Tensor<2>) -> Tensor<2> {
    let x = numbers(&Device::flex().autodiff()).require_grad();
    let y = y(&x);
    let [rows, columns] = y.dims();
    let weights = numbers(&Device::flex()).sin().slice([0..rows, 0..columns]);
    let gradients = (y * weights).sum().backward();
    x.grad(&gradients).expect("x requires a gradient")
}

#[test]
fn the_fused_gelu_has_the_values_of_the_plain_one() {
    let x = numbers(&Device::flex());
    let difference = largest_difference(Activation::Gelu.forward(x.clone()), plain_gelu(x));
    assert!(difference < 1e-6, "{difference}");
}

#[test]
fn the_fused_gelu_has_the_gradient_of_the_plain_one() {
    let fused = gradient(|x| Activation::Gelu.forward(x.clone()));
    let difference = largest_difference(fused, gradient(|x| plain_gelu(x.clone())));
    assert!(difference < 2e-6, "{difference}");
}

#[test]
fn a_transposed_tensor_gives_the_same_as_its_copy() {
    let x = numbers(&Device::flex()).transpose();
    let copy = Tensor::<2>::from_data(x.to_data(), &x.device());
    assert_eq!(Activation::Gelu.forward(x).to_data(), Activation::Gelu.forward(copy).to_data());
}

#[test]
fn a_part_of_a_tensor_gives_the_same_as_its_copy() {
    let parts = |x: &Tensor<2>, gelu: fn(Tensor<2>) -> Tensor<2>| {
        let parts = [x.clone().slice([1..2, 100..300]), x.clone().slice([0..1, 7..207])];
        Tensor::cat(parts.map(gelu).to_vec(), 0)
    };
    let fused = gradient(|x| parts(x, |x| Activation::Gelu.forward(x)));
    let difference = largest_difference(fused, gradient(|x| parts(x, plain_gelu)));
    assert!(difference < 2e-6, "{difference}");
}
