//! Runs that are killed, and what becomes of them.

use std::{fmt, path::Path, time::Duration};

use anyhow::{Context, ensure};

use super::{
    curve::last_step,
    process::{End, Moment, Program, Times},
    reference::Reference,
    whole,
};
use crate::random::Random;

/// Kills of a run, before it may come to its end.
pub(super) const KILLS_OF_A_RUN: usize = 5;

/// From the first sign of a save: that of so small a model takes about as long.
const LONGEST_SAVE: Duration = Duration::from_millis(30);

/// How a kill's moment is drawn.
#[derive(Clone, Copy, Debug)]
enum Aim {
    /// Anywhere in the run.
    Anywhere,
    /// While the process starts: in a new run, while the data are made.
    AtStart,
    /// Anywhere, and from there in the next save.
    InSave,
}

/// The aims of the runs with odd and with even numbers.
const ODD: [Aim; KILLS_OF_A_RUN] = [Aim::AtStart, Aim::Anywhere, Aim::InSave, Aim::Anywhere, Aim::Anywhere];
const EVEN: [Aim; KILLS_OF_A_RUN] = [Aim::Anywhere, Aim::Anywhere, Aim::InSave, Aim::AtStart, Aim::Anywhere];

/// Where a kill fell, as far as the folder shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is no checkpoint.
    Data,
    /// No step was made after those of the last process, or of the checkpoint.
    Start,
    /// Something unfinished is there.
    Save,
    Training,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Data => "making of the data",
            Self::Start => "start",
            Self::Save => "save",
            Self::Training => "training",
        }
    }
}

/// What has been seen so far.
#[derive(Default)]
pub(super) struct Tally {
    phases: Vec<Phase>,
    /// Directories of models that were found after the kills.
    models: usize,
    /// Kills after which there was a checkpoint, and no `model`.
    without_model: usize,
    /// The most steps that a kill cost.
    steps_lost: usize,
}

impl Tally {
    pub(super) fn kills(&self) -> usize {
        self.phases.len()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phases = [Phase::Data, Phase::Start, Phase::Save, Phase::Training].map(|phase| {
            let kills = self.phases.iter().filter(|found| **found == phase).count();
            format!("{kills} in the {}", phase.name())
        });
        writeln!(formatter, "{}", phases.join(", "))?;
        writeln!(formatter, "{} directories of models were there after the kills, each whole", self.models)?;
        writeln!(formatter, "after {} kills there was a checkpoint and no `model`", self.without_model)?;
        write!(formatter, "a kill cost {} steps at the most", self.steps_lost)
    }
}

/// Runs, one after another, of which each is killed and has to end as the reference.
pub(super) struct Trial {
    pub(super) program: Program,
    pub(super) reference: Reference,
    pub(super) random: Random,
    pub(super) tally: Tally,
}

impl Trial {
    /// Kills the run so many times, or less often where it comes to its end, and lets it end.
    ///
    /// # Errors
    /// Where what a kill leaves is not whole, the program fails, or the run does not end as the reference.
    pub(super) fn run(&mut self, out: &Path, number: usize, kills: usize) -> anyhow::Result<()> {
        self.interrupt(out, number, kills)?;
        self.reference.check(&self.program, out).with_context(|| format!("run {number} was interrupted"))?;
        let unknown = self.reference.unknown(out);
        if !unknown.is_empty() {
            println!("run {number} has left behind: {unknown:?}");
        }
        Ok(())
    }

    fn interrupt(&mut self, out: &Path, number: usize, kills: usize) -> anyhow::Result<()> {
        let aims = if number.is_multiple_of(2) { EVEN } else { ODD };
        for (place, aim) in aims.into_iter().take(kills).enumerate() {
            // One in each part of the run, the last of which may be its end.
            let place = (place as f64 + self.random.share()) / kills as f64;
            let threads = 1 + self.tally.kills() % 2;
            let moment = self.moment(aim, place, threads, out)?;
            if !self.kill(out, number, threads, moment)? {
                return Ok(());
            }
        }
        self.program.start(out, 1 + number % 2, out.exists())?.finish()?;
        Ok(())
    }

    /// A moment of that aim, for a process that goes on with what is in `out`; `place` is a share of the run.
    fn moment(&mut self, aim: Aim, place: f64, threads: usize, out: &Path) -> anyhow::Result<Moment> {
        let Times { until_first_checkpoint: start, whole } = self.reference.times(threads);
        let anywhere = match whole::checkpoints(out)?.last() {
            None => whole.mul_f64(place),
            Some((step, _)) => {
                let done = *step as f64 / self.program.steps.max(1) as f64;
                start + whole.saturating_sub(start).mul_f64((place - done).max(0.0))
            }
        };
        Ok(match aim {
            Aim::Anywhere => Moment::At(anywhere),
            // Early rather than late: what goes on has no data to make, and starts in less time.
            Aim::AtStart => Moment::At(start.mul_f64(self.random.share().powi(2))),
            Aim::InSave => Moment::InSave { watch: anywhere, then: LONGEST_SAVE.mul_f64(self.random.share()) },
        })
    }

    /// Starts the run or goes on with it, kills it, and looks at what is left. False where it has come to its end.
    fn kill(&mut self, out: &Path, number: usize, threads: usize, moment: Moment) -> anyhow::Result<bool> {
        let (step_before, unknown_before) = (last_step(out), self.reference.unknown(out));
        let resumed = whole::checkpoints(out)?.last().map(|(step, _)| *step);
        let victim = (self.random.share() * self.program.ranks as f64) as usize;
        let End::Killed(after) = self.program.start(out, threads, out.exists())?.kill(moment, victim)? else {
            return Ok(false);
        };
        let kill = self.tally.kills() + 1;
        let after = after.as_secs_f64();
        let place = || format!("kill {kill}, {after:.3} s after the start");
        self.tally.models += whole::check_run(out).with_context(place)?;
        let step = last_step(out);
        let from = resumed.unwrap_or(0);
        ensure!(step >= from, "{}: it went on from a checkpoint at step {from}, and is at step {step}", place());

        let checkpoint = whole::checkpoints(out)?.last().map(|(step, _)| *step);
        let phase = match checkpoint {
            None => Phase::Data,
            Some(_) if self.reference.unknown(out).difference(&unknown_before).any(|name| is_unfinished(name)) => {
                Phase::Save
            }
            Some(_) if step == step_before || Some(step) == resumed => Phase::Start,
            Some(_) => Phase::Training,
        };
        self.tally.phases.push(phase);
        self.tally.without_model += usize::from(checkpoint.is_some() && !out.join("model").exists());
        self.tally.steps_lost = self.tally.steps_lost.max(step.saturating_sub(checkpoint.unwrap_or(0)));
        let checkpoint = checkpoint.map_or("-".to_owned(), |step| step.to_string());
        let phase = phase.name();
        println!(
            "{kill:>4}  {number:>4}  {victim:>4}  {threads:>7}  {after:>7.3}  {step:>7}  {checkpoint:>12}  {phase}"
        );
        Ok(true)
    }
}

/// Whether a name that the reference does not have is no checkpoint of another step.
fn is_unfinished(name: &Path) -> bool {
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    whole::step_of(&name).is_none()
}
