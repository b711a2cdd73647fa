//! How fast this machine trains a model, so that a run can be as long as there is time.

use burn::tensor::Device;
use embert_checkpoint::Pretrained;
use embert_data::Example;
use embert_objectives::losses::SentencePair;
use embert_train::{
    Alone, BatchSize, Event, ExampleSource, MaskedLm, Material, Objective, PreTraining, Schedule, Source, State,
    Training,
};

use super::{Settings, distillation::Lesson};
use crate::{
    AutoBackbone, AutoConfig,
    error::Error,
    run::{first, fresh_model},
};

/// The first steps are slower: memory is not there yet.
const UNTIMED: usize = 2;
const TIMED: usize = 5;

/// Tokens a second of a few steps on a sample of the text, with a model that is thrown away.
///
/// # Errors
/// Where the model cannot be trained so.
pub(super) fn pace(
    settings: &Settings,
    config: &AutoConfig,
    question: Option<SentencePair>,
    sample: &ExampleSource,
    devices: &[Device],
) -> Result<f64, Error> {
    match (&settings.distillation, question) {
        (Some(distillation), _) => {
            let objective = Lesson::new(distillation, config)?.objective(devices)?;
            pace_of(settings, config, &objective, sample, devices)
        }
        (None, Some(question)) => {
            pace_of(settings, config, &PreTraining::<AutoBackbone>::new(config, question), sample, devices)
        }
        (None, None) => pace_of(settings, config, &MaskedLm::<AutoBackbone>::new(config), sample, devices),
    }
}

fn pace_of<O>(
    settings: &Settings,
    config: &AutoConfig,
    objective: &O,
    sample: &ExampleSource,
    devices: &[Device],
) -> Result<f64, Error>
where
    O: Objective<Example = Example>,
    O::Model: Pretrained<Config = AutoConfig>,
{
    let examples = sample.epoch(settings.seed, 0, 0)?.collect::<Result<Vec<_>, _>>()?;
    let tokens: usize = examples.iter().map(|example| example.ids.len()).sum();
    let steps = UNTIMED + TIMED;
    let training = Training {
        schedule: Schedule::linear(steps, 1),
        // A sample may be smaller than a step.
        batch: BatchSize::of_tokens(settings.batch.tokens.min(tokens)),
        log_every: 1,
        validate_every: usize::MAX,
        validation_examples: 1,
        save_every: usize::MAX,
        ..settings.training()
    };
    let model = fresh_model::<O::Model>(config, first(devices)?, settings.seed)?;
    let material = Material { objective, training: sample, held_out: sample, devices, ranks: &Alone };
    let mut paces = Vec::new();
    let listen = |event: Event<'_, O>| {
        if let Event::Step(report) = event {
            paces.push(report.tokens_per_second);
        }
        Ok::<(), Error>(())
    };
    training.run(State::new(model, training.optimizer), material, listen, || false)?;
    let mut paces = paces.split_off(UNTIMED.min(paces.len()));
    paces.sort_by(f64::total_cmp);
    Ok(paces.get(paces.len() / 2).copied().unwrap_or(0.0))
}
