//! From documents to batches to a trained model: what an example is, and that a seed decides everything.

use crate::common::{CLS, SEP, floats, settings, source, start, train, train_from, weights};
use burn::tensor::Device;
use embert_data::Example;
use embert_train::{
    BatchSize, Error, Event, OptimizerSettings, PreTrainingBatch, Precision, Schedule, Training, batches,
};
use proptest::prelude::*;

#[test]
fn an_example_is_a_masked_pair_with_its_segments() {
    for Example { ids, type_ids, masked, sentence_pair_label } in source(20).examples(1, 0).unwrap() {
        assert!(ids.len() <= 24);
        assert_eq!((ids[0], *ids.last().unwrap()), (CLS, SEP));
        let a = ids.iter().position(|id| *id == SEP).unwrap() + 1;
        assert!(type_ids[..a].iter().all(|id| *id == 0) && type_ids[a..].iter().all(|id| *id == 1));
        assert!(!masked.positions.is_empty() && masked.positions.len() == masked.originals.len());
        assert!(masked.originals.iter().all(|id| *id >= 5));
        assert!(matches!(sentence_pair_label, Some(0 | 1)));
    }
}

#[test]
fn an_epoch_follows_from_its_seed_and_number() {
    let source = source(20);
    assert_eq!(source.examples(1, 0).unwrap(), source.examples(1, 0).unwrap());
    assert_ne!(source.examples(1, 0).unwrap(), source.examples(1, 1).unwrap());
    assert_ne!(source.examples(1, 0).unwrap(), source.examples(2, 0).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_example_is_in_one_batch_and_no_batch_is_too_large(budget in 1_usize..200, seed: u64) {
        let mut examples = source(20).examples(seed, 0).unwrap();
        let batches = batches(examples.clone(), BatchSize::of_tokens(budget), (seed, 0, 0));
        for batch in &batches {
            let tokens: usize = batch.iter().map(|example| example.ids.len()).sum();
            prop_assert!(tokens <= budget || batch.len() == 1);
        }
        let mut dealt: Vec<Example> = batches.into_iter().flatten().collect();
        let key = |example: &Example| (example.ids.clone(), example.masked.positions.clone());
        examples.sort_by_key(key);
        dealt.sort_by_key(key);
        prop_assert_eq!(examples, dealt);
    }
}

#[test]
fn a_batch_points_at_the_masked_tokens_of_all_its_sequences() {
    let examples = source(20).examples(1, 0).unwrap();
    let batch = PreTrainingBatch::new(&examples[..3]).unwrap();
    let ids: Vec<u32> = examples[..3].iter().flat_map(|example| example.ids.clone()).collect();
    let at = |example: &Example| example.masked.positions.iter().map(|p| example.ids[*p as usize]).collect::<Vec<_>>();
    let expected: Vec<u32> = examples[..3].iter().flat_map(at).collect();
    assert_eq!(batch.positions.iter().map(|position| ids[*position as usize]).collect::<Vec<_>>(), expected);
    assert_eq!(batch.originals.len(), batch.positions.len());
    assert_eq!(batch.sentence_pair_labels.len(), 3);
    assert!(PreTrainingBatch::new(&[]).is_err());
}

#[test]
fn a_step_in_pieces_is_the_step_of_the_whole_batch() {
    let whole = weights(&train(&settings(), 0.0).0);
    let in_pieces = weights(&train(&Training { micro_batch_tokens: 50, ..settings() }, 0.0).0);
    for (whole, in_pieces) in whole.iter().zip(&in_pieces) {
        // AdamW makes full steps of the rounding noise that is a key bias's gradient.
        let tolerance = if whole.name.ends_with("key.bias") { 1e-2 } else { 1e-4 };
        for (a, b) in floats(whole).iter().zip(floats(in_pieces)) {
            assert!((a - b).abs() <= tolerance, "{}: {a} is not {b}", whole.name);
        }
    }
}

#[test]
fn a_run_has_the_same_bits_again_and_for_any_number_of_threads() {
    let settings = Training { micro_batch_tokens: 50, ..settings() };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (state, lines) = pool.install(|| train(&settings, 0.1));
        (weights(&state), lines)
    };
    let one = on(1);
    assert_eq!(one, on(1));
    assert_eq!(one, on(3));
}

#[test]
fn two_devices_give_the_bits_of_one() {
    let settings = Training { micro_batch_tokens: 50, ..settings() };
    let on = |devices: &[Device]| weights(&train_from(&settings, start(&settings, 0.1), devices, |_| ()).unwrap());
    assert_eq!(on(&[Device::flex()]), on(&[Device::flex(), Device::flex()]));
}

#[test]
fn recomputing_on_the_way_back_changes_no_bit() {
    let again = Training { gradient_checkpointing: true, ..settings() };
    assert_eq!(weights(&train(&settings(), 0.1).0), weights(&train(&again, 0.1).0));
}

#[test]
fn bf16_learns_as_f32_does_and_weights_stay_f32() {
    let steps = Training {
        schedule: Schedule::linear(30, 3),
        log_every: 1,
        optimizer: OptimizerSettings::bert(1e-2),
        ..settings()
    };
    let last_loss = |lines: &[serde_json::Value]| lines[lines.len() - 1]["valid_loss"].as_f64().unwrap();
    let (_, in_f32) = train(&steps, 0.0);
    let (state, in_bf16) = train(&Training { precision: Precision::Bf16, ..steps.clone() }, 0.0);
    let (first, f32, bf16) = (in_f32[0]["loss"].as_f64().unwrap(), last_loss(&in_f32), last_loss(&in_bf16));
    assert!(f32 < first - 0.1 && (f32 - bf16).abs() < 0.1, "{first}, then {f32} and {bf16}");
    // A bf16 weight could not hold these.
    assert!(weights(&state).iter().flat_map(floats).any(|weight| weight.to_bits() & 0xffff != 0));
}

#[test]
fn what_happens_is_told_in_order() {
    let mut told = Vec::new();
    train_from(&settings(), start(&settings(), 0.1), &[Device::flex()], |event| match event {
        Event::Step(report) => told.push(("step", report.step)),
        Event::Validated { validation, samples, .. } => {
            assert_eq!(samples.len(), 2);
            for sample in samples {
                assert_eq!(sample.guesses.len(), sample.example.masked.positions.len());
            }
            told.push(("validated", validation.step));
        }
        Event::Save(snapshot) => told.push(("save", snapshot.progress.step)),
        Event::Batch { .. } => {}
    })
    .unwrap();
    let expected =
        [("save", 0), ("step", 2), ("save", 2), ("validated", 3), ("step", 4), ("validated", 4), ("save", 4)];
    assert_eq!(told, expected);
}

#[test]
fn a_setting_that_no_training_can_have_is_an_error_that_names_it() {
    let refusal = |settings: Training| {
        train_from(&settings, start(&settings, 0.1), &[Device::flex()], |_| ()).unwrap_err().to_string()
    };
    assert_eq!(refusal(Training { log_every: 0, ..settings() }), "log every is 0; 1 or more is expected");
    let micro = Training { micro_batch_tokens: 0, ..settings() };
    assert_eq!(refusal(micro), "micro batch tokens is 0; 1 or more is expected");
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let optimizer = OptimizerSettings::bert(rate);
        assert!(refusal(Training { optimizer, ..settings() }).starts_with("the learning rate is"));
    }
}

#[test]
fn fewer_tokens_than_a_step_takes_are_an_error() {
    let large = Training { batch: BatchSize::of_tokens(1_000_000), ..settings() };
    let error = train_from(&large, start(&large, 0.0), &[Device::flex()], |_| ()).unwrap_err();
    assert!(matches!(error, Error::SmallerThanABatch { batch_tokens: 1_000_000, .. }), "{error}");
}

#[test]
fn a_loss_that_is_no_number_stops_the_training_before_the_weights_change() {
    let wild =
        Training { optimizer: OptimizerSettings { epsilon: 0.0, ..OptimizerSettings::bert(1e30) }, ..settings() };
    let mut saved = 0;
    let error = train_from(&wild, start(&wild, 0.0), &[Device::flex()], |event| {
        if let Event::Save(snapshot) = event {
            saved = snapshot.progress.step;
            assert!(weights_are_finite(snapshot.model));
        }
    })
    .unwrap_err();
    let Error::NotFinite { step, .. } = error else { panic!("{error}") };
    assert!(step > saved, "{error}");
    assert!(error.to_string().contains("epoch 0, batch"), "{error}");
}

fn weights_are_finite(model: &embert_core::BertForPreTraining) -> bool {
    let tensors = embert_checkpoint::tensors_by_name(model, &crate::common::config(0.0)).unwrap();
    tensors.iter().flat_map(floats).all(|weight| weight.is_finite())
}
