//! What is half-written when a signal ends the program.

use std::path::Path;
#[cfg(unix)]
use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

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
pub(crate) fn removed_on_signal(_: &Path) {}
