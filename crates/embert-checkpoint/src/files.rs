//! Files that are whole or not there.

use std::{
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    path::Path,
};

use tempfile::NamedTempFile;

use crate::error::Error;

/// Where a file's bytes go for now.
#[derive(Debug)]
pub struct Destination<'a> {
    file: &'a mut File,
    path: &'a Path,
    is_temporary: bool,
}

impl Destination<'_> {
    /// The file that becomes the one that is written, where it is another: who ends the process may remove it.
    pub fn temporary(&self) -> Option<&Path> {
        self.is_temporary.then_some(self.path)
    }

    /// For those who open files themselves.
    pub fn path(&self) -> &Path {
        self.path
    }
}

impl Write for Destination<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file beside its place and renames it into it: nobody ever sees
/// half of it, and a failure leaves what was there before. A link's target is
/// replaced, not the link; what is no file (a pipe, a terminal, /dev/null)
/// cannot be, and is written to.
///
/// What a process that was killed had of this file so far is removed by the next that writes it.
///
/// # Errors
/// Where the operating system refuses, or `write` does.
pub fn write_beside<E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut Destination<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let refused = |source| Error::Io { file: path.to_owned(), source };
    let target = std::fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    if path.exists() && !path.is_file() {
        let mut file = File::options().write(true).open(path).map_err(refused)?;
        return write(&mut Destination { file: &mut file, path, is_temporary: false });
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let prefix = prefix(path);
    remove_abandoned(folder, &prefix);
    let mut file = locked_file(folder, &prefix).map_err(|error| refused(plain(error)))?;
    let temporary = file.path().to_owned();
    write(&mut Destination { file: file.as_file_mut(), path: &temporary, is_temporary: true })?;
    file.as_file().sync_all().map_err(refused)?;
    file.persist(path).map_err(|error| refused(error.error))?;
    Ok(())
}

/// Writes `bytes` as [`write_beside`] does.
///
/// # Errors
/// Where the operating system refuses.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_beside(path, |file| file.write_all(bytes).map_err(|source| Error::Io { file: path.to_owned(), source }))
}

/// The reason alone, without the temporary file's name.
fn plain(error: std::io::Error) -> std::io::Error {
    let inner = error.get_ref().and_then(|named| named.source()).and_then(|inner| inner.downcast_ref());
    let code = error.raw_os_error().or_else(|| inner.and_then(std::io::Error::raw_os_error));
    code.map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

/// What the names of the temporary files of a file begin with: not its own name, which may be as long as a name can be.
fn prefix(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.file_name().hash(&mut hasher);
    format!(".embert-{:016x}-", hasher.finish())
}

/// Removes temporary files that nobody writes any more: who does has them locked.
fn remove_abandoned(folder: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)) {
        // For writing: a lock over a network takes that.
        let Ok(file) = File::options().write(true).open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            // What cannot be removed is in nobody's way. The lock is held until then: see `locked_file`.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// A temporary file that nobody takes for abandoned.
///
/// Between its making and its lock another process may take it for that. That process holds the lock until the file is
/// gone; so a file that is there once it is locked stays.
fn locked_file(folder: &Path, prefix: &str) -> std::io::Result<NamedTempFile> {
    loop {
        let file = temporary_file(folder, prefix)?;
        // Where there are no locks, nothing is taken for abandoned either.
        let _ = file.as_file().lock();
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// A temporary file is its owner's alone; a model's file is everyone's to
/// read, as the umask allows.
#[cfg(unix)]
fn temporary_file(folder: &Path, prefix: &str) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let everyone = std::fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(prefix).permissions(everyone).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_file(folder: &Path, prefix: &str) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(prefix).tempfile_in(folder)
}
