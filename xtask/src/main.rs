//! `cargo xtask`: what is done to the workspace, not by it. It does not depend
//! on Burn, so that it starts in seconds.

mod bench;
mod ci;
mod reference;
mod shell;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    Ci(ci::Ci),
    Bench(bench::Bench),
    Reference(reference::Reference),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Ci(task) => task.run(),
        Task::Bench(task) => task.run(),
        Task::Reference(task) => task.run(),
    }
}
