//! Ranks that share a training take the steps that one process takes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier, Mutex, PoisonError},
};

use crate::common::{Objective, objective, settings, source, start, untimed, weights};
use burn::tensor::Device;
use embert_checkpoint::NamedTensor;
use embert_train::{Error, Event, Material, Progress, Ranks, Training};
use proptest::prelude::*;
use serde_json::Value;

/// Ranks that are threads, and what they have to say to each other.
#[derive(Debug)]
pub(crate) struct Threads {
    rank: usize,
    said: Arc<(Mutex<Vec<Vec<u8>>>, Barrier)>,
}

impl Threads {
    /// What each of so many ranks comes to.
    pub(crate) fn each<T: Send>(count: usize, run: impl Fn(&dyn Ranks) -> T + Sync) -> Vec<T> {
        let said = Arc::new((Mutex::new(vec![Vec::new(); count]), Barrier::new(count)));
        let (said, run) = (&said, &run);
        std::thread::scope(|scope| {
            let start = |rank| {
                scope.spawn(move || {
                    let came = catch_unwind(AssertUnwindSafe(|| run(&Self { rank, said: Arc::clone(said) })));
                    // The others would wait for it.
                    came.unwrap_or_else(|_| std::process::abort())
                })
            };
            let threads: Vec<_> = (0..count).map(start).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    /// What all said, in the ranks' order, when all have.
    fn hear(&self, words: Vec<u8>) -> Vec<Vec<u8>> {
        let (said, all) = &*self.said;
        said.lock().unwrap_or_else(PoisonError::into_inner)[self.rank] = words;
        all.wait();
        let heard = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.wait();
        heard
    }
}

impl Ranks for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn count(&self) -> usize {
        self.said.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn sum(&self, numbers: &mut [f32]) -> Result<(), Error> {
        let words = self.hear(numbers.iter().flat_map(|number| number.to_le_bytes()).collect());
        numbers.fill(0.0);
        for words in words {
            let theirs = words.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
            numbers.iter_mut().zip(theirs).for_each(|(sum, number)| *sum += number);
        }
        Ok(())
    }

    fn hear_first(&self, said: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(self.hear(said).swap_remove(0))
    }
}

/// What a rank told, and where it came to.
struct Came {
    lines: Vec<Value>,
    progress: Progress,
    weights: Vec<NamedTensor>,
}

/// Trains with so many ranks, of which the last wants to stop after so many steps.
fn train(settings: &Training, count: usize, dropout: f64, steps: usize) -> Vec<Came> {
    Threads::each(count, |ranks| {
        let (objective, training, held_out) = (objective(), source(30), source(10));
        let devices = [Device::flex()];
        let material =
            Material { objective: &objective, training: &training, held_out: &held_out, devices: &devices, ranks };
        let mut lines = Vec::new();
        let tell = |event: Event<'_, Objective>| {
            match event {
                Event::Step(report) => lines.push(untimed(report.to_json())),
                Event::Validated { validation, .. } => lines.push(Value::Object(validation.to_json())),
                Event::Batch { .. } | Event::Save(_) => {}
            }
            Ok::<(), Error>(())
        };
        let asked = std::cell::Cell::new(0);
        let stop = || ranks.rank() + 1 == count && asked.replace(asked.get() + 1) >= steps;
        let state = settings.run(start(settings, dropout), material, tell, stop).unwrap();
        Came { lines, progress: state.progress.clone(), weights: weights(&state) }
    })
}

fn in_pieces(micro_batch_tokens: usize) -> Training {
    Training { micro_batch_tokens, ..settings() }
}

/// The numbers of two curves are those of one.
fn assert_alike(ours: &[Value], theirs: &[Value]) -> Result<(), TestCaseError> {
    prop_assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (key, ours) in ours.as_object().unwrap() {
            let (Some(ours), Some(theirs)) = (ours.as_f64(), theirs[key].as_f64()) else {
                prop_assert_eq!(ours, &theirs[key]);
                continue;
            };
            prop_assert!((ours - theirs).abs() < 1e-5, "{key}: {ours} and {theirs}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn any_number_of_ranks_has_the_losses_of_one(count in 2_usize..6, piece_tokens in 20_usize..120) {
        let settings = in_pieces(piece_tokens);
        let mut alone = train(&settings, 1, 0.1, usize::MAX);
        let mut ranks = train(&settings, count, 0.1, usize::MAX);
        let (alone, first) = (alone.remove(0), ranks.remove(0));
        assert_alike(&first.lines, &alone.lines)?;
        for other in ranks {
            prop_assert_eq!(other.lines.len(), 0);
            prop_assert_eq!(&other.progress, &first.progress);
            prop_assert_eq!(&other.weights, &first.weights);
        }
    }
}

#[test]
fn bf16_is_that_of_one_rank() {
    let settings = Training { precision: embert_train::Precision::Bf16, ..in_pieces(50) };
    let alone = train(&settings, 1, 0.1, usize::MAX).remove(0);
    let ranks = train(&settings, 3, 0.1, usize::MAX);
    assert_alike(&ranks[0].lines, &alone.lines).unwrap();
    assert!(ranks.iter().all(|rank| rank.weights == ranks[0].weights));
}

#[test]
fn ranks_without_a_piece_take_the_same_steps() {
    let settings = in_pieces(200); // one piece a step
    let alone = train(&settings, 1, 0.1, usize::MAX).remove(0);
    for rank in train(&settings, 3, 0.1, usize::MAX) {
        assert_eq!(rank.weights, alone.weights);
    }
}

#[test]
fn one_that_wants_to_stop_stops_all() {
    for rank in train(&in_pieces(50), 3, 0.0, 2) {
        assert_eq!(rank.progress.step, 2);
    }
}

#[test]
fn the_first_ranks_patience_ends_all() {
    let rate = crate::common::settings().optimizer;
    let optimizer = embert_train::OptimizerSettings { learning_rate: 1e-12, ..rate };
    let settings = Training { optimizer, patience: Some(1), validate_every: 1, ..in_pieces(50) };
    let ends: Vec<usize> = train(&settings, 3, 0.0, usize::MAX).iter().map(|rank| rank.progress.step).collect();
    assert!(ends[0] < 4 && ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}
