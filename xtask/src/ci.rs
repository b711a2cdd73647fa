//! `cargo xtask ci`: what a newcomer does, and what keeps the house clean.

use std::time::Instant;

use clap::Args;

use crate::shell::{cargo, run};

/// Run every check: format, lints, tests, documentation, the README's first command, and the tasks.
#[derive(Debug, Args)]
pub(crate) struct Ci {}

/// A stage's name and cargo's arguments.
const STAGES: [(&str, &[&str]); 11] = [
    ("format", &["fmt", "--all", "--check"]),
    ("tidy", &["xtask", "tidy"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("tests", &["test", "--workspace"]),
    // Not its tests: what they compare with would be built anew, with other features.
    ("objectives without losses", &["check", "-p", "embert-objectives", "--no-default-features"]),
    ("dashboard", &["check", "--features", "tui"]),
    ("without the hub", &["check", "--no-default-features", "--features", "flex"]),
    ("documentation", &["doc", "--workspace", "--no-deps"]),
    // Each once, as the tests are built: for their numbers, there is `cargo xtask bench`.
    ("benches run", &["test", "--workspace", "--benches"]),
    ("quickstart", &["run", "--release", "--", "quickstart"]),
    // From the model that the quickstart has made.
    ("fine-tuning", &["xtask", "finetune"]),
];

impl Ci {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for (name, arguments) in STAGES {
            eprintln!("==> {name}: cargo {}", arguments.join(" "));
            let start = Instant::now();
            run(cargo(arguments).env("RUSTDOCFLAGS", "-D warnings"))?;
            times.push((name, start.elapsed()));
        }
        eprintln!("\nstage                        seconds");
        for (name, time) in times {
            eprintln!("{name:<28} {:>7.0}", time.as_secs_f64());
        }
        Ok(())
    }
}
