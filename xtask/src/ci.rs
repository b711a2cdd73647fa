//! `cargo xtask ci`: what a newcomer does, and what keeps the house clean.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;

use crate::{
    gpu::{FEATURES, Lavapipe, install_mpi},
    shell::{cargo, root, run},
};

/// Run every check: format, lints, tests, documentation, features, the README's first command, and the tasks.
#[derive(Debug, Args)]
pub(crate) struct Ci {}

/// The test that waits for one core to compile kernels, for minutes.
const OF_THE_GPU: &str = "every_architecture_computes_and_learns_as_on_the_cpu";

/// A stage's name and cargo's arguments.
const STAGES: [(&str, &[&str]); 9] = [
    ("format", &["fmt", "--all", "--check"]),
    ("tidy", &["xtask", "tidy"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"]),
    ("documentation", &["doc", "--workspace", "--no-deps", "--features", FEATURES]),
    ("tests", &["test", "--workspace", "--features", FEATURES, "--", "--skip", OF_THE_GPU]),
    // Each once, as the tests are built: for their numbers, there is `cargo xtask bench`.
    ("benches run", &["test", "--workspace", "--benches", "--features", FEATURES]),
    ("features", &["xtask", "features"]),
    ("quickstart", &["run", "--release", "--", "quickstart"]),
    // From the model that the quickstart has made.
    ("fine-tuning", &["xtask", "finetune"]),
];

/// What runs beside a stage, on the core that it leaves.
const BESIDE: (&str, &[&str]) = ("tests", &["test", "--workspace", "--features", FEATURES, "--test", "wgpu"]);

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
        let mut times = Vec::new();
        let result = STAGES.iter().try_for_each(|&(name, arguments)| {
            eprintln!("==> {name}: cargo {}", arguments.join(" "));
            let start = Instant::now();
            let beside = (name == BESIDE.0).then(|| prepared(BESIDE.1));
            let result = both(prepared(arguments), beside);
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

/// Runs a command, and another beside it, and fails where one does.
fn both(mut command: Command, beside: Option<Command>) -> anyhow::Result<()> {
    let Some(mut beside) = beside else { return run(&mut command) };
    let line = format!("{beside:?}");
    let mut child = beside.current_dir(root()).spawn().with_context(|| line.clone())?;
    let result = run(&mut command);
    let status = child.wait().with_context(|| line.clone())?;
    result?;
    ensure!(status.success(), "{line}: {status}");
    Ok(())
}
