//! Files for tests, compressed or not.

#![allow(dead_code, unreachable_pub)] // each test uses what it needs

pub mod parquet;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use embert_tokenizer::Tokenizer;
use flate2::{Compression, write::GzEncoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tempfile::TempDir;

/// A folder with one file in it.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(content: &[u8]) -> Vec<u8> {
    compress_to_vec(content, CompressionLevel::Fastest)
}

/// One of the tokenizers that the tokenizer crate is tested with.
pub fn tokenizer(name: &str) -> Tokenizer {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert-tokenizer/tests/reference");
    Tokenizer::from_dir(&reference.join(name)).unwrap()
}
