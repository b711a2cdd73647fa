//! `embert pretrain` as a process, left alone or killed.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::{mpi::on_ranks, shell::root};

/// From one look at a process to the next.
const PATIENCE: Duration = Duration::from_micros(500);
/// More than any run takes.
const LONGEST_RUN: Duration = Duration::from_secs(900);
/// From the end of one rank to that of all.
const LONGEST_END: Duration = Duration::from_secs(60);

/// What is run: always the same, but for the folder and the threads.
pub(super) struct Program {
    pub(super) embert: PathBuf,
    pub(super) corpus: PathBuf,
    pub(super) steps: usize,
    /// The processes that share a run.
    pub(super) ranks: usize,
}

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// So long after its start.
    At(Duration),
    /// So long after its start it is watched, until a save begins; then it has so much longer.
    InSave {
        /// From the start.
        watch: Duration,
        /// From the first sign of the save.
        then: Duration,
    },
}

/// What came first.
pub(super) enum End {
    /// The signal, so long after the start.
    Killed(Duration),
    /// The run's own end.
    Finished,
}

impl Program {
    /// Starts, or goes on with, the run in `out`; what it says goes to a file beside it.
    ///
    /// # Errors
    /// Where the program cannot be started.
    pub(super) fn start(&self, out: &Path, threads: usize, resume: bool) -> anyhow::Result<Process> {
        let log = out.with_extension("log");
        let said = File::create(&log).with_context(|| log.display().to_string())?;
        let mut command = Command::new(&self.embert);
        command
            .args(["pretrain", "--quiet", "--preset", "bert-tiny", "--vocab-size", "500", "--max-length", "64"])
            .args([
                "--batch-tokens",
                "1024",
                "--micro-batch-tokens",
                "256",
                "--log-every",
                "1",
                "--validate-every",
                "20",
                "--save-every",
                "10",
            ])
            .args(["--steps", &self.steps.to_string(), "--threads", &threads.to_string()])
            .args(["--corpus".as_ref(), self.corpus.as_os_str(), "--out".as_ref(), out.as_os_str()])
            .args(resume.then_some("--resume"));
        let mut command = on_ranks(self.ranks, command);
        command
            .stdin(Stdio::null())
            .stdout(said.try_clone().context("a file's handle")?)
            .stderr(said)
            .current_dir(root());
        let line = format!("{command:?}");
        let start = Instant::now();
        let child = command.spawn().with_context(|| line.clone())?;
        Ok(Process { child, ranks: self.ranks, start, line, out: out.to_owned(), log })
    }
}

/// How long a run takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// From the start until the initial weights are there.
    pub(super) until_first_checkpoint: Duration,
    /// From the start to the end.
    pub(super) whole: Duration,
}

/// A run that goes on.
pub(super) struct Process {
    child: Child,
    ranks: usize,
    start: Instant,
    line: String,
    out: PathBuf,
    log: PathBuf,
}

impl Process {
    /// Waits for its end.
    ///
    /// # Errors
    /// Where it fails.
    pub(super) fn finish(mut self) -> anyhow::Result<Times> {
        let first = self.out.join("checkpoints/step-00000000");
        let mut until_first = None;
        loop {
            if self.is_over()? {
                let status = self.child.wait()?;
                self.check(status)?;
                let whole = self.start.elapsed();
                return Ok(Times { until_first_checkpoint: until_first.unwrap_or(whole), whole });
            }
            if until_first.is_none() && first.exists() {
                until_first = Some(self.start.elapsed());
            }
            sleep(PATIENCE);
        }
    }

    /// Kills it at the moment, where it has not come to its end before: of several ranks, the `victim`.
    ///
    /// # Errors
    /// Where it fails by itself, or the other ranks go on.
    pub(super) fn kill(mut self, moment: Moment, victim: usize) -> anyhow::Result<End> {
        let at = match moment {
            Moment::At(at) => at,
            Moment::InSave { watch, then } => {
                self.wait_until(watch)?;
                let before = names(&self.out);
                while !self.is_over()? && names(&self.out) == before {
                    sleep(PATIENCE);
                }
                self.start.elapsed() + then
            }
        };
        self.wait_until(at)?;
        let elapsed = self.start.elapsed();
        // SIGKILL, which no program can answer. One that has come to its end in between feels nothing of it.
        let is_killed = if self.ranks == 1 {
            self.child.kill()?;
            self.child.wait()?.code().is_none()
        } else {
            let ranks = self.wait_for_ranks()?;
            let is_killed = ranks.get(victim).is_some_and(|rank| goes_on(rank)) && sigkill(ranks.get(victim))?;
            self.wait_for_the_others(&ranks)?;
            is_killed && !self.child.wait()?.success()
        };
        if is_killed {
            return Ok(End::Killed(elapsed));
        }
        let status = self.child.wait()?;
        self.check(status)?;
        Ok(End::Finished)
    }

    /// The processes of the ranks, once they are all there; none, where they have come to their end.
    fn wait_for_ranks(&mut self) -> anyhow::Result<Vec<String>> {
        while !self.is_over()? {
            let ranks = self.children();
            if ranks.len() == self.ranks {
                return Ok(ranks);
            }
            sleep(PATIENCE);
        }
        Ok(Vec::new())
    }

    /// The processes that it has started.
    fn children(&self) -> Vec<String> {
        let text = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.child.id())).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// Whether it has come to its end.
    fn is_over(&mut self) -> anyhow::Result<bool> {
        ensure!(self.start.elapsed() < LONGEST_RUN, "{}: it goes on for {LONGEST_RUN:?}", self.line);
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits for the end of the launcher and of all ranks.
    fn wait_for_the_others(&mut self, ranks: &[String]) -> anyhow::Result<()> {
        let start = Instant::now();
        while self.child.try_wait()?.is_none() || ranks.iter().any(|rank| goes_on(rank)) {
            ensure!(start.elapsed() < LONGEST_END, "the other ranks go on for {LONGEST_END:?}");
            sleep(PATIENCE);
        }
        Ok(())
    }

    /// Waits for the moment, or for the process's end.
    fn wait_until(&mut self, moment: Duration) -> anyhow::Result<()> {
        while !self.is_over()? {
            let left = moment.saturating_sub(self.start.elapsed());
            if left.is_zero() {
                break;
            }
            sleep(left.min(PATIENCE));
        }
        Ok(())
    }

    fn check(&self, status: ExitStatus) -> anyhow::Result<()> {
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        bail!("{}: {status}\n{}", self.line, said.trim_end());
    }
}

impl Drop for Process {
    /// Nothing goes on after an error.
    fn drop(&mut self) {
        if self.ranks > 1 {
            self.children().iter().for_each(|rank| drop(sigkill(Some(rank))));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the process was there to be killed.
fn sigkill(process: Option<&String>) -> anyhow::Result<bool> {
    let kill = Command::new("kill").arg("-KILL").args(process).stderr(Stdio::null()).status();
    Ok(kill.context("kill")?.success())
}

fn goes_on(process: &str) -> bool {
    // One that has ended and that nobody has asked for yet has no command any more.
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// What stands in a run's folder and among its checkpoints, by name.
pub(super) fn names(out: &Path) -> BTreeSet<PathBuf> {
    let entries = [out.to_owned(), out.join("checkpoints")].into_iter().flat_map(std::fs::read_dir);
    let paths = entries.flatten().flatten().map(|entry| entry.path());
    paths.filter_map(|path| Some(path.strip_prefix(out).ok()?.to_owned())).collect()
}
