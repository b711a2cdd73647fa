//! What holds for every BERT, whatever its weights.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use embert_core::{Batch, BertConfig, BertForMaskedLm, BertForPreTraining, BertModel, InputError, PRESETS, Pass};
use proptest::prelude::*;

fn config() -> BertConfig {
    BertConfig { vocab_size: 40, max_position_embeddings: 16, ..BertConfig::of_size(2, 16, 4) }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-5, "{a} is not {b}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_sequence_has_the_same_vectors_alone_and_in_a_batch(
        sequences in prop::collection::vec(prop::collection::vec(0_u32..40, 1..12), 1..5)
    ) {
        let model = BertModel::new(&config(), &Device::flex(), 1);
        let ids: Vec<u32> = sequences.concat();
        let lengths = sequences.iter().map(Vec::len).collect();
        let batch = Batch::new(ids.clone(), vec![0; ids.len()], lengths).unwrap();
        let together = model.forward(&batch, &mut Pass::inference()).unwrap();
        let (hidden, pooled) = (values(together.last_hidden_state), values(together.pooler_output.unwrap()));

        let mut start = 0;
        for (row, sequence) in sequences.into_iter().enumerate() {
            let length = sequence.len();
            let batch = Batch::new(sequence, vec![0; length], vec![length]).unwrap();
            let alone = model.forward(&batch, &mut Pass::inference()).unwrap();
            assert_close(&values(alone.last_hidden_state), &hidden[start * 16..(start + length) * 16]);
            assert_close(&values(alone.pooler_output.unwrap()), &pooled[row * 16..(row + 1) * 16]);
            start += length;
        }
    }
}

#[test]
fn one_seed_gives_one_model() {
    let batch = Batch::new(vec![1, 2, 3], vec![0; 3], vec![3]).unwrap();
    let output = |seed| {
        let model = BertModel::new(&config(), &Device::flex(), seed);
        values(model.forward(&batch, &mut Pass::inference()).unwrap().last_hidden_state)
    };
    assert_eq!(output(1), output(1));
    assert_ne!(output(1), output(2));
}

#[test]
fn dropout_follows_from_its_seed_and_inference_drops_nothing() {
    let batch = Batch::new(vec![1, 2, 3], vec![0; 3], vec![3]).unwrap();
    let model = BertModel::new(&config(), &Device::flex(), 1);
    let output = |mut pass: Pass| values(model.forward(&batch, &mut pass).unwrap().last_hidden_state);
    assert_eq!(output(Pass::training(7)), output(Pass::training(7)));
    assert_ne!(output(Pass::training(7)), output(Pass::training(8)));
    assert_ne!(output(Pass::training(7)), output(Pass::inference()));
    assert_eq!(output(Pass::inference()), output(Pass::inference()));
}

#[test]
fn dropout_keeps_the_mean() {
    let ones = Tensor::<2>::ones([200, 500], &Device::flex());
    let dropped = values(Pass::training(3).drop(ones, 0.1));
    let mean = dropped.iter().sum::<f32>() / dropped.len() as f32;
    let zeros = dropped.iter().filter(|&&value| value == 0.0).count();
    // Ten standard deviations of the share of zeros among 100,000.
    assert!((zeros as f32 / 1e5 - 0.1).abs() < 0.01, "{zeros} zeros");
    assert!((mean - 1.0).abs() < 0.01, "{mean}");
}

#[test]
fn fresh_matrices_are_cut_off_at_two_standard_deviations_and_biases_are_zero() {
    let model = BertModel::new(&config(), &Device::flex(), 1);
    let tensors = embert_checkpoint::tensors_by_name(&model, &config()).unwrap();
    for tensor in tensors {
        let embert_checkpoint::Values::Float(values) = tensor.values else { unreachable!() };
        match (tensor.shape.len(), tensor.name.ends_with("LayerNorm.weight")) {
            (2, _) => assert!(values.iter().all(|value| value.abs() <= 0.04), "{}", tensor.name),
            (_, true) => assert!(values.iter().all(|&value| value == 1.0), "{}", tensor.name),
            (_, false) => assert!(values.iter().all(|&value| value == 0.0), "{}", tensor.name),
        }
    }
}

#[test]
fn an_id_that_the_model_does_not_have_is_refused() {
    let model = BertModel::new(&config(), &Device::flex(), 1);
    let refused = |ids, types, lengths| {
        let batch = Batch::new(ids, types, lengths).unwrap();
        model.forward(&batch, &mut Pass::inference()).unwrap_err().to_string()
    };
    assert_eq!(
        refused(vec![1, 40], vec![0; 2], vec![2]),
        "input_ids holds 40; the model has 40 (config.json: vocab_size), so 0 to 39 are valid"
    );
    assert!(refused(vec![1], vec![2], vec![1]).starts_with("token_type_ids holds 2"));
    assert!(refused(vec![1; 17], vec![0; 17], vec![17]).starts_with("position_ids holds 16"));
}

#[test]
fn a_batch_has_a_sequence_and_each_sequence_a_token() {
    assert_eq!(Batch::new(vec![], vec![], vec![]), Err(InputError::NoSequence));
    let empty = Batch::new(vec![1], vec![0], vec![1, 0]);
    assert_eq!(empty, Err(InputError::EmptySequence { sequence: 1 }));
    let short = Batch::new(vec![1, 2], vec![0], vec![2]);
    assert_eq!(short, Err(InputError::Length { name: "token_type_ids", expected: 2, found: 1 }));
}

#[test]
fn masked_positions_score_as_they_do_among_all() {
    let model = BertForMaskedLm::new(&config(), &Device::flex(), 1);
    let batch = Batch::new(vec![1, 2, 3, 4], vec![0; 4], vec![4]).unwrap();
    let all = values(model.forward(&batch, None, &mut Pass::inference()).unwrap());
    let some = values(model.forward(&batch, Some(&[1, 3]), &mut Pass::inference()).unwrap());
    assert_close(&some, &[&all[40..80], &all[120..160]].concat());
}

#[test]
fn the_decoder_is_the_word_embedding() {
    let device = Device::flex().autodiff();
    let model = BertForPreTraining::new(&config(), &device, 1).unwrap();
    let names: Vec<String> =
        embert_checkpoint::tensors_by_name(&model, &config()).unwrap().into_iter().map(|tensor| tensor.name).collect();
    assert!(names.contains(&"cls.predictions.bias".to_owned()));
    assert!(!names.iter().any(|name| name.contains("decoder")), "{names:?}");
}

#[test]
fn the_presets_have_the_published_numbers_of_parameters() {
    for (name, published) in PRESETS {
        let config = BertConfig::preset(name).unwrap();
        let model = BertModel::new(&config, &Device::flex(), 0);
        assert_eq!(model.num_params(), published, "{name}");
    }
    let base = BertForPreTraining::new(&BertConfig::default(), &Device::flex(), 0).unwrap();
    assert_eq!(base.num_params(), 110_106_428);
}
