//! Folders that are whole at any moment.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::error::Error;

const UNFINISHED: &str = ".unfinished-";
const OLD: &str = ".old-";

/// Lets `write` fill a folder beside `place` and moves it there, in the stead of what was there before.
///
/// Where the file system can exchange two folders, there is one at `place` at every moment.
///
/// # Errors
/// Where a file cannot be written; `place` is as it was then.
pub(crate) fn put_folder<E: From<Error>>(place: &Path, write: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    let refused = |source| Error::Io { file: place.to_owned(), source };
    let beside = beside(place);
    // What an earlier process did not finish.
    remove_folder(&beside)?;
    std::fs::create_dir_all(&beside).map_err(refused)?;
    let outcome = write(&beside).and_then(|()| {
        sync_folders(&beside).map_err(refused)?;
        exchange(&beside, place).map_err(refused)?;
        // Only now may what was there be missed.
        Ok(place.parent().map_or(Ok(()), sync_folder).map_err(refused)?)
    });
    // What was there before, or what failed.
    let removed = remove_folder(&beside);
    outcome?;
    Ok(removed?)
}

/// Makes in `to`, which is there, a second name for the weights of `from`, and copies of its other files, but for those
/// in its folder `without`; copies of all where the file system has no second names.
///
/// # Errors
/// Where a file cannot be made.
pub(crate) fn link_folder(from: &Path, to: &Path, without: &str) -> Result<(), Error> {
    let refused = |source| Error::Io { file: to.to_owned(), source };
    for entry in std::fs::read_dir(from).map_err(|source| Error::Io { file: from.to_owned(), source })? {
        let entry = entry.map_err(refused)?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == without {
            continue;
        }
        if entry.file_type().map_err(refused)?.is_dir() {
            std::fs::create_dir(&new).map_err(refused)?;
            link_folder(&old, &new, without)?;
        } else if new.extension() != Some("safetensors".as_ref()) || std::fs::hard_link(&old, &new).is_err() {
            std::fs::copy(&old, &new).map_err(refused)?;
        }
    }
    Ok(())
}

/// Removes what earlier processes began to make in `folder`, or to remove.
///
/// # Errors
/// Where it cannot be removed.
pub(crate) fn remove_unfinished(folder: &Path) -> Result<(), Error> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(UNFINISHED) || name.starts_with(OLD) {
            remove_folder(&path)?;
        }
    }
    Ok(())
}

/// # Errors
/// Where it is there and cannot be removed.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), Error> {
    let removed = if folder.is_file() { std::fs::remove_file(folder) } else { std::fs::remove_dir_all(folder) };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(|source| Error::Io { file: folder.to_owned(), source }),
    }
}

/// Removes a folder that is whole as long as it has its name: a process that is killed meanwhile leaves what the next one
/// removes.
///
/// # Errors
/// Where it cannot be removed.
pub(crate) fn discard_folder(folder: &Path) -> Result<(), Error> {
    let old = old(folder);
    remove_folder(&old)?;
    std::fs::rename(folder, &old).map_err(|source| Error::Io { file: folder.to_owned(), source })?;
    remove_folder(&old)
}

/// `model` is made in `.unfinished-model`.
fn beside(place: &Path) -> PathBuf {
    named(UNFINISHED, place)
}

/// What was at `place` goes by way of `.old-model`.
fn old(place: &Path) -> PathBuf {
    named(OLD, place)
}

fn named(prefix: &str, place: &Path) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!("{prefix}{name}"))
}

/// Moves `new` to `place`, and what is there, if anything, to `new`.
fn exchange(new: &Path, place: &Path) -> io::Result<()> {
    if !place.exists() {
        return std::fs::rename(new, place);
    }
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    // A moment without either: what is at `place` is whole before it and after it.
    let old = old(place);
    let _ = std::fs::remove_dir_all(&old);
    std::fs::rename(place, &old)?;
    std::fs::rename(new, place)?;
    std::fs::rename(&old, new)
}

/// The names of the files are on disk before the folder's own is.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
