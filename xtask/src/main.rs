//! `cargo xtask`: what is done to the workspace, not by it. It does not depend
//! on Burn, so that it starts in seconds.

mod bench;
mod ci;
mod codegen;
mod debian;
mod deny;
mod docs;
mod examples;
mod features;
mod finetune;
mod gpu;
mod interop;
mod interrupt;
mod metrics;
mod mpi;
mod parity;
mod python;
mod random;
mod reference;
mod repro;
mod shell;
mod tidy;
mod tools;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    Ci(ci::Ci),
    Bench(bench::Bench),
    Codegen(codegen::Codegen),
    Deny(deny::Deny),
    Docs(docs::Docs),
    Examples(examples::Examples),
    Features(features::Features),
    Finetune(finetune::Finetune),
    Gpu(gpu::Gpu),
    Interop(interop::Interop),
    Interrupt(interrupt::Interrupt),
    Metrics(metrics::Metrics),
    Parity(parity::Parity),
    Reference(reference::Reference),
    Repro(repro::Repro),
    Tidy(tidy::Tidy),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Ci(task) => task.run(),
        Task::Bench(task) => task.run(),
        Task::Codegen(task) => task.run(),
        Task::Deny(task) => task.run(),
        Task::Docs(task) => task.run(),
        Task::Examples(task) => task.run(),
        Task::Features(task) => task.run(),
        Task::Finetune(task) => task.run(),
        Task::Gpu(task) => task.run(),
        Task::Interop(task) => task.run(),
        Task::Interrupt(task) => task.run(),
        Task::Metrics(task) => task.run(),
        Task::Parity(task) => task.run(),
        Task::Reference(task) => task.run(),
        Task::Repro(task) => task.run(),
        Task::Tidy(task) => task.run(),
    }
}
