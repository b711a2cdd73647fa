//! `cargo xtask ci`: what a newcomer does, and what keeps the house clean.

use std::{
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;

use crate::{
    gpu::{FEATURES, Lavapipe},
    mpi::install_mpi,
    shell::{cargo, line_of, root, run},
};

/// Run every check: format, lints, tests, documentation, features, the README's first command, and the tasks.
#[derive(Debug, Args)]
pub(crate) struct Ci {}

/// The test that waits for one core to compile kernels, for minutes.
const OF_THE_GPU: &str = "every_architecture_computes_and_learns_as_on_the_cpu";

/// A stage's name and cargo's arguments.
const STAGES: [(&str, &[&str]); 13] = [
    ("format", &["fmt", "--all", "--check"]),
    ("tidy", &["xtask", "tidy"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"]),
    ("documentation", &["doc", "--workspace", "--no-deps", "--features", FEATURES]),
    ("tests", &["test", "--workspace", "--features", FEATURES, "--", "--skip", OF_THE_GPU]),
    // Each once, as the tests are built: for their numbers, there is `cargo xtask bench`.
    ("benches run", &["test", "--workspace", "--bench", "*", "--features", FEATURES]),
    ("examples", &["xtask", "examples"]),
    ("features", &["xtask", "features"]),
    ("quickstart", &["run", "--release", "--", "quickstart"]),
    // From the model that the quickstart has made.
    ("fine-tuning", &["xtask", "finetune"]),
    // With its commands, of which many ask that model.
    ("book", &["xtask", "docs", "--check"]),
    ("packages", &PACKAGES),
    ("dependencies", &["xtask", "deny"]),
];

/// The crates, as they would be published: what stands in them was built by the stages before.
const PACKAGES: [&str; 9] = [
    "package",
    "--workspace",
    "--exclude",
    "xtask",
    "--exclude",
    "embert-benches",
    "--no-verify",
    "--allow-dirty",
    "--quiet",
];

/// What runs beside the stages from this one on, on the core that they leave: nothing but the processor is shared.
const BESIDE: (&str, &[&str]) = ("tests", &["test", "--workspace", "--features", FEATURES, "--test", "wgpu"]);
/// The stage at whose end it is waited for.
const WAITED_FOR: &str = "features";

impl Ci {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        install_mpi()?;
        let lavapipe = Lavapipe::installed()?;
        let prepared = |arguments: &[&str]| {
            let mut command = cargo(arguments);
            // What lets cargo build a part of a crate again takes twice the disk, and here all is built once.
            command.env("RUSTDOCFLAGS", "-D warnings").env("CARGO_INCREMENTAL", "0");
            lavapipe.drives(&mut command);
            command
        };
        let (mut times, mut beside) = (Vec::new(), None);
        let result = STAGES.iter().try_for_each(|&(name, arguments)| {
            eprintln!("==> {name}: cargo {}", arguments.join(" "));
            let start = Instant::now();
            if name == BESIDE.0 {
                beside = Some(Beside::start(prepared(BESIDE.1))?);
            }
            let mut result = run(&mut prepared(arguments));
            if result.is_ok() && (name == WAITED_FOR || beside.as_mut().is_some_and(Beside::is_over)) {
                result = beside.take().map_or(Ok(()), Beside::finish);
            }
            times.push((name, start.elapsed()));
            result
        });
        let total: Duration = times.iter().map(|(_, time)| *time).sum();
        eprintln!("\nstage                        seconds");
        for (name, time) in times.into_iter().chain([("all", total)]) {
            eprintln!("{name:<28} {:>7.0}", time.as_secs_f64());
        }
        result
    }
}

/// A process that runs beside the stages, and goes where they fail.
struct Beside {
    line: String,
    child: Child,
}

impl Beside {
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let line = line_of(&command);
        let child = command.current_dir(root()).spawn().with_context(|| line.clone())?;
        Ok(Self { line, child })
    }

    fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end, and fails where it has failed.
    fn finish(mut self) -> anyhow::Result<()> {
        let status = self.child.wait().with_context(|| self.line.clone())?;
        ensure!(status.success(), "{}: {status}", self.line);
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
