//! Steps of a training: from examples to moved weights, by the loop that trains models.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use burn::tensor::Device;
use clap::Args;
use embert::{
    AutoBackbone, AutoConfig, AutoModelForMaskedLm, Backend,
    checkpoint::from_pretrained,
    core::{ComputeType, ForInference, Inference},
    data::Example,
    objectives::losses::{Distillation, LayerMap},
    train::{
        Alone, BatchSize, Distil, Error, Event, MaskedLm, Material, Objective, OptimizerSettings, Precision, Schedule,
        State, Training,
    },
};
use serde_json::json;

use crate::{
    Threads, protocol,
    shown::{self, Asked, InOrder},
};

/// Answer with how long the steps of a work take.
#[derive(Debug, Args)]
pub(crate) struct Train {
    #[command(flatten)]
    models: Models,
    #[command(flatten)]
    threads: Threads,
}

/// What is trained.
#[derive(Debug, Args)]
pub(crate) struct Models {
    /// The directory of a model that fills in masked words.
    #[arg(long)]
    model: PathBuf,
    /// That of its teacher; without one it learns masked words alone.
    #[arg(long)]
    teacher: Option<PathBuf>,
}

/// A model, and its teacher.
pub(crate) struct Opened {
    pub(crate) model: AutoModelForMaskedLm,
    pub(crate) config: AutoConfig,
    pub(crate) teacher: Option<(Inference<AutoModelForMaskedLm>, AutoConfig)>,
}

impl Models {
    pub(crate) fn open(&self, device: &Device) -> anyhow::Result<Opened> {
        let read = |dir: &Path| from_pretrained::<AutoModelForMaskedLm>(dir, device);
        let (model, config, _) = read(&self.model)?;
        let teacher = self.teacher.as_deref().map(|dir| -> anyhow::Result<_> {
            let (teacher, config, _) = read(dir)?;
            Ok((teacher.for_inference(ComputeType::F32)?, config))
        });
        Ok(Opened { model, config, teacher: teacher.transpose()? })
    }

    /// A work of sequences that are all as long as can be asks for every word, where words are all that is asked for.
    pub(crate) fn asked(&self, work: &str) -> Asked {
        if self.teacher.is_some() || work.ends_with("ragged") { Asked::Masked } else { Asked::All }
    }
}

/// AdamW as transformers' trainer has it, at a rate that no model is hurt by.
fn optimizer() -> OptimizerSettings {
    OptimizerSettings { bias_correction: true, ..OptimizerSettings::bert(1e-5) }
}

/// What a run does by default, but for what is told and kept of it.
pub(crate) fn training() -> Training {
    Training {
        optimizer: optimizer(),
        schedule: Schedule::linear(usize::MAX, 0),
        batch: BatchSize::of_examples(usize::MAX),
        micro_batch_tokens: 768,
        seed: 0,
        precision: Precision::F32,
        gradient_checkpointing: false,
        log_every: 1,
        validate_every: usize::MAX,
        validation_examples: 1,
        samples: 0,
        save_every: usize::MAX,
        patience: None,
    }
}

impl Train {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let before = protocol::memory_now();
        let device = Backend::Flex.open()?;
        let Opened { model, config, teacher } = self.models.open(&device)?;
        match teacher {
            None => self.serve(&MaskedLm::<AutoBackbone>::new(&config), model, device, before),
            Some((teacher, of_teacher)) => {
                let teachers = vec![(device.clone(), teacher)];
                let loss = Distillation::default();
                let objective = Distil::new(loss, LayerMap::Last, &config, &of_teacher, teachers)?;
                self.serve(&objective, model, device, before)
            }
        }
    }

    fn serve<O>(&self, objective: &O, model: O::Model, device: Device, before: Option<u64>) -> anyhow::Result<()>
    where
        O: Objective<Example = Example>,
    {
        let training = training();
        let devices = [device];
        let mut state = Some(State::new(model, training.optimizer));
        protocol::serve(
            "embert",
            "f32",
            || protocol::Memory::of(before, None),
            |work, _| {
                let batches = shown::batches(work, self.models.asked(work))?;
                let steps = batches.len();
                let (source, held_out) = (InOrder(batches), shown::held_out());
                let material =
                    Material { objective, training: &source, held_out: &held_out, devices: &devices, ranks: &Alone };
                let (taken, mut start) = (Cell::new(0), Instant::now());
                let (mut seconds, mut tokens, mut flops, mut loss) = (0.0, 0, 0.0, f64::NAN);
                let listen = |event: Event<'_, O>| -> Result<(), Error> {
                    match event {
                        Event::Batch { examples, .. } => {
                            tokens += examples.iter().map(|example| example.ids.len()).sum::<usize>();
                            start = Instant::now();
                        }
                        Event::Step(report) => {
                            let of_step = start.elapsed().as_secs_f64();
                            seconds += of_step;
                            flops += report.flops_per_second * of_step;
                            loss = report.loss;
                            taken.set(taken.get() + 1);
                        }
                        Event::Validated { .. } | Event::Save(_) => {}
                    }
                    Ok(())
                };
                let before = state.take().context("the last work came to its end")?;
                state = Some(training.run(before, material, listen, || taken.get() == steps)?);
                Ok(json!({"ms": seconds * 1e3, "tokens": tokens, "gflop": flops / 1e9, "loss": loss}))
            },
        )
    }
}
