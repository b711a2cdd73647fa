//! Steps that several processes take together, and what they tell each other alone.

use std::time::Instant;

use burn::module::Module;
use clap::Args;
use embert::{
    AutoBackbone, Backend,
    train::{Error, Event, MaskedLm, Material, Ranks, State, World},
};
use serde_json::json;

use crate::{
    Threads, protocol,
    shown::{self, Asked, InOrder},
    train::{Models, Opened, training},
};

/// Say how long steps take with all ranks of an `mpirun`, and how long it takes to sum so many numbers as a model has.
#[derive(Debug, Args)]
pub(crate) struct Together {
    #[command(flatten)]
    models: Models,
    #[command(flatten)]
    threads: Threads,
    /// What a step looks at: `32x128`.
    #[arg(long)]
    work: String,
    /// Steps that are timed, after one that is not.
    #[arg(long)]
    steps: usize,
}

impl Together {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let world = World::join()?;
        let alone = embert::train::Alone;
        let ranks: &dyn Ranks = match &world {
            Some(world) => world,
            None => &alone,
        };
        let device = Backend::Flex.open()?;
        let Opened { model, config, .. } = self.models.open(&device)?;
        let mut numbers = vec![1.0_f32; model.num_params()];
        let (objective, training) = (MaskedLm::<AutoBackbone>::new(&config), training());
        let (source, held_out) = (InOrder(shown::batches(&self.work, Asked::Masked)?), shown::held_out());
        let devices = [device];
        let material =
            Material { objective: &objective, training: &source, held_out: &held_out, devices: &devices, ranks };
        let (mut steps, mut start) = (Vec::new(), Instant::now());
        let listen = |event: Event<'_, MaskedLm<AutoBackbone>>| -> Result<(), Error> {
            match event {
                Event::Batch { .. } => start = Instant::now(),
                Event::Step(_) => steps.push(start.elapsed().as_secs_f64() * 1e3),
                Event::Validated { .. } | Event::Save(_) => {}
            }
            Ok(())
        };
        let asked = std::cell::Cell::new(0);
        let is_enough = || asked.replace(asked.get() + 1) > self.steps;
        training.run(State::new(model, training.optimizer), material, listen, is_enough)?;
        let sums = (0..=self.steps).map(|_| {
            let start = Instant::now();
            ranks.sum(&mut numbers)?;
            Ok(start.elapsed().as_secs_f64() * 1e3)
        });
        let sums = sums.collect::<Result<Vec<_>, Error>>()?;
        if ranks.is_first() {
            protocol::say(&json!({"steps": steps.get(1..), "sums": sums.get(1..), "numbers": numbers.len()}))?;
        }
        if let Some(world) = world {
            world.leave();
        }
        Ok(())
    }
}
