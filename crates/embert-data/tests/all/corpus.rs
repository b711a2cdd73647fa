//! The rules of reading a corpus, one a test.

use std::fs;
use std::path::{Path, PathBuf};

use embert_data::{Corpus, Error};
use tempfile::TempDir;

/// A folder with these files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn open(path: impl AsRef<Path>) -> Result<Corpus, Error> {
    Corpus::open(&[path.as_ref().to_path_buf()])
}

/// The sentences of each document in the folder.
fn read(files: &[(&str, &[u8])]) -> Result<Vec<Vec<String>>, Error> {
    let folder = folder(files);
    let corpus = open(&folder)?;
    corpus.documents().map(|document| document.map(|document| document.sentences)).collect()
}

#[test]
fn blank_lines_separate_documents() {
    let text = b"one .\ntwo .\n\n\n  \t\nthree .\n\n";
    assert_eq!(read(&[("a.txt", text)]).unwrap(), [vec!["one .", "two ."], vec!["three ."]]);
}

#[test]
fn a_text_without_blank_lines_is_one_document() {
    let documents = read(&[("a.txt", b"One. Two.\nthree"), ("b.text", b"Four!\n")]).unwrap();
    assert_eq!(documents, [vec!["One.", "Two.", "three"], vec!["Four!"]]);
}

#[test]
fn a_line_without_words_is_no_sentence_and_ends_no_document() {
    assert_eq!(read(&[("a.txt", b"one\n* * *\ntwo\n")]).unwrap(), [["one", "two"]]);
}

#[test]
fn windows_line_ends_and_byte_order_marks_are_no_text() {
    assert_eq!(read(&[("a.txt", b"\xEF\xBB\xBFone\r\n\r\ntwo\r\n")]).unwrap(), [["one"], ["two"]]);
    assert_eq!(read(&[("a.md", b"\xEF\xBB\xBF# one\r\n")]).unwrap(), [["one"]]);
}

#[test]
fn a_page_is_one_document() {
    let html = b"<title>No</title><p>One. Two.</p>\n\n<p>Three.</p>";
    assert_eq!(read(&[("a.HTM", html)]).unwrap(), [["One.", "Two.", "Three."]]);
    assert_eq!(read(&[("a.md", b"# One\n\nTwo.\nThree.\n")]).unwrap(), [["One", "Two.", "Three."]]);
}

#[test]
fn files_and_documents_without_sentences_are_passed_over() {
    let documents = read(&[("a.txt", b""), ("b.html", b"<p> </p>"), ("c.txt", b"\n---\n\nwords\n")]).unwrap();
    assert_eq!(documents, [["words"]]);
}

#[test]
fn folders_are_walked_in_sorted_order_and_other_files_ignored() {
    let folder = folder(&[
        ("b.txt", b"third"),
        ("a/z.md", b"second"),
        ("a/b/c.html", b"first"),
        ("a/cover.png", b"\x89PNG"),
        ("print.html", b"all of it again"),
    ]);
    let corpus = open(&folder).unwrap();
    let names: Vec<_> = corpus.files().map(|path| path.strip_prefix(&folder).unwrap()).collect();
    assert_eq!(names, ["a/b/c.html", "a/z.md", "b.txt"].map(Path::new));
}

#[test]
fn a_file_that_is_named_itself_is_read_whatever_its_extension() {
    let folder = folder(&[("notes.log", b"one"), ("LICENSE", b"two"), ("print.html", b"three")]);
    let paths = ["notes.log", "LICENSE", "print.html"].map(|name| folder.path().join(name));
    let documents: Vec<_> = Corpus::open(&paths).unwrap().documents().map(|document| document.unwrap()).collect();
    assert_eq!(
        documents.iter().map(|document| document.sentences[0].as_str()).collect::<Vec<_>>(),
        ["one", "two", "three"]
    );
}

#[test]
fn a_folder_without_text_is_an_error_that_names_it() {
    let folder = folder(&[("cover.png", b"\x89PNG")]);
    let error = open(&folder).unwrap_err();
    assert!(matches!(error, Error::NoText { .. }), "{error}");
    assert!(error.to_string().starts_with(&folder.path().display().to_string()), "{error}");
}

#[test]
fn a_path_that_does_not_exist_is_an_error_that_names_it() {
    let error = open(PathBuf::from("no/such/folder")).unwrap_err();
    assert!(error.to_string().starts_with("no/such/folder: "), "{error}");
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_with_file_and_offset() {
    for name in ["a.txt", "a.html", "a.md"] {
        let error = read(&[(name, b"good\nb\xC3\xA4d \xFF here\n")]).unwrap_err();
        assert!(matches!(error, Error::NotUtf8 { offset: 10, .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn after_an_error_the_next_file_is_read() {
    let folder = folder(&[("a.txt", b"one\n\n\xFF\n\nlost"), ("b.txt", b"two")]);
    let results: Vec<_> = open(&folder).unwrap().documents().collect();
    let [Ok(one), Err(Error::NotUtf8 { .. }), Ok(two)] = results.as_slice() else { panic!("{results:?}") };
    assert_eq!((one.sentences.as_slice(), two.sentences.as_slice()), (&["one".into()][..], &["two".into()][..]));
}

#[test]
fn a_line_of_more_than_16_mib_is_an_error_with_its_offset() {
    let limit = 16 << 20;
    let line = |length| [b"first\n".to_vec(), vec![b'x'; length]].concat();
    assert_eq!(read(&[("a.txt", &line(limit))]).unwrap()[0].len(), 2);
    for end in [&b""[..], b"\n"] {
        let error = read(&[("a.txt", &[&line(limit + 1), end].concat())]).unwrap_err();
        assert!(matches!(error, Error::LineTooLong { offset: 6, limit: l, .. } if l == limit), "{error}");
    }
}

#[test]
fn a_document_of_more_than_16_mib_comes_in_parts() {
    let text = "ten bytes\n".repeat(4_000_000);
    let documents = read(&[("a.txt", text.as_bytes())]).unwrap();
    assert!(documents.len() > 1 && documents.iter().all(|document| document.len() * 9 <= (16 << 20) + 9));
    assert_eq!(documents.iter().map(Vec::len).sum::<usize>(), 4_000_000);
}

#[test]
fn the_parts_of_a_document_say_that_they_go_on_and_its_end_ends_them() {
    let whole = "ten bytes\n".repeat(1_900_000); // more than 16 MiB of text, with what follows in a second part
    let folder = folder(&[("a.txt", (whole + "tail\n\nnext\n").as_bytes()), ("b.txt", b"other")]);
    let corpus = open(&folder).unwrap();
    let continues: Vec<_> = corpus.documents().map(|document| document.unwrap().continues).collect();
    assert_eq!(continues, [false, true, false, false]);
}

#[test]
fn what_ends_where_a_part_ends_does_not_go_on() {
    let limit = 16 << 20;
    let first = "x".repeat(limit) + "\ny\n"; // one byte more than a part
    let folder = folder(&[("a.txt", (first + " \nnext\n").as_bytes())]);
    let corpus = open(&folder).unwrap();
    let documents: Vec<_> = corpus.documents().map(|document| document.unwrap()).collect();
    let found: Vec<_> = documents.iter().map(|document| (document.sentences.len(), document.continues)).collect();
    assert_eq!(found, [(2, false), (1, false)]);
}

#[test]
fn documents_may_be_read_in_another_thread() {
    let folder = folder(&[("a.txt", b"one"), ("b.csv", b"text\ntwo")]);
    let corpus = open(&folder).unwrap();
    let documents = corpus.documents();
    let count = std::thread::scope(|scope| scope.spawn(move || documents.count()).join().unwrap());
    assert_eq!(count, 2);
}
