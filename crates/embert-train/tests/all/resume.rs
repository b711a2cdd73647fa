//! A training that was stopped, and one that was not, are the same.

use std::cell::Cell;

use crate::common::{Objective, config, objective, settings, source, start, train, untimed, weights};
use burn::tensor::Device;
use embert_core::BertForPreTraining;
use embert_train::{
    Alone, Error, Event, Material, Moment, OptimizerName, OptimizerSettings, Schedule, State, Training, load_state,
    save_state,
};
use proptest::prelude::*;
use serde_json::Value;

/// Trains until `steps` steps are taken or it is over, through a checkpoint on disk.
fn train_for(
    settings: &Training,
    state: State<BertForPreTraining>,
    steps: usize,
    lines: &mut Vec<Value>,
) -> State<BertForPreTraining> {
    let dir = tempfile::tempdir().unwrap();
    let (objective, training, held_out) = (objective(), source(30), source(10));
    let devices = [Device::flex()];
    let material =
        Material { objective: &objective, training: &training, held_out: &held_out, devices: &devices, ranks: &Alone };
    let taken = Cell::new(0);
    let checkpoint = Cell::new(None);
    let tell = |event: Event<'_, Objective>| {
        match event {
            Event::Batch { .. } => taken.set(taken.get() + 1),
            Event::Step(report) => lines.push(untimed(report.to_json())),
            Event::Validated { validation, .. } => lines.push(Value::Object(validation.to_json())),
            Event::Save(snapshot) => {
                let folder = dir.path().join(snapshot.progress.step.to_string());
                save_state(snapshot, &config(0.1), &folder)?;
                checkpoint.set(Some(folder));
            }
        }
        Ok::<(), Error>(())
    };
    settings.run(state, material, tell, || taken.get() >= steps).unwrap();
    load_state(&checkpoint.take().unwrap(), settings.optimizer, &Device::flex()).unwrap().0
}

fn settings_of(name: OptimizerName, bias_correction: bool) -> Training {
    Training {
        optimizer: OptimizerSettings { name, bias_correction, ..OptimizerSettings::bert(1e-2) },
        schedule: Schedule::linear(9, 2),
        micro_batch_tokens: 70,
        log_every: 4,
        save_every: 5,
        ..settings()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn going_on_from_any_step_gives_the_bits_of_never_having_stopped(
        stops in prop::collection::vec(1_usize..5, 1..4),
        name in prop::sample::select(vec![OptimizerName::AdamW, OptimizerName::Lamb]),
        bias_correction: bool,
    ) {
        let settings = settings_of(name, bias_correction);
        let (whole, curve) = train(&settings, 0.1);
        let mut lines = Vec::new();
        let mut state = start(&settings, 0.1);
        for steps in stops {
            if state.progress.step < 9 {
                state = train_for(&settings, state, steps, &mut lines);
            }
        }
        if state.progress.step < 9 {
            state = train_for(&settings, state, 9, &mut lines);
        }
        prop_assert_eq!(lines, curve);
        prop_assert_eq!(weights(&state), weights(&whole));
        for moment in [Moment::First, Moment::Second] {
            let of = |state: &State<BertForPreTraining>| {
                let model = state.optimizer.moments(&state.model, moment);
                embert_checkpoint::tensors_by_name(&model, &config(0.1)).unwrap()
            };
            prop_assert_eq!(of(&state), of(&whole));
        }
    }
}

#[test]
fn moments_that_began_at_zero_again_would_be_seen() {
    let settings = settings_of(OptimizerName::AdamW, true);
    let (whole, _) = train(&settings, 0.1);
    let state = train_for(&settings, start(&settings, 0.1), 5, &mut Vec::new());
    let forgetful = State { optimizer: State::new(state.model.clone(), settings.optimizer).optimizer, ..state };
    let state = train_for(&settings, forgetful, 9, &mut Vec::new());
    assert_ne!(weights(&state), weights(&whole));
}

#[test]
fn moments_stand_under_the_names_of_the_weights() {
    let settings = settings();
    let (state, _) = train(&settings, 0.0);
    let names = |model: &BertForPreTraining| -> Vec<String> {
        let tensors = embert_checkpoint::tensors_by_name(model, &config(0.0)).unwrap();
        tensors.into_iter().map(|tensor| tensor.name).collect()
    };
    let second = state.optimizer.moments(&state.model, Moment::Second);
    assert_eq!(names(&second), names(&state.model));
    let tensors = embert_checkpoint::tensors_by_name(&second, &config(0.0)).unwrap();
    assert!(tensors.iter().flat_map(crate::common::floats).all(|square| *square >= 0.0));
    assert!(tensors.iter().flat_map(crate::common::floats).any(|square| *square > 0.0));
}
