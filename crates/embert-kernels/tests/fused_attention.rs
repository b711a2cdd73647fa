//! Attention without padding is that of the rectangle, in value and in gradients, at every level of instructions.

mod support;

use burn::tensor::{Device, Tensor};
use embert_kernels::{AttentionDropout, AttentionPlan, CpuLevel, attention};
use proptest::prelude::*;
use support::{assert_close, levels, numbers, tensor};

#[derive(Debug)]
struct Case {
    lengths: Vec<usize>,
    visible: Vec<bool>,
    heads: usize,
    head_size: usize,
    dropout: Option<AttentionDropout>,
}

impl Case {
    fn all_visible(lengths: Vec<usize>, heads: usize, head_size: usize) -> Self {
        Self { lengths, visible: Vec::new(), heads, head_size, dropout: None }
    }

    /// The context, and the gradients of query, key and value.
    fn run(&self) -> [Tensor<2>; 4] {
        let device = Device::flex().autodiff();
        let shape = [self.lengths.iter().sum(), self.heads * self.head_size];
        let projections = [1, 2, 3].map(|seed| tensor(shape, seed, &device).require_grad());
        let plan = AttentionPlan::new(&self.lengths, &self.visible, &device.clone().inner());
        let context = attention(projections.clone(), &plan, self.heads, self.dropout);
        let gradients = (context.clone() * tensor(shape, 4, &device)).sum().backward();
        let [query, key, value] = projections.map(|x| x.grad(&gradients).expect("it requires a gradient"));
        [context.inner(), query, key, value]
    }

    fn check(&self) {
        let plain = CpuLevel::Plain.scope(|| self.run());
        for level in levels() {
            let fused = level.scope(|| self.run());
            for ((fused, plain), what) in fused.into_iter().zip(plain.clone()).zip(["context", "query", "key", "value"])
            {
                assert_close(fused, plain, 2e-5, &format!("{what} at {level}, {:?}", self.lengths));
            }
        }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let lengths = prop::collection::vec(1_usize..70, 1..5);
    (lengths, 1_usize..5, 1_usize..70, prop::option::of((any::<u64>(), 0.0..1.0)), any::<u64>()).prop_map(
        |(lengths, heads, head_size, dropout, hidden)| {
            let tokens: usize = lengths.iter().sum();
            let visible = (0..tokens).map(|token| hidden % 3 != 0 || (hidden >> (token % 61)) & 1 == 0).collect();
            let dropout = dropout.map(|(seed, rate)| AttentionDropout { seed, rate });
            Case { lengths, visible, heads, head_size, dropout }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_fused_form_is_the_plain_one(case in cases()) {
        case.check();
    }
}

#[test]
fn one_token_attends_to_itself() {
    Case::all_visible(vec![1], 1, 1).check();
}

#[test]
fn the_longest_sequence_and_many_heads_are_as_any_other() {
    Case::all_visible(vec![512], 2, 26).check();
    Case::all_visible(vec![9, 33], 64, 3).check();
}

#[test]
fn a_thousand_sequences_of_one_token_are_their_values() {
    let device = Device::flex();
    let lengths = vec![1; 1000];
    let plan = AttentionPlan::new(&lengths, &[], &device);
    let value = tensor([1000, 24], 3, &device);
    let context =
        attention([tensor([1000, 24], 1, &device), tensor([1000, 24], 2, &device), value.clone()], &plan, 3, None);
    assert_eq!(numbers(context), numbers(value));
}

#[test]
fn a_sequence_alone_has_the_bits_that_it_has_in_a_batch() {
    let device = Device::flex();
    let x = tensor([75, 48], 1, &device);
    let run = |x: Tensor<2>, lengths: &[usize]| {
        let plan = AttentionPlan::new(lengths, &[], &device);
        numbers(attention([x.clone(), x.clone() * 0.5, x], &plan, 4, None))
    };
    let together = run(x.clone(), &[10, 60, 5]);
    assert_eq!(run(x.narrow(0, 10, 60), &[60]), together[10 * 48..70 * 48]);
}

#[test]
fn threads_change_no_bit() {
    let run = || {
        Case { dropout: Some(AttentionDropout { seed: 7, rate: 0.1 }), ..Case::all_visible(vec![30, 7, 64], 3, 20) }
            .run()
            .map(numbers)
    };
    let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(run);
    assert_eq!(with(1), with(5));
}
