//! Ctrl-C and SIGTERM, while something is to be saved or removed first.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

#[cfg(unix)]
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use anyhow::Context;
use embert::run::Event;
#[cfg(unix)]
use signal_hook::{consts::SIGHUP, iterator::Signals, low_level::emulate_default_handler};
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
    fn listen(&self) -> anyhow::Result<()> {
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

/// What is half-written, and goes with the program.
#[cfg(unix)]
static HALF_WRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// As long as this is held, who ends the program by a signal finds no half-written file afterwards.
#[cfg(unix)]
pub(crate) struct Removed(PathBuf);

#[cfg(unix)]
impl Drop for Removed {
    fn drop(&mut self) {
        half_written().retain(|file| *file != self.0);
    }
}

#[cfg(unix)]
fn half_written() -> MutexGuard<'static, Vec<PathBuf>> {
    HALF_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets a signal that ends the program remove `file` first; nothing else is waited for.
#[cfg(unix)]
pub(crate) fn removed_on_signal(file: &Path) -> Removed {
    static LISTENS: Once = Once::new();
    half_written().push(file.to_owned());
    // Once: what was listened for is never left to the system again.
    LISTENS.call_once(|| {
        let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)))
        else {
            return;
        };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                for file in half_written().iter() {
                    // Where it is gone already, so is what it was removed for.
                    let _ = std::fs::remove_file(file);
                }
                let _ = emulate_default_handler(signal);
            }
        });
    });
    Removed(file.to_owned())
}

/// Whether who started the program wants it to live through a signal, as `nohup` does. Only Linux says so.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Elsewhere what is left of a file is removed by the next that writes it.
#[cfg(not(unix))]
pub(crate) fn removed_on_signal(_: &std::path::Path) {}
