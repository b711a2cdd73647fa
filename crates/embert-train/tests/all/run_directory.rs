//! The folder of a run, at any moment.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use embert_train::{Error, RunDirectory, RunLock, TRAINING};

/// So many that a folder of them takes a while to remove.
const FILES: usize = 100;

fn checkpoint(dir: &Path) -> Result<(), Error> {
    let write = |file: &Path| fs::write(file, "{}").unwrap();
    fs::create_dir_all(dir.join(TRAINING)).unwrap();
    write(&dir.join(TRAINING).join("state.json"));
    (0..FILES).for_each(|number| write(&dir.join(format!("{number}.json"))));
    Ok(())
}

/// What is wrong with the checkpoints in `folder`, if anything is.
fn half(folder: &Path) -> Option<String> {
    let places = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    places.filter(|place| place.file_name().is_some_and(|name| name.to_string_lossy().starts_with("step-"))).find_map(
        |place| {
            let files = fs::read_dir(&place).ok()?.flatten().count();
            // It was there all the while, and under this name.
            let is_half = files < FILES + 1 && place.exists();
            is_half.then(|| format!("{} has {files} files", place.display()))
        },
    )
}

#[test]
fn a_checkpoint_is_whole_as_long_as_it_has_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let directory = RunDirectory::at(RunLock::take(dir.path()).unwrap(), 0).unwrap();
    let (checkpoints, is_over) = (dir.path().join("checkpoints"), AtomicBool::new(false));
    let seen = std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut seen = None;
            while !is_over.load(Ordering::Relaxed) && seen.is_none() {
                seen = half(&checkpoints);
            }
            seen
        });
        (1..6).for_each(|step| directory.save(step, 1, checkpoint).unwrap());
        is_over.store(true, Ordering::Relaxed);
        looks.join().unwrap()
    });
    assert_eq!(seen, None);
    assert_eq!(fs::read_dir(&checkpoints).unwrap().count(), 1);
}

#[test]
fn what_an_earlier_process_began_to_remove_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("checkpoints/.old-step-00000009");
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join("config.json"), "{}").unwrap();
    RunDirectory::at(RunLock::take(dir.path()).unwrap(), 0).unwrap();
    assert!(!old.exists());
}
