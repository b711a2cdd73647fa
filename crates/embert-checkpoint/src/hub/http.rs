//! What the hub is asked, and what it answers.

use std::{thread::sleep, time::Duration};

use ureq::{
    Agent, Body, Error,
    config::RedirectAuthHeaders,
    http::{HeaderMap, Response, StatusCode, Uri},
};

use super::{Hub, HubError, RepoName, cache::is_name, error::is_passing};

/// The longest that the hub is waited for where it says how long.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const MOST_REDIRECTS: usize = 10;

/// A client.
#[derive(Clone, Debug)]
pub(super) struct Http {
    agent: Agent,
    endpoint: String,
    token: Option<String>,
    pub(super) attempts: u32,
    wait: Duration,
}

/// What the hub says of a file.
pub(super) enum Found {
    File(Metadata),
    None {
        /// Of which it has none.
        commit: Option<String>,
    },
}

/// A file of a commit.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) commit: String,
    /// The name of its content.
    pub(super) etag: String,
    pub(super) size: Option<u64>,
    /// Where it is fetched from.
    pub(super) url: String,
    /// Whether that is the hub itself.
    is_hub: bool,
}

impl Metadata {
    /// The address without what only a store's own key lets through.
    pub(super) fn place(&self) -> String {
        bare(&self.url)
    }
}

impl Http {
    pub(super) fn new(hub: &Hub) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            // A part of a compressed file cannot be gone on with.
            .accept_encoding("identity")
            .user_agent(concat!("embert/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(hub.timeout))
            .timeout_resolve(Some(hub.timeout))
            .timeout_recv_response(Some(hub.timeout))
            .timeout_per_read(Some(hub.timeout));
        let (endpoint, token) = (hub.endpoint.clone(), hub.token.clone());
        Self { agent: config.build().into(), endpoint, token, attempts: hub.attempts.max(1), wait: hub.wait }
    }

    /// Asks where a file of a revision is, and what it is.
    ///
    /// # Errors
    /// Where the hub does not say, or has no such repository or revision.
    pub(super) fn find(&self, name: &RepoName, commit: Option<&str>, file: &str) -> Result<Found, HubError> {
        let revision = commit.unwrap_or(name.revision());
        let parts: Vec<String> = file.split('/').map(encoded).collect();
        let mut url = format!("{}/{}/resolve/{}/{}", self.endpoint, name.id(), encoded(revision), parts.join("/"));
        for _ in 0..MOST_REDIRECTS {
            let answer = self.persistently(&url, || self.request(&url, None, true, true))?;
            let (status, headers) = (answer.status(), answer.headers());
            let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
            let place = header("location").filter(|_| status.is_redirection());
            let place = place.map(|place| absolute(&url, place)).transpose()?;
            // A repository that has another name now is on the same hub still.
            if let Some(place) = &place
                && header("x-linked-etag").is_none()
                && origin(place)? == origin(&url)?
            {
                url = place.clone();
                continue;
            }
            let found = header("x-repo-commit").filter(|commit| is_name(commit)).map(str::to_owned);
            if let (Some(commit), Some(found)) = (commit, &found)
                && commit != found
            {
                return Err(HubError::NoHub { url, message: format!("it answers of the commit {found}") });
            }
            let commit = found;
            if status == StatusCode::OK || place.is_some() {
                return self.metadata(&url, commit, headers, place).map(Found::File);
            }
            return match (status.as_u16(), header("x-error-code")) {
                (404, Some("EntryNotFound")) => Ok(Found::None { commit }),
                (404, Some("RevisionNotFound")) => {
                    Err(HubError::NoRevision { name: name.clone(), revision: revision.to_owned() })
                }
                (status, Some("GatedRepo")) | (status @ 403, _) => {
                    Err(HubError::Gated { name: name.clone(), url, status, has_token: self.token.is_some() })
                }
                (401, _) | (404, Some("RepoNotFound")) => Err(self.no_repository(name, url, status)),
                // A plain server of files knows no more.
                (404, _) if commit.is_some() => Ok(Found::None { commit }),
                (404, _) => Err(self.no_repository(name, url, status)),
                (status @ 200..=399, _) => Err(HubError::NoHub { url, message: format!("it answers {status}") }),
                (status, _) => Err(HubError::Status { url, status, attempts: 1 }),
            };
        }
        Err(HubError::NoHub { url, message: format!("it leads on more than {MOST_REDIRECTS} times") })
    }

    fn no_repository(&self, name: &RepoName, url: String, status: StatusCode) -> HubError {
        HubError::NoRepository { name: name.clone(), url, status: status.as_u16(), has_token: self.token.is_some() }
    }

    fn metadata(
        &self,
        url: &str,
        commit: Option<String>,
        headers: &HeaderMap,
        place: Option<String>,
    ) -> Result<Metadata, HubError> {
        let missing = |name: &str| HubError::NoHub { url: url.into(), message: format!("it says no {name}") };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let etag = header("x-linked-etag").or_else(|| header("etag"));
        let etag = etag.map(|etag| etag.trim_start_matches("W/").trim_matches('"')).filter(|etag| is_name(etag));
        // What leads on has a length of its own.
        let length = header("content-length").filter(|_| place.is_none());
        let url = place.unwrap_or_else(|| url.to_owned());
        let is_hub = origin(&url)? == origin(&self.endpoint)?;
        Ok(Metadata {
            commit: commit.ok_or_else(|| missing("x-repo-commit"))?,
            etag: etag.ok_or_else(|| missing("etag"))?.to_owned(),
            size: header("x-linked-size").or(length).and_then(|size| size.parse().ok()),
            url,
            is_hub,
        })
    }

    /// The content from a byte on.
    pub(super) fn content(&self, metadata: &Metadata, start: u64) -> Result<Response<Body>, HubError> {
        self.persistently(&metadata.url, || self.request(&metadata.url, Some(start), false, metadata.is_hub))
    }

    fn request(&self, url: &str, start: Option<u64>, is_head: bool, is_hub: bool) -> Result<Response<Body>, Error> {
        let request = if is_head { self.agent.head(url) } else { self.agent.get(url) };
        // A store may lead on to another one; the token does not go along.
        let redirects = if is_head { 0 } else { MOST_REDIRECTS as u32 };
        let request = request.config().max_redirects(redirects).build();
        let request = match &self.token {
            // For the hub alone, and not for where it keeps its files.
            Some(token) if is_hub => request.header("Authorization", format!("Bearer {token}")),
            _ => request,
        };
        match start {
            Some(start) if start > 0 => request.header("Range", format!("bytes={start}-")).call(),
            _ => request.call(),
        }
    }

    /// Asks again where the hub is busy or has failed.
    fn persistently(
        &self,
        url: &str,
        ask: impl Fn() -> Result<Response<Body>, Error>,
    ) -> Result<Response<Body>, HubError> {
        let mut attempts = 1;
        loop {
            let (error, asked_for) = match ask() {
                Ok(answer) if !is_passing(answer.status().as_u16()) => return Ok(answer),
                Ok(answer) => {
                    let header = answer.headers().get("retry-after");
                    let asked_for = header.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
                    let status = answer.status().as_u16();
                    (HubError::Status { url: bare(url), status, attempts }, asked_for.map(Duration::from_secs))
                }
                Err(error) => {
                    let is_broken_off = is_broken_off(&error);
                    let place = origin(url).unwrap_or_else(|_| bare(url));
                    let error = HubError::Unreachable { url: place, message: error.to_string() };
                    if !is_broken_off {
                        return Err(error);
                    }
                    (error, None)
                }
            };
            if attempts >= self.attempts {
                return Err(error);
            }
            self.pause(attempts, asked_for);
            attempts += 1;
        }
    }

    /// After the first failure, the second, …
    pub(super) fn pause(&self, failures: u32, asked_for: Option<Duration>) {
        let wait = self.wait.saturating_mul(1 << (failures - 1).min(10));
        sleep(asked_for.unwrap_or(wait).min(LONGEST_WAIT));
    }
}

/// Whether somebody was there, and is worth to be asked again; a machine without a network does not wait.
fn is_broken_off(error: &Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        Error::Io(error) => matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof),
        Error::Protocol(_) => true,
        _ => false,
    }
}

/// An address without its query, in which a store has signatures.
fn bare(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

/// Where an answer leads.
fn absolute(url: &str, place: &str) -> Result<String, HubError> {
    Ok(if place.starts_with('/') && !place.starts_with("//") { origin(url)? + place } else { place.to_owned() })
}

/// As a part of an address: a branch may have a slash in its name.
fn encoded(revision: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    revision.bytes().map(byte).collect()
}

/// `https://huggingface.co`.
fn origin(url: &str) -> Result<String, HubError> {
    let wrong = || HubError::NoHub { url: url.into(), message: "it is no address".into() };
    let address: Uri = url.parse().map_err(|_| wrong())?;
    match (address.scheme_str(), address.authority()) {
        (Some(scheme), Some(authority)) => Ok(format!("{scheme}://{authority}")),
        _ => Err(wrong()),
    }
}
