//! Directories that are whole or not there.

use std::path::Path;

use crate::error::Error;

/// Whether a run may begin in `dir`: it is not there, or empty.
pub fn is_free(dir: &Path) -> bool {
    std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none())
}

/// Lets `write` fill a folder beside `out` and renames it into place: nobody
/// ever sees half of it. `out` is not there, or empty.
pub(crate) fn write_directory(out: &Path, write: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let refused = |source| Error::Io { file: out.to_owned(), source };
    let beside = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(beside).map_err(refused)?;
    let unfinished = tempfile::Builder::new().prefix(".embert-").tempdir_in(beside).map_err(refused)?;
    write(unfinished.path())?;
    make_readable(unfinished.path()).map_err(refused)?;
    if out.exists() {
        std::fs::remove_dir(out).map_err(refused)?;
    }
    std::fs::rename(unfinished.path(), out).map_err(refused)?;
    // It is no temporary folder any more.
    let _ = unfinished.keep();
    Ok(())
}

/// A temporary folder is its owner's alone; a model is everyone's to read, as its files are.
#[cfg(unix)]
fn make_readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_readable(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
