//! Systems side by side. All of them are started at once and asked in turn, so that whatever else the machine does falls
//! on all alike: a round is every work once, and every system at each work.

use std::{
    fs::create_dir_all,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

use anyhow::Context;

use super::{
    folder,
    row::{Row, Times},
    worker::{Answer, Memory, Worker},
};

/// From one request to the next: threads that wait for work by spinning have gone to sleep, and do not take the core of
/// the system that is asked next.
const PAUSE: Duration = Duration::from_millis(30);

/// A system that is to be measured.
pub(super) struct Contestant {
    pub(super) system: &'static str,
    pub(super) dtype: &'static str,
    pub(super) works: Vec<&'static str>,
    /// How it is started, or why it cannot be.
    pub(super) command: Result<Command, String>,
}

/// When a system writes down what comes out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outputs {
    /// To be looked at, where nobody measures.
    OfWarmUp,
    /// Writing is part of the work.
    OfAll,
}

/// A system that has been measured.
pub(super) struct Measurement {
    pub(super) system: &'static str,
    pub(super) dtype: &'static str,
    /// Or why it was not.
    pub(super) works: Result<Vec<Measured>, String>,
    pub(super) memory: Memory,
}

/// A work of a system.
pub(super) struct Measured {
    pub(super) work: &'static str,
    pub(super) milliseconds: Vec<f64>,
    /// The last one.
    pub(super) answer: Answer,
    /// The file with what came out.
    pub(super) output: PathBuf,
}

/// Measures everything so many times, after a round that warms up.
///
/// # Errors
/// Where the folder for outputs and logs cannot be made; a system that fails is a measurement that says so.
pub(super) fn measure(
    contestants: Vec<Contestant>,
    works: &[&'static str],
    rounds: usize,
    outputs: Outputs,
) -> anyhow::Result<Vec<Measurement>> {
    let place = folder().join("outputs");
    create_dir_all(&place).with_context(|| place.display().to_string())?;
    let mut systems: Vec<Running> =
        contestants.into_iter().map(|contestant| Running::start(contestant, &place)).collect();
    for system in &mut systems {
        system.try_to(Worker::wait_until_ready);
    }
    for round in 0..=rounds {
        eprintln!("{}", if round == 0 { "warming up".to_owned() } else { format!("round {round} of {rounds}") });
        for &work in works {
            for system in &mut systems {
                system.work(work, round > 0, round == 0 || outputs == Outputs::OfAll);
            }
        }
        if round == 0 {
            systems.iter_mut().for_each(Running::weigh);
        }
    }
    Ok(systems.into_iter().map(Running::finish).collect())
}

/// A system that is being measured.
struct Running {
    system: &'static str,
    dtype: &'static str,
    works: Vec<Measured>,
    memory: Memory,
    /// Or why there is none any more.
    worker: Result<Worker, String>,
}

impl Running {
    fn start(contestant: Contestant, place: &Path) -> Self {
        let Contestant { system, dtype, works, command } = contestant;
        let log = format!("{} log", works.first().copied().unwrap_or_default());
        let file = |work: &str| place.join(format!("{system} {dtype} {work}").replace([' ', ','], "-"));
        let start = |mut command| Worker::start(&mut command, file(&log)).map_err(failed);
        let measured =
            |work| Measured { work, milliseconds: Vec::new(), answer: Answer::default(), output: file(work) };
        let works = works.into_iter().map(measured).collect();
        Self { system, dtype, works, memory: Memory::default(), worker: command.and_then(start) }
    }

    /// What the worker answers, as long as it does.
    fn try_to<T>(&mut self, ask: impl FnOnce(&mut Worker) -> anyhow::Result<T>) -> Option<T> {
        let answer = ask(self.worker.as_mut().ok()?);
        answer.map_err(|error| self.worker = Err(failed(error))).ok()
    }

    /// Does the work, where it is one of its own.
    fn work(&mut self, work: &str, is_recorded: bool, writes: bool) {
        let Some(at) = self.works.iter().position(|measured| measured.work == work) else { return };
        let output = self.works.get(at).filter(|_| writes).map(|measured| measured.output.clone());
        let answer = self.try_to(|worker| worker.work(work, output.as_deref()));
        if let (Some(answer), Some(measured)) = (answer, self.works.get_mut(at)) {
            measured.answer = answer;
            measured.milliseconds.extend(is_recorded.then_some(answer.ms));
            sleep(PAUSE);
        }
    }

    /// Asks for the memory that it takes to do each work once, which is what most processes do.
    fn weigh(&mut self) {
        self.memory = self.try_to(Worker::memory).unwrap_or_default();
    }

    fn finish(self) -> Measurement {
        let Self { system, dtype, works, memory, worker } = self;
        Measurement { system, dtype, works: worker.map(|_| works), memory }
    }
}

fn failed(error: anyhow::Error) -> String {
    format!("failed: {error:#}")
}

impl Measurement {
    /// A row for each work as `fill` completes it, or one that says why there are none.
    pub(super) fn rows(&self, fill: impl Fn(&Measured, Row) -> Row) -> Vec<Row> {
        let row = Row { system: self.system.into(), dtype: self.dtype.into(), ..Row::default() };
        let row_of = |measured: &Measured| {
            let times = Times::of(&measured.milliseconds);
            fill(measured, Row { work: measured.work.into(), times, ..row.clone() })
        };
        match &self.works {
            Ok(works) => works.iter().map(row_of).collect(),
            Err(reason) => vec![Row { work: "all".into(), note: Some(reason.clone()), ..row }],
        }
    }

    /// The file with what came out of a work, where that was done.
    pub(super) fn output(&self, work: &str) -> Option<&Path> {
        let measured = self.works.as_ref().ok()?.iter().find(|measured| measured.work == work)?;
        Some(&measured.output)
    }
}
