//! Attention over sequences that lie end to end.

use burn::tensor::{Device, Tensor, TensorData};
use embert_kernels::{AttentionPlan, attention};
use proptest::prelude::*;

const HEADS: usize = 2;
const HIDDEN_SIZE: usize = 6;

/// Rows of a tensor, `[tokens, HIDDEN_SIZE]`, from any numbers.
fn tensor(values: &[f32]) -> Tensor<2> {
    let tokens = values.len() / HIDDEN_SIZE;
    Tensor::from_data(TensorData::new(values.to_vec(), [tokens, HIDDEN_SIZE]), &Device::flex())
}

fn context(values: &[f32], lengths: &[usize], visible: &[bool]) -> Vec<f32> {
    let x = tensor(values);
    let plan = AttentionPlan::new(lengths, visible, &Device::flex());
    attention([x.clone(), x.clone() * 0.5, x * 2.0], &plan, HEADS, None).into_data().try_to_vec().unwrap()
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-5 + 1e-5 * b.abs(), "{a} is not {b}");
    }
}

/// Up to four sequences of up to five tokens, and a flag for each token.
fn batches() -> impl Strategy<Value = (Vec<usize>, Vec<f32>, Vec<bool>)> {
    prop::collection::vec(1_usize..6, 1..5).prop_flat_map(|lengths| {
        let tokens = lengths.iter().sum::<usize>();
        let values = prop::collection::vec(-3.0_f32..3.0, tokens * HIDDEN_SIZE);
        (Just(lengths), values, prop::collection::vec(any::<bool>(), tokens))
    })
}

proptest! {
    #[test]
    fn a_sequence_attends_as_if_it_were_alone((lengths, values, visible) in batches()) {
        let together = context(&values, &lengths, &visible);
        let mut start = 0;
        for &length in &lengths {
            let cells = start * HIDDEN_SIZE..(start + length) * HIDDEN_SIZE;
            let alone = context(&values[cells.clone()], &[length], &visible[start..start + length]);
            assert_close(&together[cells], &alone);
            start += length;
        }
    }

    #[test]
    fn what_is_invisible_is_not_attended_to((lengths, values, visible) in batches()) {
        let before = context(&values, &lengths, &visible);
        let mut changed = values;
        for (token, &visible) in visible.iter().enumerate().filter(|(_, visible)| !**visible) {
            assert!(!visible);
            changed[token * HIDDEN_SIZE..(token + 1) * HIDDEN_SIZE].fill(1.0);
        }
        let after = context(&changed, &lengths, &visible);
        let mut start = 0;
        for &length in &lengths {
            let tokens = start..start + length;
            start += length;
            // A row without a visible key attends to all its tokens.
            if !visible[tokens.clone()].contains(&true) {
                continue;
            }
            for token in tokens.filter(|&token| visible[token]) {
                let cells = token * HIDDEN_SIZE..(token + 1) * HIDDEN_SIZE;
                assert_close(&after[cells.clone()], &before[cells]);
            }
        }
    }
}

#[test]
fn a_sequence_without_a_visible_key_attends_uniformly() {
    let values: Vec<f32> = (0..3 * HIDDEN_SIZE).map(|value| value as f32).collect();
    let got = context(&values, &[3], &[false; 3]);
    let mean: Vec<f32> = (0..HIDDEN_SIZE)
        .map(|column| 2.0 * (0..3).map(|row| values[row * HIDDEN_SIZE + column]).sum::<f32>() / 3.0)
        .collect();
    for token in got.chunks(HIDDEN_SIZE) {
        assert_close(token, &mean);
    }
}
