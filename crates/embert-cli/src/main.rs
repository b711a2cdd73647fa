//! The `embert` program: arguments, progress and output. What it does is in
//! the library of the same name.

mod commands;
#[cfg(feature = "tui")]
mod dashboard;
mod failure;
mod half_written;
mod interrupt;
mod output;
mod progress;
mod ranks;

use std::process::ExitCode;

use clap::Parser;

/// Exit code where the program was used wrongly; clap's too.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    // Freed tensors stay with the process: half of a training step would
    // otherwise be spent on getting fresh pages from the system.
    embert::kernels::keep_freed_memory();
    match failure::of_device(|| commands::Cli::parse().run()) {
        Ok(code) => code,
        // Nobody reads on: `embert embed … | head`.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::tell(&format!("error: {}", output::sentence(&error)));
            ExitCode::from(exit_code_of(&error))
        }
    }
}

fn exit_code_of(error: &anyhow::Error) -> u8 {
    if is_wrong_use(error) { WRONG_USE } else { 1 }
}

/// What was asked for could not be done whatever the files hold.
fn is_wrong_use(error: &anyhow::Error) -> bool {
    use embert::{
        Error::{NoRun, NotFree, OtherConfig, OtherRun, Setting, Train},
        train,
    };
    let of_a_run = error.downcast_ref().is_some_and(|error| {
        let is_setting = matches!(error, Train(train::Error::Setting { .. }));
        let is_run = matches!(error, NoRun { .. } | NotFree { .. } | OtherConfig { .. } | OtherRun { .. });
        is_setting || is_run || matches!(error, Setting { .. })
    });
    of_a_run || error.is::<commands::WrongUse>()
}
