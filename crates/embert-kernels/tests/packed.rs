//! A packed map is the plain one, at every level of instructions.

mod support;

use burn::tensor::{Device, Tensor};
use embert_kernels::{Activation, ComputeType, CpuLevel, PackedLinear, linear};
use proptest::prelude::*;
use support::{assert_close, levels, numbers, tensor};

const ACTIVATIONS: [Option<Activation>; 6] = [
    None,
    Some(Activation::Gelu),
    Some(Activation::GeluTanh),
    Some(Activation::Relu),
    Some(Activation::Silu),
    Some(Activation::Tanh),
];

struct Map {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl Map {
    fn new(inputs: usize, outputs: usize, seed: u64) -> Self {
        let device = Device::flex();
        // As wide as leaves the outputs about as large as the inputs.
        let weight = tensor([outputs, inputs], seed, &device) / (inputs as f32).sqrt();
        Self { weight, bias: tensor([outputs], seed + 1, &device) }
    }

    fn packed(&self, compute: ComputeType) -> PackedLinear {
        PackedLinear::new(self.weight.clone(), self.bias.clone(), compute).expect("flex has a packed form")
    }

    fn plain(&self, x: Tensor<2>, activation: Option<Activation>) -> Tensor<2> {
        CpuLevel::Plain.scope(|| {
            let y = linear(x, self.weight.clone(), Some(self.bias.clone()));
            activation.map_or(y.clone(), |activation| activation.forward(y))
        })
    }
}

/// What a compute type may be wrong by, relative to the largest output.
fn tolerance(compute: ComputeType) -> f32 {
    match compute {
        ComputeType::F32 => 1e-5,
        ComputeType::F16 => unreachable!("it is not packed"),
        ComputeType::Bf16 => 2e-2,
        ComputeType::Int8 => 4e-2,
    }
}

fn check(rows: usize, inputs: usize, outputs: usize, activation: Option<Activation>) {
    let map = Map::new(inputs, outputs, 3);
    let x = tensor([rows, inputs], 5, &Device::flex());
    let plain = map.plain(x.clone(), activation);
    for level in levels() {
        for compute in ComputeType::PACKED {
            let packed = level.scope(|| map.packed(compute).forward(x.clone(), activation));
            let what = format!("{rows}x{inputs}x{outputs}, {compute} at {level}, {activation:?}");
            assert_close(packed, plain.clone(), tolerance(compute), &what);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_packed_map_is_the_plain_one(
        rows in 0_usize..40, inputs in 1_usize..150, outputs in 1_usize..200, activation in 0..ACTIVATIONS.len(),
    ) {
        check(rows, inputs, outputs, ACTIVATIONS[activation]);
    }
}

#[test]
fn more_rows_and_inputs_than_a_block_has_are_summed_up_whole() {
    check(300, 401, 70, None);
    check(7, 1600, 65, Some(Activation::Gelu));
}

#[test]
fn three_maps_in_one_go_are_three_maps() {
    let maps = [1, 2, 3].map(|seed| Map::new(40, 30 + seed as usize, seed));
    let x = tensor([21, 40], 9, &Device::flex());
    for level in levels() {
        level.scope(|| {
            for compute in ComputeType::PACKED {
                let packed = maps.each_ref().map(|map| map.packed(compute));
                let [first, second, third] = &packed;
                let together = PackedLinear::forward_three([first, second, third], x.clone());
                for (packed, together) in packed.iter().zip(together) {
                    assert_eq!(numbers(packed.forward(x.clone(), None)), numbers(together));
                }
            }
        });
    }
}

#[test]
fn a_row_alone_has_the_bits_that_it_has_among_others_whatever_the_threads() {
    let map = Map::new(130, 190, 1);
    let x = tensor([600, 130], 2, &Device::flex());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build().expect("a pool");
    for level in levels() {
        for compute in ComputeType::PACKED {
            let packed = level.scope(|| map.packed(compute));
            let run = |x: Tensor<2>| numbers(packed.forward(x, None));
            let all = run(x.clone());
            assert_eq!(run(x.clone().narrow(0, 555, 1)), all[555 * 190..556 * 190], "{compute} at {level}");
            assert_eq!(pool.install(|| run(x.clone())), all, "{compute} at {level}");
        }
    }
}

#[test]
fn sums_of_bytes_are_the_same_at_every_level() {
    let map = Map::new(130, 190, 1);
    let x = tensor([60, 130], 2, &Device::flex());
    let mut all = levels().map(|level| level.scope(|| numbers(map.packed(ComputeType::Int8).forward(x.clone(), None))));
    let portable = all.next().expect("the portable level");
    all.for_each(|other| assert_eq!(other, portable));
}

#[test]
fn rows_of_zeros_give_the_bias_in_every_type() {
    let map = Map::new(20, 30, 1);
    for compute in ComputeType::PACKED {
        let y = map.packed(compute).forward(Tensor::zeros([2, 20], &Device::flex()), None);
        assert_eq!(numbers(y), [numbers(map.bias.clone()), numbers(map.bias.clone())].concat());
    }
}

#[test]
fn what_is_no_number_stays_none_in_every_type() {
    let (map, mut broken) = (Map::new(20, 3, 1), Map::new(20, 3, 1));
    broken.weight = broken.weight.slice_assign([1..2, 7..8], Tensor::full([1, 1], f32::NAN, &Device::flex()));
    let x = tensor([2, 20], 5, &Device::flex());
    let broken_x = x.clone().slice_assign([1..2, 4..5], Tensor::full([1, 1], f32::NAN, &Device::flex()));
    for level in levels() {
        for compute in ComputeType::PACKED {
            level.scope(|| {
                let is_none = |y: Tensor<2>| numbers(y).into_iter().map(f32::is_nan).collect::<Vec<_>>();
                let of_row = is_none(map.packed(compute).forward(broken_x.clone(), None));
                assert_eq!(of_row, [false, false, false, true, true, true], "{compute} at {level}");
                let of_column = is_none(broken.packed(compute).forward(x.clone(), None));
                assert_eq!(of_column, [false, true, false, false, true, false], "{compute} at {level}");
            });
        }
    }
}

#[test]
fn bytes_take_a_quarter_of_the_memory() {
    let map = Map::new(768, 768, 1);
    let [f32, _, int8] = ComputeType::PACKED.map(|compute| map.packed(compute).bytes());
    assert_eq!(f32, 768 * 769 * 4);
    let words_of_bytes = CpuLevel::current() >= CpuLevel::Avx512Vnni;
    assert!(!words_of_bytes || int8 < f32 / 3, "{int8}");
}
