//! Files and folders of text, read document by document.
//!
//! | file | documents | sentences |
//! | --- | --- | --- |
//! | `.txt`, `.text`, and any file that is named itself | separated by blank lines; a file without one is one document | a line break ends a sentence, and within a line see [`sentences`](mod@crate::sentences) |
//! | `.html`, `.htm` | one a file | of the paragraphs of [`html`] |
//! | `.md` | one a file | of the paragraphs of [`markdown`] |
//!
//! The form of BERT's own corpus, a sentence a line and a blank line between documents, is read as it is meant. Prose
//! with a blank line after each paragraph is read by the same rule: every paragraph is a document. Who wants longer
//! documents from such text puts each into a file of its own without blank lines, a paragraph a line.
//!
//! A text file is read line by line. A line of more than 16 MiB is an error; a document of more is handed out in parts
//! of that size, so that memory stays bounded whatever the file. A page of HTML or Markdown is read whole, and may have
//! 64 MiB.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::lines::{not_utf8, without_mark};
use crate::sentences::sentences;
use crate::text::TextDocuments;
use crate::{Document, Error, html, markdown};

/// An HTML or Markdown file with more bytes than this is an error.
const LARGEST_PAGE: usize = 64 << 20;

/// The files of a corpus, in the order in which they are read.
#[derive(Debug, Clone)]
pub struct Corpus {
    files: Vec<(PathBuf, Form)>,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Html,
    Markdown,
}

impl Form {
    /// What a file's name says, if it says anything.
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "txt" | "text" => Some(Form::Text),
            "html" | "htm" => Some(Form::Html),
            "md" => Some(Form::Markdown),
            _ => None,
        }
    }
}

impl Corpus {
    /// Lists the files to read. None of them is opened yet.
    ///
    /// Paths are taken in the order given. A folder stands for the text files in it and below it, sorted by name,
    /// links followed; files with other extensions are passed over, and so is mdBook's `print.html`, which repeats
    /// every other page of its folder. A file that is named itself is read whatever its extension, as plain text if
    /// that is none of those above.
    ///
    /// # Errors
    /// A path that does not exist or cannot be listed, and a folder without text.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut files = Vec::new();
        for path in paths {
            let metadata = path.metadata().map_err(|source| Error::Io { path: path.clone(), source })?;
            if metadata.is_dir() {
                let before = files.len();
                list(path, &mut files)?;
                if files.len() == before {
                    return Err(Error::NoText { path: path.clone() });
                }
            } else {
                files.push((path.clone(), Form::of(path).unwrap_or(Form::Text)));
            }
        }
        Ok(Self { files })
    }

    /// The files that are read, in order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// The documents of all files, read as they are asked for. None is without a sentence.
    ///
    /// After an error the rest of its file is passed over, and the next file is read.
    pub fn documents(&self) -> Documents<'_> {
        Documents { files: self.files.iter(), text: None }
    }
}

/// Adds the text files in and below `folder`.
fn list(folder: &Path, files: &mut Vec<(PathBuf, Form)>) -> Result<(), Error> {
    for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_path_buf();
            Error::Io { path, source: io::Error::from(error) }
        })?;
        if entry.file_type().is_file()
            && entry.file_name() != "print.html"
            && let Some(form) = Form::of(entry.path())
        {
            files.push((entry.into_path(), form));
        }
    }
    Ok(())
}

/// The documents of a [`Corpus`].
pub struct Documents<'a> {
    files: std::slice::Iter<'a, (PathBuf, Form)>,
    text: Option<(&'a Path, TextDocuments<BufReader<File>>)>, // the text file that is being read
}

impl Documents<'_> {
    /// The next document, or none if a file ended without one.
    fn step(&mut self) -> Option<Result<Option<Document>, Error>> {
        if let Some((path, text)) = &mut self.text {
            let document = text.next(path);
            if !matches!(document, Ok(Some(_))) {
                self.text = None;
            }
            return Some(document);
        }
        let (path, form) = self.files.next()?;
        let file = match File::open(path) {
            Ok(file) => file,
            Err(source) => return Some(Err(Error::Io { path: path.clone(), source })),
        };
        let paragraphs = match form {
            Form::Text => {
                self.text = Some((path, TextDocuments::new(BufReader::new(file))));
                return Some(Ok(None));
            }
            Form::Html => html::paragraphs,
            Form::Markdown => markdown::paragraphs,
        };
        Some(page(path, file).map(|page| {
            let paragraphs = paragraphs(without_mark(&page));
            let sentences: Vec<_> = paragraphs.iter().flat_map(|p| sentences(p)).map(str::to_string).collect();
            Some(Document { sentences, continues: false }).filter(|document| !document.sentences.is_empty())
        }))
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(document) = self.step()?.transpose() {
                return Some(document);
            }
        }
    }
}

/// A whole file.
fn page(path: &Path, file: File) -> Result<String, Error> {
    let mut bytes = Vec::new();
    file.take(LARGEST_PAGE as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| Error::Io { path: path.to_path_buf(), source })?;
    if bytes.len() > LARGEST_PAGE {
        return Err(Error::PageTooLarge { path: path.to_path_buf(), limit: LARGEST_PAGE });
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(path, 0, error.utf8_error()))
}
