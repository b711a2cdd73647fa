//! Files and folders of text, read document by document.
//!
//! | file | documents | sentences |
//! | --- | --- | --- |
//! | `.txt`, `.text`, and any file that is named itself | separated by blank lines; a file without one is one document | a line break ends a sentence, and within a line see [`sentences`](mod@crate::sentences) |
//! | `.html`, `.htm` | one a file | of the paragraphs of [`html`] |
//! | `.md` | one a file | of the paragraphs of [`markdown`] |
//! | `.jsonl`, `.ndjson`, and a `.json` that is named itself | one a line, in a field: a string, or a list of strings | as in a text file, blank lines or not |
//! | `.csv`, `.tsv` | one a row under a header, in a column | the same; TSV has no quotes |
//! | `.parquet` | one a row, in a column of strings, or of lists of strings | the same |
//!
//! The form of BERT's own corpus, a sentence a line and a blank line between documents, is read as it is meant. Prose
//! with a blank line after each paragraph is read by the same rule: every paragraph is a document. Who wants longer
//! documents from such text puts each into a file of its own without blank lines, a paragraph a line, or into a record
//! of its own.
//!
//! All but Parquet may be compressed: `.txt.gz`, `.jsonl.zst` and so on, of several members or frames too.
//!
//! A file is read as its documents are asked for. A line or a field of more than 16 MiB is an error; a document of more
//! is handed out in parts of that size ([`Document::continues`]), so that memory stays bounded whatever the file. A page
//! of HTML or Markdown is read whole, and may have 64 MiB. Of a Parquet file a page is in memory at a time.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use crate::lines::without_mark;
use crate::records::{Format, Records, position};
use crate::sentences::sentences;
use crate::source::{self, Compression, Source};
use crate::text::{TextDocuments, of_paragraphs};
use crate::{Document, Error, html, markdown};

/// An HTML or Markdown file with more bytes than this is an error.
const LARGEST_PAGE: usize = 64 << 20;

/// Pages are read side by side, so many at a time,
const PAGES_TOGETHER: usize = 64;
/// and no more bytes of them than this, but for a page that is larger.
const PAGE_BYTES_TOGETHER: u64 = 32 << 20;

/// How a corpus is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorpusOptions {
    /// The column of a table, or the field of a JSON object, that holds the text, in this spelling or in other case.
    pub text_column: String,
    /// Whether bytes that are not UTF-8 become U+FFFD. Else they are an error.
    pub lossy: bool,
}

impl Default for CorpusOptions {
    fn default() -> Self {
        Self { text_column: "text".into(), lossy: false }
    }
}

/// The files of a corpus, in the order in which they are read.
#[derive(Debug, Clone)]
pub struct Corpus {
    files: Vec<(PathBuf, Form)>,
    options: CorpusOptions,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Html,
    Markdown,
    Records(Format),
}

impl Form {
    /// What a file's name says, if it says anything.
    fn of(path: &Path) -> Option<Self> {
        match source::extension(&Compression::inner(path))?.as_str() {
            "txt" | "text" => Some(Form::Text),
            "html" | "htm" => Some(Form::Html),
            "md" => Some(Form::Markdown),
            "jsonl" | "ndjson" => Some(Form::Records(Format::JsonLines)),
            "csv" => Some(Form::Records(Format::Csv)),
            "tsv" => Some(Form::Records(Format::Tsv)),
            "parquet" => Format::of(path).map(Form::Records), // none where it is compressed
            _ => None,
        }
    }

    /// The paragraphs of a file that is a document as a whole.
    fn of_page(self) -> Option<fn(&str) -> Vec<String>> {
        match self {
            Form::Html => Some(html::paragraphs),
            Form::Markdown => Some(markdown::paragraphs),
            Form::Text | Form::Records(_) => None,
        }
    }

    /// How a file that is named itself is read.
    fn of_named(path: &Path) -> Self {
        let form = || Some(Form::Records(Format::of(path)?));
        Form::of(path).or_else(form).unwrap_or(Form::Text)
    }
}

impl Corpus {
    /// Lists the files to read. None of them is opened yet.
    ///
    /// Paths are taken in the order given. A folder stands for the text files in it and below it, sorted by name,
    /// links followed; files with other extensions are passed over, and so is mdBook's `print.html`, which repeats
    /// every other page of its folder, and `.json`, which is seldom text. A file that is named itself is read whatever
    /// its extension, as plain text if that is none of those above.
    ///
    /// # Errors
    /// A path that does not exist or cannot be listed, and a folder without text.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        Self::open_with(paths, CorpusOptions::default())
    }

    /// Lists the files to read, as [`open`](Self::open) does, and reads them so.
    ///
    /// # Errors
    /// See [`open`](Self::open).
    pub fn open_with(paths: &[PathBuf], options: CorpusOptions) -> Result<Self, Error> {
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
                files.push((path.clone(), Form::of_named(path)));
            }
        }
        Ok(Self { files, options })
    }

    /// How they are read.
    pub fn options(&self) -> &CorpusOptions {
        &self.options
    }

    /// The files that are read, in order.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// The documents of all files, read as they are asked for. None is without a sentence.
    ///
    /// After an error the rest of its file is passed over, and the next file is read.
    pub fn documents(&self) -> Documents<'_> {
        Documents { files: self.files.as_slice(), options: &self.options, open: None, pages: VecDeque::new() }
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
    files: &'a [(PathBuf, Form)], // that are to be read
    options: &'a CorpusOptions,
    open: Option<(&'a Path, Open)>, // the file that is being read
    pages: VecDeque<Result<Option<Document>, Error>>,
}

/// A file that is read document by document.
enum Open {
    Text(TextDocuments<Source>),
    Records(Records),
}

impl<'a> Documents<'a> {
    /// The next document, or none if a file ended or a record is without one.
    fn step(&mut self) -> Option<Result<Option<Document>, Error>> {
        if let Some((path, open)) = &mut self.open {
            let document = match open {
                Open::Text(text) => text.next(path),
                Open::Records(records) => of_record(records, &self.options.text_column),
            };
            if !matches!(document, Ok(Some(_))) {
                self.open = None;
            }
            return Some(document.map(with_sentences));
        }
        if let Some(page) = self.pages.pop_front() {
            return Some(page);
        }
        let ((path, form), rest) = self.files.split_first()?;
        if form.of_page().is_some() {
            self.read_pages();
            return Some(Ok(None));
        }
        self.files = rest;
        Some(self.begin(path, *form).map(|()| None))
    }

    /// Opens the next file.
    fn begin(&mut self, path: &'a Path, form: Form) -> Result<(), Error> {
        let CorpusOptions { text_column, lossy } = self.options;
        let open = match form {
            Form::Records(format) => Open::Records(table(path, format, text_column, *lossy)?),
            Form::Text | Form::Html | Form::Markdown => Open::Text(TextDocuments::new(source::open(path, *lossy)?)),
        };
        self.open = Some((path, open));
        Ok(())
    }

    /// Reads the pages that are next, on all cores.
    fn read_pages(&mut self) {
        let mut bytes = 0;
        let mut is_next = |(path, form): &&(PathBuf, Form)| {
            let fits = bytes < PAGE_BYTES_TOGETHER;
            // How large a compressed page is, is not known before it is read.
            let is_compressed = Compression::of(path).is_some();
            bytes += if is_compressed { PAGE_BYTES_TOGETHER } else { path.metadata().map_or(0, |file| file.len()) };
            fits && form.of_page().is_some()
        };
        let count = self.files.iter().take(PAGES_TOGETHER).take_while(&mut is_next).count();
        let (pages, rest) = self.files.split_at_checked(count).unwrap_or((self.files, &[]));
        self.files = rest;
        let lossy = self.options.lossy;
        let read = |(path, form): &(PathBuf, Form)| form.of_page().map(|paragraphs| page(path, paragraphs, lossy));
        self.pages = pages.par_iter().filter_map(read).collect::<Vec<_>>().into();
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

/// The document of a whole file.
fn page(path: &Path, paragraphs: fn(&str) -> Vec<String>, lossy: bool) -> Result<Option<Document>, Error> {
    let mut bytes = Vec::new();
    let mut source = source::open(path, lossy)?.take(LARGEST_PAGE as u64 + 1);
    source.read_to_end(&mut bytes).map_err(|error| Error::reading(path, error))?;
    if bytes.len() > LARGEST_PAGE {
        return Err(Error::PageTooLarge { path: path.to_path_buf(), limit: LARGEST_PAGE });
    }
    let page = String::from_utf8_lossy(&bytes); // the source has checked it
    let paragraphs = paragraphs(without_mark(&page));
    let sentences = paragraphs.iter().flat_map(|paragraph| sentences(paragraph)).map(str::to_string).collect();
    Ok(with_sentences(Some(Document { sentences, continues: false })))
}

/// Opens records. A table must have the column, though it has no row.
fn table(path: &Path, format: Format, column: &str, lossy: bool) -> Result<Records, Error> {
    Records::open(path, format, lossy, |columns| match position(columns, column) {
        None if !columns.is_empty() => Err(format!("{column:?}").into()),
        found => Ok(found.into_iter().collect()), // none in an empty file
    })
}

/// The document of the next record.
fn of_record(records: &mut Records, column: &str) -> Result<Option<Document>, Error> {
    let Some(mut record) = records.next()? else { return Ok(None) };
    let path = records.path();
    let value = record.take(column).ok_or_else(|| record.misfit(path, format!("{column:?}")))?;
    let expected = || format!("a string or a list of strings as {column:?}");
    let paragraphs = value.texts().map_err(|other| record.unfit(path, expected(), other))?;
    Ok(Some(of_paragraphs(paragraphs)))
}

/// None in place of a document without a sentence.
fn with_sentences(document: Option<Document>) -> Option<Document> {
    document.filter(|document| !document.sentences.is_empty())
}
