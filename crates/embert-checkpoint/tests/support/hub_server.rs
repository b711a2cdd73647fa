//! A hub on this machine, which speaks the routes of its files.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use sha1::{Digest, Sha1};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How long it says nothing where it is silent.
const STALL: Duration = Duration::from_secs(60);

/// What was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    /// The first byte that is wanted.
    pub(crate) start: usize,
}

/// What it does otherwise than a sound hub, for the requests that it is asked to.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Answers with a status.
    Status(u16),
    /// Sends so many bytes of the content, and hangs up.
    BreaksAfter(usize),
    /// Sends so many bytes of the content, and then nothing.
    StallsAfter(usize),
    /// Sends the whole, whatever part is asked for.
    NoRanges,
    /// Sends another content of the same length.
    OtherContent,
    /// Sends more than it said.
    Longer,
    /// Takes the request, and never answers.
    Silent,
}

type Faults = Arc<dyn Fn(&Request, usize) -> Option<Fault> + Send + Sync>;

/// Ends with the process.
pub(crate) struct HubServer {
    pub(crate) address: String,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
}

impl HubServer {
    /// Serves `files` as `organisation/model`; `faults` is asked with each request, and how many were before it.
    pub(crate) fn start(
        files: &[(&str, Vec<u8>)],
        faults: impl Fn(&Request, usize) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let files: Arc<BTreeMap<String, Vec<u8>>> =
            Arc::new(files.iter().map(|(name, content)| ((*name).to_owned(), content.clone())).collect());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, count, faults): (_, _, Faults) = (requests.clone(), Arc::new(AtomicUsize::new(0)), Arc::new(faults));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, seen, count, faults) = (files.clone(), seen.clone(), count.clone(), faults.clone());
                thread::spawn(move || {
                    let request = read(&stream)?;
                    let before = count.fetch_add(1, Ordering::SeqCst);
                    seen.lock().unwrap().push(request.clone());
                    answer(stream, &request, &files, faults(&request, before))
                });
            }
        });
        Self { address, requests }
    }

    /// How often a method was used on a file.
    pub(crate) fn count(&self, method: &str, file: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.method == method && request.path.ends_with(file)).count()
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request =
        Request { method: words.next().unwrap(), path: words.next().unwrap_or_default(), ..Request::default() };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "authorization" => request.token = value.strip_prefix("Bearer ").map(str::to_owned),
            "range" => request.start = value.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap(),
            _ => {}
        }
    }
    Ok(request)
}

/// As git names it.
pub(crate) fn etag(content: &[u8]) -> String {
    let digest = Sha1::new().chain_update(format!("blob {}\0", content.len())).chain_update(content).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn answer(
    mut stream: TcpStream,
    request: &Request,
    files: &BTreeMap<String, Vec<u8>>,
    fault: Option<Fault>,
) -> std::io::Result<()> {
    let parts: Vec<&str> = request.path.trim_start_matches('/').splitn(5, '/').collect();
    let mut out =
        |status: u16, headers: &str| write!(stream, "HTTP/1.1 {status} -\r\nConnection: close\r\n{headers}\r\n");
    if let Some(Fault::Status(status)) = fault {
        return out(status, "Content-Length: 0\r\nRetry-After: 0\r\n");
    }
    if let Some(Fault::Silent) = fault {
        thread::sleep(STALL);
        return Ok(());
    }
    let [organisation, model, "resolve", revision, file] = parts[..] else {
        return out(404, "Content-Length: 0\r\nX-Error-Code: RepoNotFound\r\n");
    };
    if (organisation, model) == ("older", "name") {
        let place = format!("Location: /organisation/model/resolve/{revision}/{file}\r\nContent-Length: 0\r\n");
        return out(307, &place);
    }
    if (organisation, model) != ("organisation", "model") {
        return out(404, "Content-Length: 0\r\nX-Error-Code: RepoNotFound\r\n");
    }
    if !["main", COMMIT, "refs%2Fpr%2F1"].contains(&revision) {
        return out(404, "Content-Length: 0\r\nX-Error-Code: RevisionNotFound\r\n");
    }
    let commit = format!("X-Repo-Commit: {COMMIT}\r\n");
    let Some(content) = files.get(file) else {
        return out(404, &format!("Content-Length: 0\r\nX-Error-Code: EntryNotFound\r\n{commit}"));
    };
    let start = if let Some(Fault::NoRanges) = fault { 0 } else { request.start };
    if start > 0 && start >= content.len() {
        return out(416, "Content-Length: 0\r\n");
    }
    let status = if start > 0 { 206 } else { 200 };
    let (mut body, length) = (content[start..].to_vec(), content.len() - start);
    let (last, all) = (content.len().saturating_sub(1), content.len());
    let range = if start > 0 { format!("Content-Range: bytes {start}-{last}/{all}\r\n") } else { String::new() };
    let etag = format!("{range}ETag: \"{}\"\r\n", etag(content));
    if let Some(Fault::Longer) = fault {
        // Without a length, it ends where the connection does.
        let headers = format!("{commit}{etag}X-Linked-Size: {length}\r\n");
        out(status, &headers)?;
        body.extend(b"and more");
    } else {
        out(status, &format!("Content-Length: {length}\r\n{commit}{etag}"))?;
    }
    match fault {
        Some(Fault::BreaksAfter(bytes) | Fault::StallsAfter(bytes)) => body.truncate(bytes),
        Some(Fault::OtherContent) => body.iter_mut().for_each(|byte| *byte ^= 1),
        _ => {}
    }
    if request.method == "GET" {
        stream.write_all(&body)?;
        if let Some(Fault::StallsAfter(_)) = fault {
            thread::sleep(STALL);
        }
    }
    Ok(())
}
