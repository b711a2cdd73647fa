//! A student and its teacher, in the loop.

use crate::{
    common::{config, settings, source},
    ranks::Threads,
};
use burn::tensor::Device;
use embert_core::{Bert, BertConfig, BertForMaskedLm, ComputeType, ForInference};
use embert_objectives::losses::{Distillation, LayerMap};
use embert_train::{Alone, Distil, Error, Event, Material, Ranks, State, StepReport, Training};

fn model(config: &BertConfig, seed: u64) -> BertForMaskedLm {
    BertForMaskedLm::new(config, &Device::flex(), seed)
}

fn objective(loss: Distillation, student: &BertConfig, teacher: &BertConfig) -> Result<Distil<Bert>, Error> {
    let of_teacher = model(teacher, 2).for_inference(ComputeType::F32).unwrap();
    Distil::new(loss, LayerMap::Last, student, teacher, vec![(Device::flex(), of_teacher)])
}

/// The first step of a training.
fn train(settings: &Training, objective: &Distil<Bert>, student: BertForMaskedLm) -> StepReport {
    train_among(&Alone, settings, objective, student).swap_remove(0)
}

/// The steps of a training, on its first rank.
fn train_among(
    ranks: &dyn Ranks,
    settings: &Training,
    objective: &Distil<Bert>,
    student: BertForMaskedLm,
) -> Vec<StepReport> {
    let (training, held_out, devices) = (source(30), source(10), [Device::flex()]);
    let material = Material { objective, training: &training, held_out: &held_out, devices: &devices, ranks };
    let mut reports = Vec::new();
    let listen = |event: Event<'_, Distil<Bert>>| {
        if let Event::Step(report) = event {
            reports.push(report.clone());
        }
        Ok::<(), Error>(())
    };
    settings.run(State::new(student, settings.optimizer), material, listen, || false).unwrap();
    reports
}

fn part(report: &StepReport, name: &str) -> f64 {
    report.parts.iter().find(|part| part.name == name).unwrap().loss
}

#[test]
fn the_loss_is_five_times_the_teachers_words_twice_the_masked_ones_and_the_angle() {
    let (student, teacher) = (BertConfig { num_hidden_layers: 1, ..config(0.0) }, config(0.0));
    let settings = Training { log_every: 1, ..settings() };
    let objective = objective(Distillation::default(), &student, &teacher).unwrap();
    let report = train(&settings, &objective, model(&student, 1));
    let sum = 5.0 * part(&report, "ce") + 2.0 * part(&report, "mlm") + part(&report, "cos");
    assert!((report.loss - sum).abs() < 1e-9, "{} is not {sum}", report.loss);
}

#[test]
fn a_batch_has_the_same_loss_whole_and_in_pieces() {
    let (student, teacher) = (BertConfig { num_hidden_layers: 1, ..config(0.0) }, config(0.0));
    for restrict_ce_to_mask in [false, true] {
        let loss = Distillation { alpha_mse: 0.5, restrict_ce_to_mask, ..Distillation::default() };
        let objective = objective(loss, &student, &teacher).unwrap();
        let whole = Training { log_every: 1, ..settings() };
        let pieces = Training { micro_batch_tokens: 30, ..whole.clone() };
        let [whole, pieces] = [whole, pieces].map(|settings| train(&settings, &objective, model(&student, 1)));
        for (whole, piece) in whole.parts.iter().zip(&pieces.parts) {
            assert!((whole.loss - piece.loss).abs() < 1e-5, "{whole:?} is not {piece:?}");
            assert_eq!(whole.accuracy, piece.accuracy);
        }
    }
}

#[test]
fn ranks_that_share_a_distillation_have_the_losses_of_one() {
    let (student, teacher) = (BertConfig { num_hidden_layers: 1, ..config(0.1) }, config(0.1));
    let settings = Training { log_every: 1, micro_batch_tokens: 40, ..settings() };
    let run = |ranks: &dyn Ranks| {
        let loss = Distillation { alpha_mse: 0.5, ..Distillation::default() };
        train_among(ranks, &settings, &objective(loss, &student, &teacher).unwrap(), model(&student, 1))
    };
    let (alone, together) = (run(&Alone), Threads::each(3, run).swap_remove(0));
    assert_eq!(alone.len(), together.len());
    for (ours, theirs) in alone.iter().zip(&together).flat_map(|(ours, theirs)| ours.parts.iter().zip(&theirs.parts)) {
        assert!((ours.loss - theirs.loss).abs() < 1e-5, "{ours:?} is not {theirs:?}");
    }
}

#[test]
fn a_student_that_is_its_teacher_has_only_the_masked_words_to_learn() {
    let config = config(0.0);
    let objective = objective(Distillation::default(), &config, &config).unwrap();
    let mut student = model(&config, 1);
    student.take(&model(&config, 2), &[0, 1]);
    let report = train(&Training { log_every: 1, ..settings() }, &objective, student);
    assert!(part(&report, "ce").abs() < 1e-5 && part(&report, "cos").abs() < 1e-5, "{report:?}");
    assert!(part(&report, "mlm") > 1.0, "{report:?}");
}

#[test]
fn a_student_that_cannot_be_compared_is_refused() {
    let teacher = config(0.0);
    let refusal =
        |loss: Distillation, student: &BertConfig| objective(loss, student, &teacher).unwrap_err().to_string();
    let other_words = BertConfig { vocab_size: 31, ..config(0.0) };
    assert!(refusal(Distillation::default(), &other_words).contains("31 words (teacher: 30)"));
    let narrow = BertConfig { hidden_size: 8, ..config(0.0) };
    assert!(refusal(Distillation::default(), &narrow).contains("hidden_size is 8 (teacher: 16)"));
    assert!(objective(Distillation { alpha_cos: 0.0, ..Distillation::default() }, &narrow, &teacher).is_ok());
    assert!(refusal(Distillation { temperature: 0.0, ..Distillation::default() }, &teacher).contains("temperature"));
    assert!(refusal(Distillation { alpha_ce: f64::NAN, ..Distillation::default() }, &teacher).contains("NaN"));
}
