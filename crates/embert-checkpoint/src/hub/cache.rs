//! Where files are kept, as `huggingface_hub` keeps them:
//!
//! ```text
//! models--organisation--name/
//!   blobs/ETAG                  the content, once
//!   snapshots/COMMIT/FILE       a link to it
//!   refs/REVISION               the commit that it was
//!   .no_exist/COMMIT/FILE       empty: the repository has no such file
//! .locks/models--organisation--name/ETAG.lock
//! ```

use std::{
    fs::{self, File, TryLockError, create_dir_all},
    io,
    path::{Component, Path, PathBuf},
    thread,
    time::Duration,
};

use super::{HubError, RepoName, refused};
use crate::{Error, files::write_file};

/// How often it is looked whether another process still fetches.
const POLL: Duration = Duration::from_millis(100);

/// What is kept of a repository.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    repository: PathBuf,
    locks: PathBuf,
    revision: String,
}

impl Cache {
    pub(super) fn of(all: &Path, name: &RepoName) -> Self {
        let folder = format!("models--{}", name.id().replace('/', "--"));
        let revision = name.revision().to_owned();
        Self { repository: all.join(&folder), locks: all.join(".locks").join(folder), revision }
    }

    /// The commit that the revision was when it was last asked for, or that it is.
    pub(super) fn commit(&self) -> Option<String> {
        let kept = fs::read_to_string(self.reference()).ok().map(|commit| commit.trim().to_owned());
        kept.filter(|commit| is_name(commit)).or_else(|| is_commit(&self.revision).then(|| self.revision.clone()))
    }

    /// # Errors
    /// Where the operating system refuses.
    pub(super) fn keep_commit(&self, commit: &str) -> Result<(), HubError> {
        let file = self.reference();
        if self.revision == commit {
            return Ok(());
        }
        create_parent(&file)?;
        write_file(&file, commit.as_bytes()).map_err(|error| match error {
            Error::Io { file, source } => HubError::Io { file, source },
            other => refused(&file)(io::Error::other(other)),
        })
    }

    fn reference(&self) -> PathBuf {
        self.repository.join("refs").join(&self.revision)
    }

    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.repository.join("snapshots").join(commit)
    }

    pub(super) fn find(&self, commit: &str, file: &str) -> Option<PathBuf> {
        Some(self.snapshot(commit).join(file)).filter(|path| path.is_file())
    }

    fn none(&self, commit: &str, file: &str) -> PathBuf {
        self.repository.join(".no_exist").join(commit).join(file)
    }

    pub(super) fn is_known_to_be_none(&self, commit: &str, file: &str) -> bool {
        self.none(commit, file).is_file()
    }

    /// Where that cannot be kept, it is asked for again.
    pub(super) fn know_none(&self, commit: &str, file: &str) {
        let file = self.none(commit, file);
        let _ = create_parent(&file).and_then(|()| File::create(&file).map_err(refused(&file)));
    }

    pub(super) fn blob(&self, etag: &str) -> PathBuf {
        self.repository.join("blobs").join(etag)
    }

    /// Waits until nobody else fetches that content, and calls `waiting` while somebody does; until the file that is
    /// returned is closed, nobody does.
    ///
    /// # Errors
    /// Where the operating system refuses.
    pub(super) fn lock(&self, etag: &str, waiting: &mut dyn FnMut()) -> Result<File, HubError> {
        let path = self.locks.join(format!("{etag}.lock"));
        create_parent(&path)?;
        create_parent(&self.blob(etag))?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(refused(&path))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => waiting(),
                Err(TryLockError::Error(error)) => return Err(refused(&path)(error)),
            }
            thread::sleep(POLL);
        }
    }

    /// Lets the snapshot have the content under the file's name.
    ///
    /// # Errors
    /// Where the operating system refuses.
    pub(super) fn link(&self, commit: &str, file: &str, etag: &str) -> Result<PathBuf, HubError> {
        let place = self.snapshot(commit).join(file);
        create_parent(&place)?;
        let up = Path::new(file).components().filter(|part| matches!(part, Component::Normal(_))).count() + 1;
        let target: PathBuf = std::iter::repeat_n("..", up).collect::<PathBuf>().join("blobs").join(etag);
        match link(&target, &self.blob(etag), &place) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(refused(&place)(error)),
            _ => Ok(place),
        }
    }
}

#[cfg(unix)]
fn link(target: &Path, _blob: &Path, place: &Path) -> io::Result<()> {
    // What is there leads nowhere: it would have been found.
    if fs::symlink_metadata(place).is_ok() && !place.exists() {
        fs::remove_file(place)?;
    }
    std::os::unix::fs::symlink(target, place)
}

/// Where links take a privilege, the content stands twice, as `huggingface_hub` has it then.
#[cfg(not(unix))]
fn link(_target: &Path, blob: &Path, place: &Path) -> io::Result<()> {
    fs::copy(blob, place).map(drop)
}

fn create_parent(path: &Path) -> Result<(), HubError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    create_dir_all(parent).map_err(refused(parent))
}

/// Whether it may be a file's name in the cache.
pub(super) fn is_name(text: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && !text.starts_with('.') && text.len() <= 128 && text.bytes().all(is_known)
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}
