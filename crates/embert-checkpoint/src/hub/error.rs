//! Why a file is not fetched.

use std::path::PathBuf;

use super::RepoName;

/// A file of the hub that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Nothing says where files are kept.
    #[error("no home directory is known; HF_HOME is expected to say where models are kept")]
    NoHome,
    /// The operating system refused.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A variable of the environment has a value that it cannot have.
    #[error("{variable} is {found}; {expected} are expected")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// Its value, where that is no secret.
        found: String,
        /// What it can be.
        expected: &'static str,
    },
    /// It is not kept, and may not be fetched.
    #[error("{file} of {name} is not kept in {}, and {}", cache.display(), why(*is_wanted))]
    Offline {
        /// The repository.
        name: RepoName,
        /// The file.
        file: String,
        /// Where files are kept.
        cache: PathBuf,
        /// Whether the hub is not to be asked; else it does not answer.
        is_wanted: bool,
    },
    /// Nobody answers.
    #[error("the hub cannot be reached at {url}: {message}")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// Why.
        message: String,
    },
    /// There is none, or none for this token.
    #[error("the hub has no {} ({url}: {status}), or not for {}", name.id(), who(*has_token))]
    NoRepository {
        /// Its name.
        name: RepoName,
        /// What was asked for.
        url: String,
        /// What came: 401 or 404.
        status: u16,
        /// Whether a token was sent.
        has_token: bool,
    },
    /// It has to be asked for.
    #[error("{} is not open to {} ({url}: {status}); access is asked for on its page", name.id(), who(*has_token))]
    Gated {
        /// The repository.
        name: RepoName,
        /// What was asked for.
        url: String,
        /// What came: 401 or 403.
        status: u16,
        /// Whether a token was sent.
        has_token: bool,
    },
    /// The repository has no such branch, tag or commit.
    #[error("{} has no revision {revision}", name.id())]
    NoRevision {
        /// The repository.
        name: RepoName,
        /// The revision, or the commit that it was when it was first asked for.
        revision: String,
    },
    /// The repository has no such file.
    #[error("{name} has no {file}")]
    NoFile {
        /// The repository.
        name: RepoName,
        /// The file.
        file: String,
    },
    /// The hub asks to wait, or has failed, more often than is tried.
    #[error("{url}: the hub answers {status}{}{}", meaning(*status), times(*attempts))]
    Status {
        /// What was asked for.
        url: String,
        /// What came.
        status: u16,
        /// How often.
        attempts: u32,
    },
    /// The transfer broke off, more often than is tried.
    #[error(
        "{url}: the transfer broke off after {bytes} bytes, which are kept: {message}; the next attempt goes on there"
    )]
    Broken {
        /// What was asked for.
        url: String,
        /// What has come.
        bytes: u64,
        /// Why.
        message: String,
    },
    /// An answer that no hub gives.
    #[error("{url}: {message}, as no hub answers")]
    NoHub {
        /// What was asked for.
        url: String,
        /// What is wrong.
        message: String,
    },
    /// What came is not what was promised.
    #[error("{url}: what came has the {what} {found}; {expected} is expected; it was removed")]
    Corrupt {
        /// What was asked for.
        url: String,
        /// Size or checksum.
        what: &'static str,
        /// What it is.
        found: String,
        /// What the hub said.
        expected: String,
    },
}

impl HubError {
    /// Whether the hub was not asked, or did not answer.
    pub fn is_for_want_of_a_hub(&self) -> bool {
        match self {
            Self::Offline { .. } | Self::Unreachable { .. } => true,
            Self::Status { status, .. } => is_passing(*status),
            _ => false,
        }
    }

    pub(super) fn variable(variable: &'static str, found: &str, expected: &'static str) -> Self {
        Self::Variable { variable, found: found.into(), expected }
    }
}

/// Whether an answer may be another one soon.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

fn why(is_wanted: bool) -> &'static str {
    if is_wanted { "HF_HUB_OFFLINE says that the hub is not asked" } else { "the hub does not answer" }
}

fn times(attempts: u32) -> String {
    if attempts > 1 { format!(", {attempts} times") } else { String::new() }
}

fn who(has_token: bool) -> &'static str {
    if has_token { "the owner of this token" } else { "who brings no token (HF_TOKEN)" }
}

fn meaning(status: u16) -> &'static str {
    match status {
        429 => " (too many requests)",
        500.. => " (it has failed)",
        _ => "",
    }
}
