//! A file on its way from the hub to the cache.

use std::{
    fs::{File, remove_file, rename},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::{
    HubError, Transfer,
    cache::Cache,
    checksum::Checksum,
    http::{Http, Metadata},
    refused,
};

/// What is read and written at a time.
const PIECE: usize = 1 << 18;

/// How a transfer ended.
enum End {
    /// There was no more.
    Whole,
    /// It broke off.
    Broken(String),
}

impl Http {
    /// Fetches a file, goes on with what an earlier attempt left of it, and keeps it once it is what it has to be.
    ///
    /// # Errors
    /// Where it cannot be fetched, is not what the hub said, or cannot be written.
    pub(super) fn fetch(
        &self,
        metadata: &Metadata,
        file: &str,
        cache: &Cache,
        report: &mut dyn FnMut(Transfer),
    ) -> Result<PathBuf, HubError> {
        let blob = cache.blob(&metadata.etag);
        let mut incomplete = blob.clone().into_os_string();
        incomplete.push(".incomplete");
        let incomplete = PathBuf::from(incomplete);
        let mut report = |bytes| report(Transfer { file, bytes, all: metadata.size });
        let there = || incomplete.metadata().map_or(0, |file| file.len());
        let lock = cache.lock(&metadata.etag, &mut || report(there()))?;
        // Another process may have fetched it meanwhile, or another file may have the same content.
        if !blob.is_file() {
            let mut is_resumed = there() > 0;
            loop {
                self.complete(metadata, &incomplete, &mut report)?;
                match check(metadata, &incomplete) {
                    // What an earlier attempt left was not of this file.
                    Err(HubError::Corrupt { .. }) if is_resumed => is_resumed = false,
                    checked => break checked?,
                }
            }
            rename(&incomplete, &blob).map_err(refused(&blob))?;
        }
        let place = cache.link(&metadata.commit, file, &metadata.etag);
        drop(lock);
        place
    }

    fn complete(&self, metadata: &Metadata, path: &Path, report: &mut dyn FnMut(u64)) -> Result<(), HubError> {
        let mut file = File::options().create(true).truncate(false).write(true).open(path).map_err(refused(path))?;
        let mut most = file.metadata().map_err(refused(path))?.len();
        let mut failures = 0;
        loop {
            let end = self.transfer(metadata, &mut file, path, report)?;
            let bytes = file.metadata().map_err(refused(path))?.len();
            let message = match end {
                End::Whole if metadata.size.is_none_or(|size| bytes >= size) => break,
                End::Whole => format!("{} bytes are expected", metadata.size.unwrap_or_default()),
                End::Broken(message) => message,
            };
            failures = if bytes > most { 1 } else { failures + 1 };
            most = most.max(bytes);
            if failures >= self.attempts {
                return Err(HubError::Broken { url: metadata.place(), bytes, message });
            }
            self.pause(failures, None);
        }
        file.sync_all().map_err(refused(path))
    }

    /// Reads from where the file ends.
    fn transfer(
        &self,
        metadata: &Metadata,
        file: &mut File,
        path: &Path,
        report: &mut dyn FnMut(u64),
    ) -> Result<End, HubError> {
        let mut at = file.seek(SeekFrom::End(0)).map_err(refused(path))?;
        match metadata.size {
            Some(size) if at == size => return Ok(End::Whole),
            Some(size) if at > size => at = empty(file, path)?,
            _ => {}
        }
        let answer = match self.content(metadata, at) {
            // A server that is restarted is there again soon.
            Err(HubError::Unreachable { message, .. }) if at > 0 => return Ok(End::Broken(message)),
            answer => answer?,
        };
        match answer.status().as_u16() {
            206 if at > 0 => {
                let range = answer.headers().get("content-range").and_then(|range| range.to_str().ok());
                if !range.is_some_and(|range| range.starts_with(&format!("bytes {at}-"))) {
                    empty(file, path)?;
                    return Ok(End::Broken("another part came than was asked for".into()));
                }
            }
            // All of it, whatever was asked for.
            200 => at = if at > 0 { empty(file, path)? } else { 0 },
            // There is nothing behind what is there: it is not of this file.
            416 if at > 0 => {
                empty(file, path)?;
                return Ok(End::Broken("it has no such part".into()));
            }
            status => return Err(HubError::Status { url: metadata.place(), status, attempts: 1 }),
        }
        // One byte more than there should be tells that it is too long.
        let most = metadata.size.map_or(u64::MAX, |size| (size - at).saturating_add(1));
        let mut body = answer.into_body().into_reader().take(most);
        let mut piece = vec![0; PIECE];
        loop {
            report(at);
            match body.read(&mut piece) {
                Ok(0) => return Ok(End::Whole),
                Ok(bytes) => {
                    file.write_all(piece.get(..bytes).unwrap_or_default()).map_err(refused(path))?;
                    at += bytes as u64;
                }
                Err(error) => return Ok(End::Broken(error.to_string())),
            }
        }
    }
}

fn empty(file: &mut File, path: &Path) -> Result<u64, HubError> {
    file.set_len(0).map_err(refused(path))?;
    file.seek(SeekFrom::Start(0)).map_err(refused(path))
}

/// Removes what is not what the hub said.
fn check(metadata: &Metadata, path: &Path) -> Result<(), HubError> {
    let bytes = path.metadata().map_err(refused(path))?.len();
    let corrupt = |what, found: String, expected: String| {
        remove_file(path).map_err(refused(path))?;
        Err(HubError::Corrupt { url: metadata.place(), what, found, expected })
    };
    if let Some(size) = metadata.size.filter(|size| *size != bytes) {
        return corrupt("size", bytes.to_string(), size.to_string());
    }
    let Some(checksum) = Checksum::of(&metadata.etag) else { return Ok(()) };
    let found = checksum.read(path).map_err(refused(path))?;
    if found == metadata.etag { Ok(()) } else { corrupt("checksum", found, metadata.etag.clone()) }
}
