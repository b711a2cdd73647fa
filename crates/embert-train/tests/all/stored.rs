//! Training from examples on disk.

use std::path::Path;

use burn::tensor::Device;
use embert_checkpoint::tensors_by_name;
use embert_core::{BertConfig, BertForPreTraining};
use embert_data::{
    Microworld,
    store::{Dataset, MaskingTime, Settings, build},
    vocabulary_of,
};
use embert_objectives::losses::SentencePair;
use embert_tokenizer::Tokenizer;
use embert_train::{
    Alone, BatchSize, Batches, Error, Event, Material, OptimizerSettings, PreTraining, Precision, Schedule, Source,
    State, StoredExamples, Training,
};
use serde_json::json;

fn stored(dir: &Path) -> StoredExamples {
    let path = "../embert-tokenizer/tests/reference/wordpiece_uncased";
    let tokenizer = Tokenizer::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let settings = Settings { max_length: 48, masking_time: MaskingTime::Dynamic, ..Settings::bert() };
    let world = Microworld::new(1);
    let documents = (0..60).map(|index| Ok(world.document(index)));
    build(documents, json!("the world"), &tokenizer, &settings, dir, |_| {}).unwrap();
    StoredExamples { dataset: Dataset::open(dir).unwrap(), vocabulary: vocabulary_of(&tokenizer).unwrap() }
}

#[test]
fn an_epoch_of_batches_has_every_example_once_and_the_next_one_follows() {
    let dir = tempfile::tempdir().unwrap();
    let source = stored(dir.path());
    let count = source.dataset.len() as usize;
    let mut batches = Batches::new(&source, BatchSize::of_tokens(500), 7);
    for epoch in 0..2 {
        let mut dealt = Vec::new();
        while dealt.len() < count {
            let batch = batches.next_batch().unwrap();
            assert!(batch.iter().map(|example| example.ids.len()).sum::<usize>() <= 500);
            dealt.extend(batch);
        }
        let mut examples: Vec<_> = source.epoch(7, epoch, 0).unwrap().collect::<Result<_, _>>().unwrap();
        examples.sort_by(|a, b| a.ids.cmp(&b.ids));
        dealt.sort_by(|a, b| a.ids.cmp(&b.ids));
        assert_eq!(dealt, examples);
    }
}

#[test]
fn batches_go_on_where_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let source = stored(dir.path());
    let mut whole = Batches::new(&source, BatchSize::of_tokens(500), 7);
    for _ in 0..60 {
        let mut rest = Batches::at(&source, BatchSize::of_tokens(500), 7, whole.position()).unwrap();
        let next = whole.next_batch().unwrap();
        assert_eq!(rest.next_batch().unwrap(), next);
        assert_eq!(rest.position(), whole.position());
    }
    assert!(whole.position().epoch > 0);
}

#[test]
fn a_model_learns_from_what_is_on_disk_the_same_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let source = stored(dir.path());
    let config = BertConfig {
        vocab_size: source.vocabulary.vocab_size() as usize,
        max_position_embeddings: 48,
        ..BertConfig::of_size(1, 16, 2)
    };
    let settings = Training {
        optimizer: OptimizerSettings::bert(1e-2),
        schedule: Schedule::linear(20, 2),
        batch: BatchSize::of_tokens(1000),
        micro_batch_tokens: 500,
        seed: 5,
        precision: Precision::F32,
        gradient_checkpointing: false,
        log_every: 1,
        validate_every: 100,
        validation_examples: 20,
        samples: 0,
        save_every: 100,
        patience: None,
    };
    let objective = PreTraining::new(&config, SentencePair::NextSentence);
    let devices = [Device::flex()];
    let train = || {
        let model = BertForPreTraining::new(&config, &Device::flex(), 1).unwrap();
        let mut losses = Vec::new();
        let material =
            Material { objective: &objective, training: &source, held_out: &source, devices: &devices, ranks: &Alone };
        let tell = |event: Event<'_, _>| {
            if let Event::Step(report) = event {
                losses.push(report.loss);
            }
            Ok::<(), Error>(())
        };
        let state = settings.run(State::new(model, settings.optimizer), material, tell, || false).unwrap();
        (tensors_by_name(&state.model, &config).unwrap(), losses)
    };
    let (first, second) = (train(), train());
    assert_eq!(first, second);
    assert!(first.1[19] < first.1[0] - 0.5, "{:?}", first.1);
}
