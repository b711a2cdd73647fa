//! What small tasks are made of, and how they are learned.

#![allow(dead_code, unreachable_pub)] // each test uses what it needs

use burn::tensor::Device;
use embert_train::{
    Alone, BatchSize, Error, Event, InMemory, Material, Objective, OptimizerSettings, Precision, Ranks, Schedule,
    State, Training, Validation, tasks::Row,
};
use rand::{Rng, SeedableRng, rngs::StdRng};

pub const CLS: u32 = 1;
/// Words that say something, and words that do not.
pub const TELLING: [u32; 2] = [5, 6];

pub fn settings() -> Training {
    Training {
        optimizer: OptimizerSettings { bias_correction: true, ..OptimizerSettings::bert(3e-3) },
        schedule: Schedule::linear(80, 8),
        batch: BatchSize::of_examples(32),
        micro_batch_tokens: 128,
        seed: 5,
        precision: Precision::F32,
        gradient_checkpointing: false,
        log_every: 10,
        validate_every: 10,
        validation_examples: usize::MAX,
        samples: 0,
        save_every: 1000,
        patience: None,
    }
}

/// Sequences of a few words that say nothing, with those that `tell`.
pub fn sequences<T>(count: usize, seed: u64, tell: impl Fn(&mut StdRng) -> (Vec<u32>, T)) -> Vec<Row<T>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut row = || {
        let (telling, target) = tell(&mut random);
        let mut words: Vec<u32> = (0..random.random_range(1..8)).map(|_| random.random_range(10..40)).collect();
        for word in telling {
            words.insert(random.random_range(0..=words.len()), word);
        }
        let ids: Vec<u32> = std::iter::once(CLS).chain(words).collect();
        Row { type_ids: vec![0; ids.len()], ids, target }
    };
    (0..count).map(|_| row()).collect()
}

/// What a training says of its held-out examples, and where it ends.
pub fn learn<O: Objective>(
    settings: &Training,
    objective: &O,
    model: O::Model,
    examples: [Vec<O::Example>; 2],
) -> (Vec<Validation>, State<O::Model>) {
    learn_among(&Alone, settings, objective, model, examples)
}

/// The same of one among several ranks.
pub fn learn_among<O: Objective>(
    ranks: &dyn Ranks,
    settings: &Training,
    objective: &O,
    model: O::Model,
    [training, held_out]: [Vec<O::Example>; 2],
) -> (Vec<Validation>, State<O::Model>) {
    let (training, held_out, devices) = (InMemory(training), InMemory(held_out), [Device::flex()]);
    let material = Material { objective, training: &training, held_out: &held_out, devices: &devices, ranks };
    let mut validations = Vec::new();
    let listen = |event: Event<'_, O>| {
        if let Event::Validated { validation, .. } = event {
            validations.push(validation.clone());
        }
        Ok::<(), Error>(())
    };
    let state = settings.run(State::new(model, settings.optimizer), material, listen, || false).unwrap();
    (validations, state)
}

pub fn best(validations: &[Validation], figure: &str) -> f64 {
    let best = validations.iter().rfind(|validation| validation.is_best).unwrap();
    best.metrics.as_ref().unwrap().get(figure).unwrap()
}
