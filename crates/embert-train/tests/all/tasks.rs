//! Tasks that can be learned in seconds, each with figures well above its baseline.

use std::{path::Path, sync::Arc};

use crate::support::{CLS, TELLING, best, learn, sequences, settings};
use burn::tensor::Device;
use embert_core::{
    Bert, BertConfig, BertForQuestionAnswering, BertForSequenceClassification, BertForTokenClassification, ClassNames,
    ProblemType,
};
use embert_data::tasks::{
    LabelSet,
    answers::{Answer, AnswerExample, SpanOptions, Window},
};
use embert_train::{
    Alone, BatchSize, Error, Event, InMemory, Material, Objective, OptimizerSettings, Schedule, State, Training,
    tasks::{AnswerTask, Row, SequenceTask, Target, TokenTask},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

fn config(classes: usize) -> BertConfig {
    let names = (0..classes).map(|class| format!("class {class}"));
    BertConfig {
        vocab_size: 40,
        max_position_embeddings: 16,
        id2label: Some(ClassNames::new(names)),
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..BertConfig::of_size(1, 32, 2)
    }
}

#[test]
fn a_class_is_learned() {
    let rows = |count, seed| {
        sequences(count, seed, |random| {
            let class = random.random_range(0..2);
            (vec![TELLING[class]], Target::Class(class as u32))
        })
    };
    let config = config(2);
    let objective = SequenceTask::<Bert>::new(&config);
    assert_eq!(objective.problem(), ProblemType::SingleLabelClassification);
    let model = BertForSequenceClassification::new(&config, &Device::flex(), 1);
    let (validations, _) = learn(&settings(), &objective, model, [rows(400, 1), rows(100, 2)]);
    assert!(best(&validations, "accuracy") >= 0.95, "{:?}", validations.last());
    assert!(best(&validations, "matthews_correlation") >= 0.9);
}

#[test]
fn a_number_is_learned() {
    let rows = |count, seed| {
        sequences(count, seed, |random| {
            let number = random.random_range(0..4);
            (vec![TELLING[0]; number], Target::Number(number as f32 / 2.0))
        })
    };
    let config = config(1);
    let objective = SequenceTask::<Bert>::new(&config);
    assert_eq!(objective.problem(), ProblemType::Regression);
    let model = BertForSequenceClassification::new(&config, &Device::flex(), 1);
    let (validations, _) = learn(&settings(), &objective, model, [rows(400, 1), rows(100, 2)]);
    assert!(best(&validations, "spearmanr") >= 0.8, "{:?}", validations.last());
}

#[test]
fn without_a_figure_the_best_model_is_that_of_the_lowest_loss() {
    // Of numbers that are all the same there is no correlation.
    let rows = |count, seed| sequences(count, seed, |_| (vec![TELLING[0]; 2], Target::Number(1.0)));
    let config = config(1);
    let model = BertForSequenceClassification::new(&config, &Device::flex(), 1);
    let settings = Training { patience: Some(3), validate_every: 4, ..settings() };
    let (validations, state) =
        learn(&settings, &SequenceTask::<Bert>::new(&config), model, [rows(100, 1), rows(50, 2)]);
    let figures = validations.iter().map(|validation| validation.metrics.as_ref().unwrap().get("spearmanr").unwrap());
    assert!(figures.into_iter().all(f64::is_nan));
    let losses: Vec<f64> = validations.iter().map(|validation| validation.loss).collect();
    let lowest = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(lowest < losses[0] && validations.iter().rfind(|validation| validation.is_best).unwrap().loss == lowest);
    assert_eq!((state.progress.best, state.progress.best_loss), (None, Some(lowest)));
    assert!(validations.iter().filter(|validation| validation.is_best).count() > 1);
}

#[test]
fn several_classes_are_learned() {
    let rows = |count, seed| {
        sequences(count, seed, |random| {
            // For each class a word that says so, or one that says that it does not.
            let holds: Vec<bool> = TELLING.iter().map(|_| random.random()).collect();
            let telling = TELLING.iter().zip(&holds).map(|(word, holds)| if *holds { *word } else { word + 2 });
            (telling.collect(), Target::Classes(holds))
        })
    };
    let config =
        BertConfig { problem_type: Some(ProblemType::MultiLabelClassification), initializer_range: 0.2, ..config(2) };
    let model = BertForSequenceClassification::new(&config, &Device::flex(), 1);
    let objective = SequenceTask::<Bert>::new(&config);
    let optimizer = OptimizerSettings { learning_rate: 1e-3, ..settings().optimizer };
    let settings = Training { optimizer, schedule: Schedule::linear(300, 30), ..settings() };
    let (validations, _) = learn(&settings, &objective, model, [rows(400, 1), rows(100, 2)]);
    assert!(best(&validations, "f1") >= 0.95, "{:?}", validations.last());
}

/// A name is the word 5, and the words 6 that follow it; every third word is the second piece of one, and has no tag.
fn tagged(count: usize, seed: u64) -> Vec<Row<Vec<(u32, u32)>>> {
    let rows = sequences(count, seed, |random| {
        let telling = (0..random.random_range(0..3)).map(|_| TELLING[random.random_range(0..2)]).collect();
        (telling, ())
    });
    let tags = |ids: &[u32]| {
        let mut is_inside = false;
        let mut tag = |(place, &id): (usize, &u32)| {
            let tag = match id {
                5 => 0,
                6 if is_inside => 1,
                _ => 2,
            };
            is_inside = tag < 2;
            (place > 0 && place % 3 != 0).then_some((place as u32, tag))
        };
        ids.iter().enumerate().filter_map(&mut tag).collect()
    };
    rows.into_iter().map(|Row { ids, type_ids, .. }| Row { target: tags(&ids), ids, type_ids }).collect()
}

#[test]
fn tags_are_learned() {
    let config = config(3);
    let labels = LabelSet::new(["B-NAME", "I-NAME", "O"]).unwrap();
    let objective = TokenTask::<Bert>::new(&config, labels);
    assert_eq!(objective.criterion(), Some("f1"));
    let model = BertForTokenClassification::new(&config, &Device::flex(), 1);
    let settings = Training { schedule: Schedule::linear(150, 8), ..settings() };
    let (validations, _) = learn(&settings, &objective, model, [tagged(400, 1), tagged(100, 2)]);
    assert!(best(&validations, "f1") >= 0.9, "{:?}", validations.last());
    assert!(best(&validations, "accuracy") >= 0.95);
}

/// The answer to 5 goes from the 7 in the context to the 8.
fn questions(count: usize, seed: u64) -> (Vec<AnswerExample>, Vec<Row<Arc<Window>>>) {
    let context: Vec<Row<()>> = sequences(count, seed, |_| (vec![], ()));
    let mut random = StdRng::seed_from_u64(seed);
    let question = |(number, row): (usize, Row<()>)| {
        let mut words = row.ids[1..].to_vec();
        let first = random.random_range(0..words.len());
        words.insert(first, 7);
        let last = random.random_range(first + 1..=words.len());
        words.insert(last, 8);
        // A letter a word: positions in the text are those of the words.
        let text: String = words.iter().map(|&word| char::from(b'A' + word as u8)).collect();
        let ids: Vec<u32> = [CLS, 5].into_iter().chain(words).collect();
        let answer = Answer { text: text[first..=last].to_owned(), start: first };
        let window = Window {
            example: number,
            start_position: first + 2,
            end_position: last + 2,
            cls_position: 0,
            context_offsets: (0..ids.len()).map(|place| (place > 1).then(|| (place - 2, place - 1))).collect(),
        };
        let example = AnswerExample {
            id: number.to_string(),
            question: "F".into(),
            context: text.into(),
            answers: vec![answer],
            path: Path::new("-").into(),
        };
        (example, Row { type_ids: vec![0; ids.len()], ids, target: Arc::new(window) })
    };
    context.into_iter().enumerate().map(question).unzip()
}

#[test]
fn answers_are_learned() {
    let config = config(2);
    let ((_, training), (held_out, windows)) = (questions(400, 1), questions(100, 2));
    let objective = AnswerTask::<Bert>::new(&config, held_out, SpanOptions::default());
    let model = BertForQuestionAnswering::new(&config, &Device::flex(), 1);
    let settings = Training { schedule: Schedule::linear(120, 8), ..settings() };
    let (validations, _) = learn(&settings, &objective, model, [training, windows]);
    assert!(best(&validations, "f1") >= 90.0, "{:?}", validations.last());
    assert!(best(&validations, "exact_match") >= 80.0, "{:?}", validations.last());
}

#[test]
fn a_training_that_gets_no_better_ends() {
    // Classes of which nothing tells.
    let rows = |count, seed| sequences(count, seed, |random| (vec![], Target::Class(random.random_range(0..2))));
    let config = config(2);
    let model = BertForSequenceClassification::new(&config, &Device::flex(), 1);
    let settings = Training { patience: Some(2), schedule: Schedule::linear(2000, 8), ..settings() };
    let objective = SequenceTask::<Bert>::new(&config);
    let (validations, state) = learn(&settings, &objective, model, [rows(400, 1), rows(100, 2)]);
    assert!(state.progress.step < 2000, "{:?}", state.progress);
    let since_best = validations.iter().rev().take_while(|validation| !validation.is_best).count();
    assert_eq!((since_best, state.progress.since_best), (2, 2));
    assert!(settings.is_over(&state.progress));
}

#[test]
fn batches_have_as_many_examples_as_they_may_and_a_small_file_is_one() {
    let rows = sequences(7, 1, |_| (vec![], Target::Class(0)));
    let config = config(2);
    let objective = SequenceTask::<Bert>::new(&config);
    for (examples, expected) in [(3, vec![1, 3, 3]), (100, vec![7])] {
        let settings = Training {
            batch: BatchSize::of_examples(examples),
            schedule: Schedule::linear(expected.len(), 1),
            ..settings()
        };
        let source = InMemory(rows.clone());
        let material = Material {
            objective: &objective,
            training: &source,
            held_out: &source,
            devices: &[Device::flex()],
            ranks: &Alone,
        };
        let model = BertForSequenceClassification::new(&config, &Device::flex(), 1);
        let mut sizes = Vec::new();
        let listen = |event: Event<'_, SequenceTask<Bert>>| {
            if let Event::Batch { examples, .. } = event {
                sizes.push(examples.len());
            }
            Ok::<(), Error>(())
        };
        settings.run(State::new(model, settings.optimizer), material, listen, || false).unwrap();
        sizes.sort_unstable();
        assert_eq!(sizes, expected);
    }
}
