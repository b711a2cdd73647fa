//! Compressed files, one rule a test.

use std::fs;
use std::path::Path;

use crate::support::{file, gzip, zstd};
use embert_data::{Corpus, CorpusOptions, Error};
use proptest::prelude::*;
use tempfile::TempDir;

/// The sentences of each document of a file, until an error.
fn read(path: &Path) -> (Vec<Vec<String>>, Option<Error>) {
    let corpus = Corpus::open(&[path.to_path_buf()]).unwrap();
    let mut documents = Vec::new();
    for document in corpus.documents() {
        match document {
            Ok(document) => documents.push(document.sentences),
            Err(error) => return (documents, Some(error)),
        }
    }
    (documents, None)
}

fn compress(extension: &str, content: &[u8]) -> Vec<u8> {
    if extension == "gz" { gzip(content) } else { zstd(content) }
}

#[test]
fn every_form_of_text_may_be_compressed() {
    let forms = [
        ("a.txt", "one\n\ntwo\n"),
        ("b.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n"),
        ("c.csv", "text\none\ntwo\n"),
        ("d.tsv", "text\none\ntwo\n"),
        ("e.md", "one"),
        ("f.html", "<p>one"),
    ];
    let folder = TempDir::new().unwrap();
    for (name, content) in forms {
        fs::write(folder.path().join(format!("{name}.gz")), gzip(content.as_bytes())).unwrap();
        fs::write(folder.path().join(format!("{name}.ZST")), zstd(content.as_bytes())).unwrap();
    }
    for other in ["a.gz", "a.tar.gz", "a.parquet.gz"] {
        fs::write(folder.path().join(other), "passed over").unwrap();
    }
    let (documents, error) = read(folder.path());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(documents, [[["one"], ["two"]].repeat(8), [["one"]].repeat(4)].concat());
}

#[test]
fn a_compressed_file_that_is_named_itself_is_read_whatever_is_before_its_extension() {
    let (_folder, path) = file("notes.gz", gzip(b"one\n\ntwo\n"));
    assert_eq!(read(&path).0, [["one"], ["two"]]);
    let (_folder, path) = file("lines.json.zst", zstd(b"{\"text\":\"one\"}"));
    assert_eq!(read(&path).0, [["one"]]);
}

#[test]
fn members_and_frames_follow_each_other() {
    for extension in ["gz", "zst"] {
        let content =
            [compress(extension, b"one\n\ntw"), compress(extension, b""), compress(extension, b"o\n")].concat();
        let (_folder, path) = file(&format!("a.txt.{extension}"), content);
        let (documents, error) = read(&path);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(documents, [["one"], ["two"]]);
    }
}

#[test]
fn frames_without_content_are_passed_over() {
    let skippable = [&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    let (_folder, path) = file("a.txt.zst", [&skippable[..], &zstd(b"one"), &skippable].concat());
    assert_eq!(read(&path).0, [["one"]]);
    let (_folder, path) = file("a.txt.zst", [&zstd(b"one")[..], &skippable[..9]].concat());
    assert!(matches!(read(&path).1, Some(Error::Compression { .. })));
}

#[test]
fn a_file_that_is_cut_off_is_an_error_that_names_it() {
    let text: String = (0..20_000).map(|n| format!("sentence {n}\n\n")).collect();
    for extension in ["gz", "zst"] {
        let whole = compress(extension, text.as_bytes());
        for length in [0, 1, 5, whole.len() / 2, whole.len() - 5, whole.len() - 1] {
            let (_folder, path) = file(&format!("a.txt.{extension}"), &whole[..length]);
            let (documents, error) = read(&path);
            let Some(error @ Error::Compression { .. }) = error else { panic!("{extension} {length}: {error:?}") };
            assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
            // Of Zstandard, the window is only handed out when its frame ends.
            assert!(extension == "zst" || length < whole.len() / 2 || documents.len() > 1_000);
        }
    }
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_an_error() {
    for extension in ["gz", "zst"] {
        let (_folder, path) = file(&format!("a.txt.{extension}"), "plain text, whatever its name");
        assert!(matches!(read(&path).1, Some(Error::Compression { .. })), "{extension}");
        let (_folder, path) = file(&format!("a.txt.{extension}"), [&compress(extension, b"one")[..], b"rest"].concat());
        assert!(matches!(read(&path).1, Some(Error::Compression { .. })), "{extension}");
    }
}

#[test]
fn a_wrong_checksum_is_an_error() {
    for extension in ["gz", "zst"] {
        let mut content = compress(extension, b"one\n");
        let checksum = content.len() - if extension == "gz" { 8 } else { 4 };
        content[checksum] ^= 1;
        let (_folder, path) = file(&format!("a.txt.{extension}"), content);
        assert!(matches!(read(&path).1, Some(Error::Compression { .. })), "{extension}");
    }
}

#[test]
fn a_line_that_decompresses_without_end_stops_at_the_limit() {
    // A gigabyte of one character, in a megabyte.
    let member = gzip(&vec![b'x'; 64 << 20]);
    let frame = zstd(&vec![b'x'; 64 << 20]);
    for (extension, part) in [("gz", member), ("zst", frame)] {
        for name in ["txt", "jsonl", "tsv", "csv"] {
            let (_folder, path) = file(&format!("a.{name}.{extension}"), part.repeat(16));
            let (documents, error) = read(&path);
            assert!(documents.is_empty());
            let too_long =
                matches!(error, Some(Error::LineTooLong { offset: 0, .. } | Error::RowTooLong { line: 1, .. }));
            assert!(too_long, "{name}: {error:?}");
        }
        let (_folder, path) = file(&format!("a.html.{extension}"), part.repeat(2));
        assert!(matches!(read(&path).1, Some(Error::PageTooLarge { .. })));
    }
}

#[test]
fn bytes_that_are_not_utf8_are_counted_in_what_was_compressed() {
    let text = ["good\n".repeat(50_000).as_bytes(), b"b\xFFd\n"].concat();
    for extension in ["gz", "zst"] {
        let (_folder, path) = file(&format!("a.txt.{extension}"), compress(extension, &text));
        let error = read(&path).1;
        assert!(matches!(error, Some(Error::NotUtf8 { offset: 250_001, .. })), "{error:?}");
        let lossy = CorpusOptions { lossy: true, ..Default::default() };
        let corpus = Corpus::open_with(&[path], lossy).unwrap();
        assert_eq!(corpus.documents().next().unwrap().unwrap().sentences.last().unwrap(), "b\u{fffd}d");
    }
}

proptest! {
    #[test]
    fn no_archive_is_too_broken_to_read(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), which in 0..2_usize,
    ) {
        let extension = ["gz", "zst"][which];
        let mut content = compress(extension, "a sentence of some words\n\n".repeat(200).as_bytes());
        for (index, byte) in changes {
            let index = index.index(content.len());
            content[index] = byte;
        }
        let (_folder, path) = file(&format!("a.txt.{extension}"), content);
        read(&path);
    }
}
