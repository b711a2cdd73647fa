//! What a file's content has to be.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use sha1::{Digest, Sha1};
use sha2::Sha256;

/// What the hub's etag says of a file: of large ones it is their SHA-256, of others what git calls them.
pub(super) enum Checksum {
    Sha256,
    /// SHA-1 of `blob`, the length, a zero and the content.
    GitBlob,
}

impl Checksum {
    /// Nothing where the etag is something else.
    pub(super) fn of(etag: &str) -> Option<Self> {
        if !etag.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        match etag.len() {
            64 => Some(Self::Sha256),
            40 => Some(Self::GitBlob),
            _ => None,
        }
    }

    /// In hexadecimal.
    pub(super) fn read(&self, path: &Path) -> io::Result<String> {
        let mut file = File::open(path)?;
        match self {
            Self::Sha256 => digest(Sha256::new(), &mut file),
            Self::GitBlob => {
                let length = file.metadata()?.len();
                digest(Sha1::new().chain_update(format!("blob {length}\0")), &mut file)
            }
        }
    }
}

fn digest<D: Digest>(mut digest: D, file: &mut File) -> io::Result<String> {
    let mut piece = vec![0; 1 << 16];
    loop {
        let bytes = file.read(&mut piece)?;
        if bytes == 0 {
            return Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        digest.update(piece.get(..bytes).unwrap_or_default());
    }
}
