//! From documents to batches to a trained model: what an example is, and that a seed decides everything.

use burn::tensor::Device;
use embert_checkpoint::{NamedTensor, Values, tensors_by_name};
use embert_core::{BertConfig, BertForPreTraining};
use embert_data::{Example, Form, Template, TokenizedDocument, pairs::PairConfig};
use embert_objectives::masking::{MaskingConfig, MaskingVocabulary};
use embert_train::{AdamWSettings, Event, ExampleSource, LinearSchedule, PreTrain, PreTrainingBatch, batches};
use proptest::prelude::*;

const CLS: u32 = 2;
const SEP: u32 = 3;
const MASK: u32 = 4;
const VOCABULARY: u32 = 30;

/// Documents of three to five sentences, each of words that are its own.
fn source(documents: u32) -> ExampleSource {
    let sentence = |document: u32, index: u32| (0..3 + index).map(|word| 5 + (document * 7 + word) % 25).collect();
    ExampleSource {
        documents: (0..documents)
            .map(|document| TokenizedDocument {
                sentences: (0..3 + document % 3).map(|index| sentence(document, index)).collect(),
            })
            .collect(),
        form: Form::Pairs(PairConfig::next_sentence(24, Template::bert(CLS, SEP))),
        masking: MaskingConfig::default(),
        vocabulary: MaskingVocabulary::new(VOCABULARY, MASK, 0..5).unwrap(),
    }
}

fn settings() -> PreTrain {
    PreTrain {
        schedule: LinearSchedule { peak: 1e-3, warmup_steps: 1, total_steps: 4 },
        adamw: AdamWSettings::default(),
        max_grad_norm: 1.0,
        batch_tokens: 200,
        piece_tokens: 200,
        seed: 5,
        log_every: 2,
        validate_every: 3,
        validation_examples: 20,
    }
}

/// Without dropout, whose masks are a piece's own.
fn config(dropout: f64) -> BertConfig {
    BertConfig {
        vocab_size: VOCABULARY as usize,
        max_position_embeddings: 24,
        hidden_dropout_prob: dropout,
        attention_probs_dropout_prob: dropout,
        ..BertConfig::of_size(2, 16, 2)
    }
}

fn model(dropout: f64) -> BertForPreTraining {
    BertForPreTraining::new(&config(dropout), &Device::flex(), 1).unwrap()
}

fn weights(settings: &PreTrain, dropout: f64) -> Vec<NamedTensor> {
    let outcome = settings.run(model(dropout), &source(30), &source(10), &Device::flex(), |_| {}).unwrap();
    tensors_by_name(&outcome.model, &config(dropout)).unwrap()
}

fn floats(tensor: &NamedTensor) -> &[f32] {
    let Values::Float(values) = &tensor.values else { panic!("{}", tensor.name) };
    values
}

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
        let batches = batches(examples.clone(), budget, (seed, 0, 0));
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
    let whole = weights(&settings(), 0.0);
    let in_pieces = weights(&PreTrain { piece_tokens: 50, ..settings() }, 0.0);
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
    let settings = PreTrain { piece_tokens: 50, ..settings() };
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| weights(&settings, 0.1))
    };
    let one = on(1);
    assert_eq!(one, on(1));
    assert_eq!(one, on(3));
}

#[test]
fn what_happens_is_told_in_order() {
    let mut told = Vec::new();
    settings()
        .run(model(0.1), &source(30), &source(10), &Device::flex(), |event| {
            told.push(match event {
                Event::Step(report) => ("step", report.step),
                Event::Validated(validation) => ("validated", validation.step),
            });
        })
        .unwrap();
    assert_eq!(told, [("step", 2), ("validated", 3), ("step", 4), ("validated", 4)]);
}

#[test]
fn a_setting_that_no_training_can_have_is_an_error_that_names_it() {
    let refusal = |settings: PreTrain| {
        settings.run(model(0.1), &source(30), &source(10), &Device::flex(), |_| {}).unwrap_err().to_string()
    };
    assert_eq!(refusal(PreTrain { log_every: 0, ..settings() }), "log every is 0; 1 or more is expected");
    assert_eq!(refusal(PreTrain { piece_tokens: 0, ..settings() }), "piece tokens is 0; 1 or more is expected");
    let schedule = LinearSchedule { peak: f64::NAN, warmup_steps: 1, total_steps: 4 };
    assert!(refusal(PreTrain { schedule, ..settings() }).starts_with("the learning rate is NaN"));
}
