//! A device that fails: Burn panics where it does, on whichever thread asks for the next operation.

use std::{
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook},
    sync::{Mutex, MutexGuard, PoisonError},
};

use embert::{Backend, DeviceChoice, message_of};

/// The devices in use that can fail.
static DEVICES: Mutex<Vec<DeviceChoice>> = Mutex::new(Vec::new());
/// What threads said when they came to their end.
static LAST_WORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on, what goes wrong is laid to the device, unless the processor computes.
pub(crate) fn is_in_use(device: &DeviceChoice) {
    let is_processor = matches!(device, DeviceChoice::One { backend: Backend::Flex | Backend::Ndarray, .. });
    if is_processor {
        return;
    }
    lock(&DEVICES).push(device.clone());
    // Told once, as the error that it is, and where it came up.
    set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let place = panic.location().map(|place| format!(" ({place})")).unwrap_or_default();
        lock(&LAST_WORDS).push(message_of(panic.payload()) + &place);
    }));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work`; what a failing device makes of it is an error.
pub(crate) fn of_device<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let result = catch_unwind(AssertUnwindSafe(work));
    let devices = lock(&DEVICES);
    let names = match devices.as_slice() {
        [] => return result.unwrap_or_else(|panic| resume_unwind(panic)),
        [device] => format!("the device {device}"),
        several => format!("one of {}", several.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let reason = match result {
        Ok(Err(error)) if is_of_a_device(&error) => format!("{error:#}"),
        Ok(result) => return result,
        Err(panic) => lock(&LAST_WORDS).first().cloned().unwrap_or_else(|| message_of(&*panic)),
    };
    Err(anyhow::anyhow!("{names} failed: {}; {}", last_cause(&reason), advice(&devices)))
}

/// Of a reason with its causes below each other, the last, which is the first that went wrong.
fn last_cause(reason: &str) -> &str {
    let mut causes = reason.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
    causes.next_back().unwrap_or(reason).trim_end_matches('.')
}

/// What a person can do about it.
fn advice(devices: &[DeviceChoice]) -> String {
    let memory = "where its memory ran out, fewer tokens at once need less of it (--batch-tokens, in a training \
                  --micro-batch-tokens)";
    let has_worker = devices.iter().any(|device| matches!(device, DeviceChoice::Remote { .. }));
    let worker = if has_worker { "is its `embert worker` still there? " } else { "" };
    format!("{worker}{memory}; a run goes on from what it has saved with --resume")
}

fn is_of_a_device(error: &anyhow::Error) -> bool {
    use embert::{Error, train};
    let is_read = |error: &Error| matches!(error, Error::Device(_) | Error::Train(train::Error::Device(_)));
    error.downcast_ref().is_some_and(is_read)
}
