//! What works row by row is the plain form, in value and in gradients, at every level of instructions.

mod support;

use burn::tensor::{Device, Tensor};
use embert_kernels::{CpuLevel, Lookup, add_layer_norm, embed, negative_log_likelihood, soft_target_divergence};
use proptest::prelude::*;
use support::{assert_close, levels, numbers, tensor};

const EPS: f64 = 1e-12;

fn device() -> Device {
    Device::flex().autodiff()
}

/// That `run` gives the same at every level.
fn check<const N: usize>(what: &str, run: impl Fn() -> [Tensor<2>; N]) {
    let plain = CpuLevel::Plain.scope(&run);
    for level in levels() {
        for (place, (fused, plain)) in level.scope(&run).into_iter().zip(plain.clone()).enumerate() {
            assert_close(fused, plain, 3e-5, &format!("{what}, output {place}, at {level}"));
        }
    }
}

fn row(vector: Tensor<1>) -> Tensor<2> {
    vector.unsqueeze()
}

fn normalized_sum(tokens: usize, width: usize) -> [Tensor<2>; 5] {
    let [residual, x] = [1, 2].map(|seed| tensor([tokens, width], seed, &device()).require_grad());
    let [weight, bias] = [3, 4].map(|seed| tensor([width], seed, &device()).require_grad());
    let y = add_layer_norm(residual.clone(), x.clone(), weight.clone(), bias.clone(), 1e-5);
    let gradients = (y.clone() * tensor([tokens, width], 5, &device())).sum().backward();
    let of = |x: &Tensor<2>| x.grad(&gradients).expect("it requires a gradient");
    let of_vector = |x: &Tensor<1>| row(x.grad(&gradients).expect("it requires a gradient"));
    [y.inner(), of(&residual), of(&x), of_vector(&weight), of_vector(&bias)]
}

fn embedded(tokens: usize, width: usize, segments: bool) -> [Tensor<2>; 6] {
    let sizes = [50, 20, 2];
    let tables = [0, 1, 2].map(|table| tensor([sizes[table], width], table as u64 + 1, &device()).require_grad());
    let ids = [7, 3, 1].map(|step: u32| (0..tokens as u32).map(|token| token * step).collect::<Vec<u32>>());
    let ids: [Vec<u32>; 3] =
        std::array::from_fn(|table| ids[table].iter().map(|id| id % sizes[table] as u32).collect());
    let [weight, bias] = [4, 5].map(|seed| tensor([width], seed, &device()).require_grad());
    let lookup = |table: usize| Lookup { table: tables[table].clone(), ids: &ids[table] };
    let third = segments.then(|| lookup(2));
    let y = embed(lookup(0), lookup(1), third, weight.clone(), bias.clone(), EPS);
    let gradients = (y.clone() * tensor([tokens, width], 6, &device())).sum().backward();
    let of_vector = |x: &Tensor<1>| row(x.grad(&gradients).expect("it requires a gradient"));
    let [first, second, third] =
        tables.map(|x| x.grad(&gradients).unwrap_or_else(|| Tensor::zeros(x.dims(), &Device::flex())));
    [y.inner(), first, second, third, of_vector(&weight), of_vector(&bias)]
}

fn likelihoods(rows: usize, classes: usize) -> [Tensor<2>; 2] {
    let logits = (tensor([rows, classes], 1, &device()) * 5.0).require_grad();
    let targets: Vec<u32> = (0..rows).map(|row| (row * 13 % classes) as u32).collect();
    let y = negative_log_likelihood(logits.clone(), &targets);
    let gradients = (y.clone() * tensor([rows], 2, &device())).sum().backward();
    [row(y.inner()), logits.grad(&gradients).expect("it requires a gradient")]
}

fn divergences(rows: usize, classes: usize) -> [Tensor<2>; 2] {
    let student = (tensor([rows, classes], 1, &device()) * 5.0).require_grad();
    let teacher = tensor([rows, classes], 3, &Device::flex()) * 5.0;
    let y = soft_target_divergence(student.clone(), teacher, 2.0);
    let gradients = (y.clone() * tensor([rows], 2, &device())).sum().backward();
    [row(y.inner()), student.grad(&gradients).expect("it requires a gradient")]
}

// Of two numbers a normalised row is always the same, and its gradient is nothing but what rounding leaves.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_normalized_sum_is_the_plain_one(tokens in 1_usize..80, width in 3_usize..90) {
        check("normalized sum", || normalized_sum(tokens, width));
    }

    #[test]
    fn the_embedding_is_the_plain_one(tokens in 1_usize..80, width in 3_usize..90, segments: bool) {
        check("embedding", || embedded(tokens, width, segments));
    }

    #[test]
    fn a_likelihood_is_the_plain_one(rows in 1_usize..40, classes in 1_usize..3000) {
        check("likelihood", || likelihoods(rows, classes));
    }

    #[test]
    fn a_divergence_is_the_plain_one(rows in 1_usize..40, classes in 1_usize..3000) {
        check("divergence", || divergences(rows, classes));
    }
}

#[test]
fn threads_change_no_bit() {
    let run = || {
        let words = [likelihoods(50, 999), divergences(50, 999)].concat();
        let rows = [normalized_sum(200, 48).to_vec(), embedded(200, 48, true).to_vec(), words];
        rows.concat().into_iter().map(numbers).collect::<Vec<_>>()
    };
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(run);
    assert_eq!(with(1), with(5));
}
