//! `cargo xtask ci`: what a newcomer does, and what keeps the house clean.

use std::time::{Duration, Instant};

use clap::Args;

use crate::{
    gpu::{FEATURES, Lavapipe, install_mpi},
    shell::{cargo, run},
};

/// Run every check: format, lints, tests, documentation, features, the README's first command, and the tasks.
#[derive(Debug, Args)]
pub(crate) struct Ci {}

/// A stage's name and cargo's arguments, and whether it has all [`FEATURES`].
const STAGES: [(&str, &[&str], bool); 9] = [
    ("format", &["fmt", "--all", "--check"], false),
    ("tidy", &["xtask", "tidy"], false),
    ("lints", &["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"], true),
    ("documentation", &["doc", "--workspace", "--no-deps", "--features", FEATURES], true),
    ("tests", &["test", "--workspace", "--features", FEATURES], true),
    // Each once, as the tests are built: for their numbers, there is `cargo xtask bench`.
    ("benches run", &["test", "--workspace", "--benches", "--features", FEATURES], true),
    ("features", &["xtask", "features"], false),
    ("quickstart", &["run", "--release", "--", "quickstart"], false),
    // From the model that the quickstart has made.
    ("fine-tuning", &["xtask", "finetune"], false),
];

impl Ci {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        install_mpi()?;
        let lavapipe = Lavapipe::installed()?;
        let mut times = Vec::new();
        let result = STAGES.iter().try_for_each(|&(name, arguments, has_all)| {
            eprintln!("==> {name}: cargo {}", arguments.join(" "));
            let mut command = cargo(arguments);
            // What lets cargo build a part of a crate again takes twice the disk, and here all is built once.
            command.env("RUSTDOCFLAGS", "-D warnings").env("CARGO_INCREMENTAL", "0");
            if has_all {
                lavapipe.drives(&mut command);
            }
            let start = Instant::now();
            let result = run(&mut command);
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
