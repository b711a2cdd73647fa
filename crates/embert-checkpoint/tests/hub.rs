//! Models by their name: what is kept, what is asked for, and what is told where a hub fails.
#![cfg(feature = "hub")]

#[path = "support/hub_server.rs"]
mod hub_server;

use std::{
    fs::{create_dir_all, read, read_dir, read_link, read_to_string, write},
    path::Path,
    thread,
    time::Duration,
};

use embert_checkpoint::hub::{Hub, HubError, RepoName};
use hub_server::{COMMIT, Fault, HubServer, Request, etag};
use tempfile::TempDir;

const CONFIG: &[u8] = br#"{"model_type": "bert"}"#;

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let weights = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    vec![("config.json", CONFIG.into()), ("model.safetensors", weights), ("1_Pooling/config.json", b"{}".into())]
}

fn sound(_: &Request, _: usize) -> Option<Fault> {
    None
}

fn hub(cache: &TempDir, server: &HubServer) -> Hub {
    let wait = Duration::from_millis(1);
    Hub { wait, timeout: Duration::from_secs(5), attempts: 3, ..Hub::new(cache.path(), &server.address) }
}

fn name(name: &str) -> RepoName {
    name.parse().unwrap()
}

/// Fetches a file.
fn get(hub: &Hub, model: &str, file: &str) -> Result<Vec<u8>, HubError> {
    hub.repository(&name(model)).require(file, &mut |_| ()).map(|path| read(path).unwrap())
}

/// All that is under a folder, from there.
fn tree(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            paths.extend(tree(&entry.path()).iter().map(|path| format!("{name}/{path}")));
        } else {
            paths.push(name);
        }
    }
    paths.sort();
    paths
}

#[test]
fn files_are_kept_where_huggingface_hub_keeps_them() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = hub(&cache, &server);
    let model = name("organisation/model");
    let mut repository = hub.repository(&model);
    for (file, content) in files() {
        let path = repository.require(file, &mut |_| ()).unwrap();
        assert!(path.starts_with(repository.folder().unwrap()));
        assert_eq!(read(path).unwrap(), content);
    }
    assert_eq!(repository.find("vocab.txt", &mut |_| ()).unwrap(), None);

    let etags: Vec<String> = files().iter().map(|(_, content)| etag(content)).collect();
    let mut expected: Vec<String> =
        etags.iter().map(|etag| format!("models--organisation--model/blobs/{etag}")).collect();
    expected.extend(etags.iter().map(|etag| format!(".locks/models--organisation--model/{etag}.lock")));
    let of_commit = |file: &str| format!("models--organisation--model/snapshots/{COMMIT}/{file}");
    expected.extend(files().iter().map(|(file, _)| of_commit(file)));
    expected.push("models--organisation--model/refs/main".into());
    expected.push(format!("models--organisation--model/.no_exist/{COMMIT}/vocab.txt"));
    expected.sort();
    assert_eq!(tree(cache.path()), expected);
    let repository = cache.path().join("models--organisation--model");
    assert_eq!(read_to_string(repository.join("refs/main")).unwrap(), COMMIT);
    let link = read_link(repository.join(format!("snapshots/{COMMIT}/1_Pooling/config.json"))).unwrap();
    assert_eq!(link, Path::new(&format!("../../../blobs/{}", etag(b"{}"))));
}

#[test]
fn what_is_kept_is_not_asked_for_again() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = hub(&cache, &server);
    assert_eq!(get(&hub, "organisation/model", "config.json").unwrap(), CONFIG);
    assert_eq!(hub.repository(&name("organisation/model")).find("vocab.txt", &mut |_| ()).unwrap(), None);
    let before = server.requests.lock().unwrap().len();
    for hub in [hub.clone(), Hub { is_offline: true, ..hub.clone() }] {
        assert_eq!(get(&hub, "organisation/model", "config.json").unwrap(), CONFIG);
        assert_eq!(hub.repository(&name("organisation/model")).find("vocab.txt", &mut |_| ()).unwrap(), None);
    }
    assert_eq!(server.requests.lock().unwrap().len(), before);
}

#[test]
fn a_cache_that_another_program_filled_is_read() {
    let cache = TempDir::new().unwrap();
    let snapshot = cache.path().join(format!("models--organisation--model/snapshots/{COMMIT}"));
    create_dir_all(&snapshot).unwrap();
    write(snapshot.join("config.json"), CONFIG).unwrap();
    let hub = Hub { is_offline: true, ..Hub::new(cache.path(), "http://127.0.0.1:9") };
    assert_eq!(get(&hub, &format!("organisation/model@{COMMIT}"), "config.json").unwrap(), CONFIG);
    assert!(matches!(get(&hub, "organisation/model", "config.json"), Err(HubError::Offline { .. })));
    let refs = cache.path().join("models--organisation--model/refs");
    create_dir_all(&refs).unwrap();
    write(refs.join("main"), COMMIT).unwrap();
    assert_eq!(get(&hub, "organisation/model", "config.json").unwrap(), CONFIG);
}

#[test]
fn a_revision_is_a_branch_a_tag_or_a_commit() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = hub(&cache, &server);
    assert_eq!(get(&hub, "organisation/model@refs/pr/1", "config.json").unwrap(), CONFIG);
    assert_eq!(get(&hub, &format!("organisation/model@{COMMIT}"), "config.json").unwrap(), CONFIG);
    assert!(matches!(get(&hub, "organisation/model@v2", "config.json"), Err(HubError::NoRevision { .. })));
    assert_eq!(server.count("GET", "config.json"), 1, "both are the same commit");
}

#[test]
fn a_transfer_that_broke_off_is_gone_on_with() {
    let breaks = |request: &Request, _: usize| match (request.method.as_str(), request.start) {
        ("GET", 0) => Some(Fault::BreaksAfter(150_000)),
        ("GET", 150_000) => Some(Fault::BreaksAfter(100_000)),
        _ => None,
    };
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), breaks));
    assert_eq!(get(&hub(&cache, &server), "organisation/model", "model.safetensors").unwrap(), files()[1].1);
    let requests = server.requests.lock().unwrap();
    let starts: Vec<usize> = requests.iter().filter(|it| it.method == "GET").map(|it| it.start).collect();
    assert_eq!(starts, [0, 150_000, 250_000]);
}

#[test]
fn what_a_broken_transfer_left_is_gone_on_with_by_the_next_process() {
    let cache = TempDir::new().unwrap();
    let breaks = |request: &Request, _: usize| {
        (request.method == "GET").then_some(Fault::BreaksAfter(if request.start == 0 { 1000 } else { 0 }))
    };
    let server = HubServer::start(&files(), breaks);
    let error = get(&hub(&cache, &server), "organisation/model", "model.safetensors").unwrap_err();
    assert!(matches!(error, HubError::Broken { bytes: 1000, .. }), "{error}");
    let server = HubServer::start(&files(), sound);
    assert_eq!(get(&hub(&cache, &server), "organisation/model", "model.safetensors").unwrap(), files()[1].1);
    assert_eq!(server.requests.lock().unwrap().last().unwrap().start, 1000);
}

#[test]
fn a_hub_that_sends_no_parts_sends_the_whole_again() {
    let breaks = |request: &Request, before: usize| match (request.method.as_str(), before) {
        ("GET", 1) => Some(Fault::BreaksAfter(1000)),
        ("GET", _) => Some(Fault::NoRanges),
        _ => None,
    };
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), breaks));
    assert_eq!(get(&hub(&cache, &server), "organisation/model", "model.safetensors").unwrap(), files()[1].1);
}

#[test]
fn what_is_not_what_was_promised_is_not_kept() {
    for (fault, what) in [(Fault::OtherContent, "checksum"), (Fault::Longer, "size")] {
        let cache = TempDir::new().unwrap();
        let given = fault.clone();
        let server = HubServer::start(&files(), move |_, _| Some(given.clone()));
        let error = get(&hub(&cache, &server), "organisation/model", "config.json").unwrap_err();
        assert!(matches!(&error, HubError::Corrupt { what: found, .. } if *found == what), "{fault:?}: {error}");
        assert_eq!(read_dir(cache.path().join("models--organisation--model/blobs")).unwrap().count(), 0);
        let server = HubServer::start(&files(), sound);
        assert_eq!(get(&hub(&cache, &server), "organisation/model", "config.json").unwrap(), CONFIG);
    }
}

#[test]
fn a_hub_that_is_busy_or_fails_is_asked_again_and_not_forever() {
    for status in [429, 500, 503] {
        let cache = TempDir::new().unwrap();
        let server = HubServer::start(&files(), move |_, before| (before % 3 < 2).then_some(Fault::Status(status)));
        assert_eq!(get(&hub(&cache, &server), "organisation/model", "config.json").unwrap(), CONFIG);
        let server = HubServer::start(&files(), move |_, _| Some(Fault::Status(status)));
        let error = get(&hub(&cache, &server), "organisation/model", "model.safetensors").unwrap_err();
        assert!(error.to_string().contains(&format!("answers {status}")), "{error}");
        assert_eq!(server.requests.lock().unwrap().len(), 3);
    }
}

#[test]
fn it_is_told_what_is_missing() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = hub(&cache, &server);
    let told = |model: &str, file: &str| get(&hub, model, file).unwrap_err().to_string();
    assert_eq!(told("organisation/model", "vocab.txt"), "organisation/model@main has no vocab.txt");
    assert!(told("organisation/other", "config.json").starts_with("the hub has no organisation/other ("));
    assert_eq!(told("organisation/model@v2", "config.json"), "organisation/model has no revision v2");
    for (status, expected) in [(401, "HF_TOKEN"), (403, "access is asked for on its page")] {
        let server = HubServer::start(&files(), move |_, _| Some(Fault::Status(status)));
        let hub = Hub { endpoint: server.address, ..hub.clone() };
        let error = get(&hub, "organisation/model", "model.safetensors").unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&status.to_string()), "{error}");
    }
}

#[test]
fn a_token_goes_to_the_hub_alone() {
    let store = HubServer::start(&files(), sound);
    let (place, cache) = (store.address.clone(), TempDir::new().unwrap());
    // The hub leads on to where its files are.
    let hub_server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", hub_server.local_addr().unwrap());
    let content = files()[1].1.clone();
    let seen = thread::spawn(move || {
        use std::io::{BufRead, BufReader, Write};
        let (mut stream, _) = hub_server.accept().unwrap();
        let request: Vec<String> =
            BufReader::new(&stream).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
        let (etag, size) = (etag(&content), content.len());
        let place = format!("{place}/organisation/model/resolve/main/model.safetensors");
        let headers = format!("X-Linked-Etag: \"{etag}\"\r\nX-Linked-Size: {size}\r\nX-Repo-Commit: {COMMIT}");
        write!(stream, "HTTP/1.1 302 -\r\nLocation: {place}\r\n{headers}\r\nContent-Length: 0\r\n\r\n").unwrap();
        request
    });
    let hub = Hub { token: Some("secret".into()), endpoint: address, ..hub(&cache, &store) };
    assert_eq!(get(&hub, "organisation/model", "model.safetensors").unwrap(), files()[1].1);
    let request = seen.join().unwrap();
    assert!(request.iter().any(|line| line.eq_ignore_ascii_case("authorization: bearer secret")), "{request:?}");
    assert_eq!(store.requests.lock().unwrap().iter().filter_map(|it| it.token.clone()).count(), 0);
}

#[test]
fn a_repository_that_has_another_name_now_is_found() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = Hub { token: Some("secret".into()), ..hub(&cache, &server) };
    assert_eq!(get(&hub, "older/name", "config.json").unwrap(), CONFIG);
    assert!(server.requests.lock().unwrap().iter().all(|request| request.token.as_deref() == Some("secret")));
}

#[test]
fn without_a_network_what_is_kept_is_enough_and_the_rest_is_told() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = hub(&cache, &server);
    get(&hub, "organisation/model", "config.json").unwrap();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let hub = Hub { endpoint: format!("http://{gone}"), ..hub };
    let model = name("organisation/model");
    let mut repository = hub.repository(&model);
    assert!(repository.find_optional("vocab.txt", &mut |_| ()).unwrap().is_none());
    let error = repository.require("model.safetensors", &mut |_| ()).unwrap_err();
    assert!(error.to_string().contains("the hub does not answer"), "{error}");
    let mut other = hub.repository(&name("organisation/other"));
    assert!(other.find_optional("vocab.txt", &mut |_| ()).is_err(), "nothing of it is kept");
}

#[test]
fn where_the_hub_fails_in_between_nothing_is_guessed() {
    let cache = TempDir::new().unwrap();
    let fails = |request: &Request, _: usize| request.path.ends_with("modules.json").then_some(Fault::Status(500));
    let server = HubServer::start(&files(), fails);
    let hub = hub(&cache, &server);
    let model = name("organisation/model");
    let mut repository = hub.repository(&model);
    repository.require("config.json", &mut |_| ()).unwrap();
    assert!(repository.find_optional("modules.json", &mut |_| ()).is_err(), "the hub has answered before");
    let mut next = hub.repository(&model);
    assert_eq!(next.find_optional("modules.json", &mut |_| ()).unwrap(), None);
    assert_eq!(next.guessed(), ["modules.json"]);
    assert!(next.require("model.safetensors", &mut |_| ()).is_err(), "what comes after a guess has to be kept");
    assert!(next.require("config.json", &mut |_| ()).is_ok());
}

#[test]
fn what_another_program_left_half_done_is_begun_again() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let blobs = cache.path().join("models--organisation--model/blobs");
    create_dir_all(&blobs).unwrap();
    write(blobs.join(format!("{}.incomplete", etag(CONFIG))), "{").unwrap();
    write(blobs.join(format!("{}.incomplete", etag(&files()[1].1))), "not of this file").unwrap();
    let hub = hub(&cache, &server);
    assert_eq!(get(&hub, "organisation/model", "config.json").unwrap(), CONFIG);
    assert_eq!(get(&hub, "organisation/model", "model.safetensors").unwrap(), files()[1].1);
}

#[test]
fn answers_that_no_hub_gives_are_told() {
    let headers = format!("ETag: \"x\"\r\nX-Repo-Commit: {COMMIT}\r\nContent-Length: 0\r\n");
    let huge = format!("X-Linked-Size: {}\r\n{headers}", u64::MAX);
    for (answer, told) in [
        (format!("302 -\r\n{headers}"), "answers 302"),
        (format!("204 -\r\n{headers}"), "answers 204"),
        ("200 -\r\nETag: \"x\"\r\n".to_owned(), "no x-repo-commit"),
        (format!("200 -\r\nX-Repo-Commit: {COMMIT}\r\nETag: \"../x\"\r\n"), "no etag"),
        (format!("200 -\r\n{huge}"), "bytes are expected"),
        (format!("302 -\r\nLocation: nowhere\r\n{headers}"), "no address"),
    ] {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.read(&mut [0; 4096]);
                let _ = write!(stream, "HTTP/1.1 {answer}Connection: close\r\n\r\n");
            }
        });
        let cache = TempDir::new().unwrap();
        let hub = Hub { wait: Duration::from_millis(1), attempts: 2, ..Hub::new(cache.path(), &address) };
        let error = get(&hub, "organisation/model", "config.json").unwrap_err().to_string();
        assert!(error.contains(told), "{told}: {error}");
    }
}

#[test]
fn names_of_files_are_written_as_addresses_have_them() {
    let files = [("1_P ool/a#b?c%é.json", b"{}".to_vec())];
    let server = HubServer::start(&[("1_P%20ool/a%23b%3Fc%25%C3%A9.json", files[0].1.clone())], sound);
    let cache = TempDir::new().unwrap();
    assert_eq!(get(&hub(&cache, &server), "organisation/model", files[0].0).unwrap(), b"{}");
}

#[test]
fn a_hub_that_is_silent_is_not_waited_for_without_end() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), |_, _| Some(Fault::Silent)));
    let hub = Hub { timeout: Duration::from_millis(200), ..hub(&cache, &server) };
    let error = get(&hub, "organisation/model", "config.json").unwrap_err();
    assert!(matches!(error, HubError::Unreachable { .. }), "{error}");
    assert!(error.to_string().starts_with(&format!("the hub cannot be reached at {}: ", server.address)), "{error}");
}

#[test]
fn of_two_who_want_the_same_one_fetches_it() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let hub = hub(&cache, &server);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(get(&hub, "organisation/model", "model.safetensors").unwrap(), files()[1].1));
        }
    });
    assert_eq!(server.count("GET", "model.safetensors"), 1);
}

#[test]
fn how_far_a_transfer_is_can_be_seen() {
    let (cache, server) = (TempDir::new().unwrap(), HubServer::start(&files(), sound));
    let (hub, mut seen) = (hub(&cache, &server), Vec::new());
    let mut see = |transfer: embert_checkpoint::hub::Transfer| {
        assert_eq!((transfer.file, transfer.all), ("model.safetensors", Some(400_000)));
        seen.push(transfer.bytes);
    };
    hub.repository(&name("organisation/model")).require("model.safetensors", &mut see).unwrap();
    assert_eq!((seen.first(), seen.last()), (Some(&0), Some(&400_000)));
    assert!(seen.is_sorted());
}
