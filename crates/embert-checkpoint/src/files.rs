//! Files that are whole or not there.

use std::{io::Write, path::Path};

use tempfile::NamedTempFile;

use crate::error::Error;

/// Writes a file beside its place and renames it into it: nobody ever sees
/// half of it, and a failure leaves what was there before.
///
/// # Errors
/// Where the operating system refuses, or `write` does.
pub fn write_beside<E: From<Error>>(
    path: &Path,
    write: impl FnOnce(&mut NamedTempFile) -> Result<(), E>,
) -> Result<(), E> {
    let refused = |source| Error::Io { file: path.to_owned(), source };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = temporary_file(folder).map_err(refused)?;
    write(&mut file)?;
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
