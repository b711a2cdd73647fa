//! A small world to train on.

#![allow(dead_code, reason = "each test binary uses a part")]

use burn::tensor::Device;
use embert_checkpoint::{NamedTensor, Values, tensors_by_name};
use embert_core::{Bert, BertConfig, BertForPreTraining};
use embert_data::{Form, Template, TokenizedDocument, pairs::PairConfig};
use embert_objectives::{
    losses::SentencePair,
    masking::{MaskingConfig, MaskingVocabulary},
};
use embert_train::{
    Alone, BatchSize, Error, Event, ExampleSource, Material, OptimizerSettings, PreTraining, Precision, Schedule,
    State, Training,
};
use serde_json::Value;

pub(crate) const CLS: u32 = 2;
pub(crate) const SEP: u32 = 3;
pub(crate) const MASK: u32 = 4;
pub(crate) const VOCABULARY: u32 = 30;

pub(crate) type Objective = PreTraining<Bert>;

/// Documents of three to five sentences, each of words that are its own.
pub(crate) fn source(documents: u32) -> ExampleSource {
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

pub(crate) fn settings() -> Training {
    Training {
        optimizer: OptimizerSettings::bert(1e-3),
        schedule: Schedule::linear(4, 1),
        batch: BatchSize::of_tokens(200),
        micro_batch_tokens: 200,
        seed: 5,
        precision: Precision::F32,
        gradient_checkpointing: false,
        log_every: 2,
        validate_every: 3,
        validation_examples: 20,
        samples: 2,
        save_every: 2,
        patience: None,
    }
}

pub(crate) fn config(dropout: f64) -> BertConfig {
    BertConfig {
        vocab_size: VOCABULARY as usize,
        max_position_embeddings: 24,
        hidden_dropout_prob: dropout,
        attention_probs_dropout_prob: dropout,
        ..BertConfig::of_size(2, 16, 2)
    }
}

pub(crate) fn objective() -> Objective {
    PreTraining::new(&config(0.0), SentencePair::NextSentence)
}

pub(crate) fn start(settings: &Training, dropout: f64) -> State<BertForPreTraining> {
    let model = BertForPreTraining::new(&config(dropout), &Device::flex(), 1).unwrap();
    State::new(model, settings.optimizer)
}

/// Trains to the end, and tells each event.
pub(crate) fn train_from(
    settings: &Training,
    state: State<BertForPreTraining>,
    devices: &[Device],
    mut on_event: impl FnMut(Event<'_, Objective>),
) -> Result<State<BertForPreTraining>, Error> {
    let (objective, training, held_out) = (objective(), source(30), source(10));
    let material = Material { objective: &objective, training: &training, held_out: &held_out, devices, ranks: &Alone };
    let told = |event: Event<'_, Objective>| {
        on_event(event);
        Ok::<(), Error>(())
    };
    settings.run(state, material, told, || false)
}

/// The lines of a training's metrics without its times.
pub(crate) fn untimed(mut line: Value) -> Value {
    for time in ["tokens_per_second", "gflops_per_second"] {
        line.as_object_mut().and_then(|line| line.remove(time));
    }
    line
}

/// The end of a training from the beginning, and its metrics.
pub(crate) fn train(settings: &Training, dropout: f64) -> (State<BertForPreTraining>, Vec<Value>) {
    let mut lines = Vec::new();
    let state = train_from(settings, start(settings, dropout), &[Device::flex()], |event| match event {
        Event::Step(report) => lines.push(untimed(report.to_json())),
        Event::Validated { validation, .. } => lines.push(Value::Object(validation.to_json())),
        Event::Batch { .. } | Event::Save(_) => {}
    });
    (state.unwrap(), lines)
}

pub(crate) fn weights(state: &State<BertForPreTraining>) -> Vec<NamedTensor> {
    tensors_by_name(&state.model, &config(0.0)).unwrap()
}

pub(crate) fn floats(tensor: &NamedTensor) -> &[f32] {
    let Values::Float(values) = &tensor.values else { panic!("{}", tensor.name) };
    values
}
