//! Models by their name on the Hugging Face hub.
//!
//! Files are kept where Python's `huggingface_hub` keeps them, and as it keeps them, so that either finds what the other
//! fetched. A file that is there is never asked for again, and a branch stays at the commit that it had when it was first
//! asked for: who wants a newer one names its commit, or removes the file under `refs` that says which it was.
//!
//! Our own client on [`ureq`] rather than the crate `hf-hub`: its blocking version (0.5) neither checks what it fetched
//! nor has a time after which it gives up, and gives up a lock after five seconds; the later one (1.0) brings an
//! asynchronous runtime, and C, along.

mod cache;
mod checksum;
mod download;
mod error;
mod http;
mod name;

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use self::{
    cache::Cache,
    http::{Found, Http},
};
pub use self::{error::HubError, name::RepoName};

/// Where models are kept, and where they come from.
#[derive(Clone, Debug)]
pub struct Hub {
    /// The folder of all repositories.
    pub cache: PathBuf,
    /// The hub's address, without a slash at its end.
    pub endpoint: String,
    /// Who asks.
    pub token: Option<String>,
    /// Whether nothing is asked for: what is not kept is not there.
    pub is_offline: bool,
    /// How often a transfer or an answer may fail, without anything gained, before that is an error.
    pub attempts: u32,
    /// How long it waits after the first failure; twice as long after each further one.
    pub wait: Duration,
    /// How long nothing may come before that is a failure.
    pub timeout: Duration,
}

/// How far the transfer of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer<'a> {
    /// Its name in its repository.
    pub file: &'a str,
    /// The bytes that are there.
    pub bytes: u64,
    /// The bytes that it has, where the hub says so.
    pub all: Option<u64>,
}

impl Hub {
    /// The hub at `endpoint`, kept in `cache`.
    pub fn new(cache: impl Into<PathBuf>, endpoint: &str) -> Self {
        Self {
            cache: cache.into(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: None,
            is_offline: false,
            attempts: 5,
            wait: Duration::from_secs(1),
            timeout: Duration::from_secs(10),
        }
    }

    /// As the environment has it: `HF_HUB_CACHE`, `HF_HOME` (else `~/.cache/huggingface`), `HF_ENDPOINT`, `HF_TOKEN` or
    /// the file that `hf auth login` wrote, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT` in seconds.
    ///
    /// # Errors
    /// Where nothing says where the cache is, or a variable has a value that it cannot have.
    pub fn from_env() -> Result<Self, HubError> {
        let home = path("HF_HOME").or_else(|| {
            let caches = path("XDG_CACHE_HOME").or_else(|| env::home_dir().map(|home| home.join(".cache")));
            caches.map(|caches| caches.join("huggingface"))
        });
        let cache = path("HF_HUB_CACHE").or_else(|| path("HUGGINGFACE_HUB_CACHE"));
        let Some(cache) = cache.or_else(|| home.as_ref().map(|home| home.join("hub"))) else {
            return Err(HubError::NoHome);
        };
        let token_file = path("HF_TOKEN_PATH").or_else(|| home.map(|home| home.join("token")));
        let kept = || std::fs::read_to_string(token_file?).ok();
        let token = said("HF_TOKEN").or_else(|| said("HUGGING_FACE_HUB_TOKEN"));
        let token = if is_on("HF_HUB_DISABLE_IMPLICIT_TOKEN") { None } else { token.or_else(kept) };
        let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(HubError::variable("HF_TOKEN", "a secret", "letters, digits and signs alone"));
        }
        let endpoint = said("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".into());
        if !endpoint.starts_with("https://") && !endpoint.starts_with("http://") {
            return Err(HubError::variable("HF_ENDPOINT", &endpoint, "https:// or http:// and a host"));
        }
        let mut hub = Self::new(cache, &endpoint);
        hub.token = token;
        hub.is_offline = is_on("HF_HUB_OFFLINE") || is_on("TRANSFORMERS_OFFLINE");
        if let Some(said) = said("HF_HUB_DOWNLOAD_TIMEOUT") {
            let seconds = said.parse().ok().filter(|seconds| (1..=86_400).contains(seconds));
            let wrong = || HubError::variable("HF_HUB_DOWNLOAD_TIMEOUT", &said, "seconds, from 1 to 86400,");
            hub.timeout = Duration::from_secs(seconds.ok_or_else(wrong)?);
        }
        Ok(hub)
    }

    /// What is known of a repository; it is asked for nothing yet.
    pub fn repository<'a>(&'a self, name: &RepoName) -> Repository<'a> {
        let cache = Cache::of(&self.cache, name);
        let commit = cache.commit();
        Repository {
            hub: self,
            http: Http::new(self),
            name: name.clone(),
            cache,
            commit,
            has_answered: false,
            is_gone: self.is_offline,
            guessed: Vec::new(),
        }
    }
}

/// A variable's value, where it is a path; `~` is the home directory, as for `huggingface_hub`.
fn path(variable: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty())?;
    match path.strip_prefix("~") {
        Ok(rest) => env::home_dir().map(|home| home.join(rest)),
        Err(_) => Some(path),
    }
}

/// A variable's value, where it has one.
fn said(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Whether a variable says yes, as `huggingface_hub` reads it.
fn is_on(variable: &str) -> bool {
    said(variable).is_some_and(|value| ["1", "on", "yes", "true"].contains(&value.to_lowercase().as_str()))
}

/// A repository at one commit: the one that its revision was when it was first asked for.
#[derive(Debug)]
pub struct Repository<'a> {
    hub: &'a Hub,
    http: Http,
    name: RepoName,
    cache: Cache,
    commit: Option<String>,
    /// Whether the hub has said anything so far.
    has_answered: bool,
    /// Whether the hub is not asked any more: it does not answer, or may not be asked.
    is_gone: bool,
    guessed: Vec<String>,
}

impl Repository<'_> {
    /// Where a file is, fetched where it is not kept; nothing where the repository has no such file.
    ///
    /// # Errors
    /// Where it has to be fetched and cannot be.
    pub fn find(&mut self, file: &str, report: &mut dyn FnMut(Transfer)) -> Result<Option<PathBuf>, HubError> {
        if let Some(commit) = &self.commit {
            if let Some(path) = self.cache.find(commit, file) {
                return Ok(Some(path));
            }
            if self.cache.is_known_to_be_none(commit, file) {
                return Ok(None);
            }
        }
        if self.is_gone {
            let (name, file, cache) = (self.name.clone(), file.into(), self.hub.cache.clone());
            return Err(HubError::Offline { name, file, cache, is_wanted: self.hub.is_offline });
        }
        let found = self.http.find(&self.name, self.commit.as_deref(), file);
        self.is_gone = found.as_ref().is_err_and(HubError::is_for_want_of_a_hub);
        let found = found?;
        self.has_answered = true;
        match found {
            Found::File(metadata) => {
                self.pin(&metadata.commit)?;
                self.http.fetch(&metadata, file, &self.cache, report).map(Some)
            }
            Found::None { commit } => {
                if let Some(commit) = commit {
                    self.pin(&commit)?;
                    self.cache.know_none(&commit, file);
                }
                Ok(None)
            }
        }
    }

    /// Like [`find`](Self::find), of a file without which a model is one too: where the hub has not answered at all, and
    /// other files are kept, it is as if there were none; see [`guessed`](Self::guessed). What is asked for after that has
    /// to be kept.
    ///
    /// # Errors
    /// Where it has to be fetched and cannot be.
    pub fn find_optional(&mut self, file: &str, report: &mut dyn FnMut(Transfer)) -> Result<Option<PathBuf>, HubError> {
        match self.find(file, report) {
            Err(error) if error.is_for_want_of_a_hub() && self.commit.is_some() && !self.has_answered => {
                self.guessed.push(file.to_owned());
                Ok(None)
            }
            found => found,
        }
    }

    /// The files that were taken as not there since the hub did not say so.
    pub fn guessed(&self) -> &[String] {
        &self.guessed
    }

    /// Where a file is, fetched where it is not kept.
    ///
    /// # Errors
    /// Where it cannot be fetched, or the repository has none.
    pub fn require(&mut self, file: &str, report: &mut dyn FnMut(Transfer)) -> Result<PathBuf, HubError> {
        match self.find(file, report)? {
            Some(path) => Ok(path),
            None => Err(HubError::NoFile { name: self.name.clone(), file: file.into() }),
        }
    }

    /// The folder of what was found so far; nothing before the first file was.
    pub fn folder(&self) -> Option<PathBuf> {
        self.commit.as_ref().map(|commit| self.cache.snapshot(commit))
    }

    fn pin(&mut self, commit: &str) -> Result<(), HubError> {
        if self.commit.as_deref() != Some(commit) {
            self.cache.keep_commit(commit)?;
            self.commit = Some(commit.to_owned());
        }
        Ok(())
    }
}

/// Refused by the operating system.
fn refused(file: &Path) -> impl FnOnce(std::io::Error) -> HubError {
    move |source| HubError::Io { file: file.to_owned(), source }
}
