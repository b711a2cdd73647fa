//! Files that are whole or not there.

use std::{fs::File, io::Write, path::Path};

use tempfile::NamedTempFile;

use crate::error::Error;

/// Where a file's bytes go for now.
#[derive(Debug)]
pub struct Destination<'a> {
    file: &'a mut File,
    path: &'a Path,
}

impl Destination<'_> {
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
        return write(&mut Destination { file: &mut file, path });
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = temporary_file(folder).map_err(|error| refused(plain(error)))?;
    let temporary = file.path().to_owned();
    write(&mut Destination { file: file.as_file_mut(), path: &temporary })?;
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
    error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

/// A temporary file is its owner's alone; a model's file is everyone's to
/// read, as the umask allows.
#[cfg(unix)]
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let everyone = std::fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().prefix(".embert-").permissions(everyone).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".embert-").tempfile_in(folder)
}
