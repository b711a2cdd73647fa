//! The run that was left alone.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use super::{
    curve::Curve,
    process::{Program, Times, names},
};

/// What a run ends with, and how long it takes.
pub(super) struct Reference {
    out: PathBuf,
    curve: Curve,
    /// What stands in its folder and among its checkpoints.
    names: BTreeSet<PathBuf>,
    one_thread: Times,
    two_threads: Times,
}

impl Reference {
    /// Runs it at one thread and at two.
    ///
    /// # Errors
    /// Where a run fails, or the two differ.
    pub(super) fn make(program: &Program, folder: &Path) -> anyhow::Result<Self> {
        let out = folder.join("left-alone-1");
        let one_thread = program.start(&out, 1, false)?.finish()?;
        let curve = Curve::finished(&out, program.steps)?;
        let mut reference = Self { names: names(&out), out, curve, one_thread, two_threads: one_thread };
        let out = folder.join("left-alone-2");
        reference.two_threads = program.start(&out, 2, false)?.finish()?;
        reference.check(program, &out).context("at two threads it is not what it is at one")?;
        Ok(reference)
    }

    /// How long a run takes at so many threads, one or two.
    pub(super) fn times(&self, threads: usize) -> Times {
        if threads == 1 { self.one_thread } else { self.two_threads }
    }

    /// # Errors
    /// Where the finished run in `out` has another curve or another model.
    pub(super) fn check(&self, program: &Program, out: &Path) -> anyhow::Result<()> {
        let curve = Curve::finished(out, program.steps)?;
        curve.check(&self.curve).with_context(|| out.join("metrics.jsonl").display().to_string())?;
        for model in ["model", "best"] {
            let file = |run: &Path| run.join(model).join("model.safetensors");
            let read = |file: PathBuf| std::fs::read(&file).with_context(|| file.display().to_string());
            // Which is the best is known where there was a validation.
            if model == "best" && !file(&self.out).exists() {
                continue;
            }
            let (found, expected) = (read(file(out))?, read(file(&self.out))?);
            let same = found.iter().zip(&expected).take_while(|(found, expected)| found == expected).count();
            ensure!(
                found == expected,
                "{}: {} bytes, of which the first {same} are those of the run that was left alone, which has {}",
                file(out).display(),
                found.len(),
                expected.len()
            );
        }
        Ok(())
    }

    /// What stands in a run's folder and does not in this one's.
    pub(super) fn unknown(&self, out: &Path) -> BTreeSet<PathBuf> {
        let mut names = names(out);
        // Their names have the time in them.
        names.retain(|name| !self.names.contains(name) && !name.to_string_lossy().starts_with("events."));
        names
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, two] = [self.one_thread, self.two_threads].map(|times| times.whole.as_secs_f64());
        write!(formatter, "{one:.1} s at one thread and {two:.1} s at two, with the same curve and the same model")
    }
}
