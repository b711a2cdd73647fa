//! A device that fails: Burn panics where it does, on whichever thread asks for the next operation.

use std::{
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind, set_hook, take_hook},
    sync::{Mutex, MutexGuard, PoisonError},
};

use embert::{Backend, DeviceChoice, message_of};

/// What a device is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// It can be resumed.
    Training,
    /// It is done again.
    Answers,
}

/// The devices in use that can fail.
static DEVICES: Mutex<Vec<(DeviceChoice, Work)>> = Mutex::new(Vec::new());
/// What threads said when a device brought them to their end.
static LAST_WORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on, a panic in what drives devices is laid to the device, unless the processor computes.
pub(crate) fn is_in_use(device: &DeviceChoice, work: Work) {
    let is_processor = matches!(device, DeviceChoice::One { backend: Backend::Flex | Backend::Ndarray, .. });
    if is_processor {
        return;
    }
    let mut devices = lock(&DEVICES);
    if devices.is_empty() {
        let usual = take_hook();
        set_hook(Box::new(move |panic: &PanicHookInfo<'_>| match panic.location() {
            // Told once, as the error that it is, and where it came up.
            Some(place) if drives_devices(place.file()) => {
                lock(&LAST_WORDS).push(format!("{} ({place})", message_of(panic.payload())));
            }
            _ => usual(panic),
        }));
    }
    devices.push((device.clone(), work));
}

/// Whether this source file is Burn's, or that of a crate that it reaches devices through: `…/wgpu-core-30.0.0/src/….rs`.
fn drives_devices(file: &str) -> bool {
    let file = file.replace('\\', "/");
    let package = file.rsplit_once("/src/").map_or("", |(package, _)| package);
    let folder = package.rsplit('/').next().unwrap_or_default();
    let drivers = ["burn", "cubecl", "cubek", "wgpu", "naga", "tracel", "cudarc", "tch"];
    drivers.iter().any(|driver| folder.starts_with(driver))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work`; what a failing device makes of it is an error.
pub(crate) fn of_device<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let result = catch_unwind(AssertUnwindSafe(work));
    let devices = lock(&DEVICES);
    let reason = match result {
        Ok(Err(error)) if is_of_a_device(&error) && !devices.is_empty() => format!("{error:#}"),
        Ok(result) => return result,
        Err(panic) => match lock(&LAST_WORDS).first() {
            Some(words) => words.clone(),
            // A defect of the program, which its own message has told.
            None => resume_unwind(panic),
        },
    };
    let names = match devices.as_slice() {
        [(device, _)] => format!("the device {device}"),
        several => {
            format!("one of {}", several.iter().map(|(device, _)| device.to_string()).collect::<Vec<_>>().join(", "))
        }
    };
    Err(anyhow::anyhow!("{names} failed: {}; {}", last_cause(&reason), advice(&devices)))
}

/// Of a reason with its causes below each other, the last, which is the first that went wrong; a trace may follow it.
fn last_cause(reason: &str) -> &str {
    let is_trace = |line: &str| line.to_lowercase().trim_start_matches("no ").starts_with("backtrace");
    let causes = reason.lines().map(str::trim).take_while(|line| !is_trace(line));
    let causes = causes.filter(|line| !line.is_empty() && *line != "Caused by:");
    causes.last().unwrap_or(reason).trim_end_matches('.')
}

/// What a person can do about it.
fn advice(devices: &[(DeviceChoice, Work)]) -> String {
    let has_worker = devices.iter().any(|(device, _)| matches!(device, DeviceChoice::Remote { .. }));
    let worker = if has_worker { "is its `embert worker` still there? " } else { "" };
    let is_training = devices.iter().any(|&(_, work)| work == Work::Training);
    let memory = if is_training {
        "where its memory ran out, --micro-batch-tokens makes do with less of it; a run goes on from what it has saved with \
         --resume"
    } else {
        "where its memory ran out, shorter texts and fewer at once need less of it"
    };
    format!("{worker}{memory}")
}

fn is_of_a_device(error: &anyhow::Error) -> bool {
    use embert::{Error, train};
    let is_read = |error: &Error| matches!(error, Error::Device(_) | Error::Train(train::Error::Device(_)));
    error.downcast_ref().is_some_and(is_read)
}

#[cfg(test)]
mod tests {
    use super::{drives_devices, last_cause};

    #[test]
    fn a_reason_is_its_last_cause() {
        for (reason, cause) in [
            ("Too large.", "Too large"),
            ("It failed\nCaused by:\n  Too large\nBacktrace:\nNo backtrace available", "Too large"),
            ("Too large\nNo backtrace available", "Too large"),
            ("It failed\n\nCaused by:\n  Out of memory\n  Caused by:\n    Too large", "Too large"),
        ] {
            assert_eq!(last_cause(reason), cause);
        }
    }

    #[test]
    fn a_panic_is_laid_to_a_device_where_it_comes_from_what_drives_one() {
        let registry = "/home/burns/.cargo/registry/src/index-1";
        assert!(drives_devices(&format!("{registry}/burn-cubecl-0.22.1/src/ops/tensor.rs")));
        assert!(drives_devices(&format!("{registry}/wgpu-core-30.0.0/src/device.rs").replace('/', "\\")));
        assert!(!drives_devices(&format!("{registry}/embert-train-0.1.0/src/step.rs")));
        assert!(!drives_devices("crates/embert-kernels/src/read.rs"));
        assert!(!drives_devices("/rustc/abc/library/core/src/option.rs"));
    }
}
