//! Ctrl-C and SIGTERM, while something is to be saved first.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use anyhow::Context;
use embert::run::Event;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::{output::tell, progress::Told};

/// Listens for a wish to end.
#[derive(Default)]
pub(crate) struct Interrupt {
    signal: Arc<AtomicUsize>, // 0: none
}

impl Interrupt {
    /// From now on a first signal is only noted; a second one ends the program at once.
    pub(crate) fn listen(&self) -> anyhow::Result<()> {
        let is_second = Arc::new(AtomicBool::new(false));
        for number in [SIGINT, SIGTERM] {
            // In this order: what came before decides.
            flag::register_conditional_shutdown(number, exit_code(number), Arc::clone(&is_second))
                .and_then(|_| flag::register(number, Arc::clone(&is_second)))
                .and_then(|_| flag::register_usize(number, Arc::clone(&self.signal), number as usize))
                .context("signals cannot be listened for")?;
        }
        Ok(())
    }

    /// Begins to listen when a training begins: what comes before is ended at once, and gone on with.
    pub(crate) fn on_event(&self, event: &impl Told) {
        if matches!(event.of_training(), Some(Event::Model { .. }))
            && let Err(error) = self.listen()
        {
            tell(&format!("warning: {error:#}: an interrupted run goes on from its last checkpoint"));
        }
    }

    /// Whether the program is to end.
    pub(crate) fn came(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// What a shell expects of a program that a signal ended: 130 or 143; the dashboard's key is as good as Ctrl-C.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let signal = match self.signal.load(Ordering::Relaxed) as i32 {
            0 => SIGINT,
            signal => signal,
        };
        ExitCode::from(exit_code(signal) as u8)
    }
}

fn exit_code(signal: i32) -> i32 {
    128 + signal
}
