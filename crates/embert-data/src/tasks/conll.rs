//! CoNLL's form: a word and its tags a line, a blank line after a sentence.

use std::path::Path;
use std::sync::Arc;

use super::Origin;
use super::tokens::{TokenExample, TokenOptions};
use crate::lines::{LONGEST_LINE, Lines};
use crate::source::Source;
use crate::{Error, Place};

/// Stands where a document begins, as if it were a word.
const DOCUMENT: &str = "-DOCSTART-";

/// A file that is read sentence by sentence.
pub(crate) struct Sentences {
    lines: Lines<Source>,
    path: Arc<Path>,
    options: TokenOptions,
    /// How many columns the last line of a word had.
    width: Option<usize>,
}

/// What has been read of a sentence.
#[derive(Default)]
struct Sentence {
    words: Vec<String>,
    tags: Vec<String>,
    start: u64,
    /// Lines at its head that begin with `#`, of which nobody knows yet whether they are words.
    head: Vec<(u64, String)>,
    bytes: usize,
}

impl Sentences {
    pub(crate) fn new(source: Source, path: Arc<Path>, options: TokenOptions) -> Self {
        Self { lines: Lines::new(source), path, options, width: None }
    }

    /// The next sentence, or none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<TokenExample>, Error> {
        let mut sentence = Sentence::default();
        while let Some((number, line)) = self.lines.next_numbered(&self.path)? {
            let columns = columns(line);
            if columns.is_empty() || columns.first() == Some(&DOCUMENT) {
                sentence.settle(self.width, &self.path, &self.options)?;
                if sentence.words.is_empty() {
                    continue;
                }
                break;
            }
            if self.options.comments && line.starts_with('#') {
                continue;
            }
            sentence.bytes += line.len();
            if sentence.bytes > LONGEST_LINE {
                let line = if sentence.words.is_empty() { number } else { sentence.start };
                return Err(Error::RowTooLong { path: self.path.to_path_buf(), line, limit: LONGEST_LINE });
            }
            if sentence.words.is_empty() && columns.first().is_some_and(|first| first.starts_with('#')) {
                sentence.head.push((number, line.to_owned()));
                continue;
            }
            self.width = Some(columns.len());
            sentence.settle(self.width, &self.path, &self.options)?;
            sentence.add(number, &columns, &self.path, &self.options)?;
        }
        sentence.settle(self.width, &self.path, &self.options)?;
        let Sentence { words, tags, start, .. } = sentence;
        let tags = (!self.options.unlabelled).then_some(tags);
        let origin = Origin { path: Arc::clone(&self.path), place: Place::Line(start) };
        Ok((!words.is_empty()).then_some(TokenExample { words, tags, origin }))
    }
}

impl Sentence {
    /// Takes the lines at the head as words where they have as many columns as words have; else they are comments. Before
    /// the first word of a file, one that goes on after a space is a comment.
    fn settle(&mut self, width: Option<usize>, path: &Path, options: &TokenOptions) -> Result<(), Error> {
        for (number, line) in std::mem::take(&mut self.head) {
            let columns = columns(&line);
            if width.map_or(!line.starts_with("# "), |width| columns.len() == width) {
                self.add(number, &columns, path, options)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, number: u64, columns: &[&str], path: &Path, options: &TokenOptions) -> Result<(), Error> {
        let word = columns.get(options.word_column);
        let tag = match options.tag_column {
            Some(column) => columns.get(column),
            None => columns.last().filter(|_| columns.len() > options.word_column + 1),
        };
        match (word, tag) {
            (Some(word), _) if options.unlabelled => self.words.push((*word).to_string()),
            (Some(word), Some(tag)) => {
                self.words.push((*word).to_string());
                self.tags.push((*tag).to_string());
            }
            _ => {
                return Err(Error::Record {
                    path: path.to_path_buf(),
                    place: Place::Line(number),
                    expected: "a word and a tag in columns with a space or a tab between".into(),
                    found: format!("{} columns", columns.len()),
                });
            }
        }
        if self.words.len() == 1 {
            self.start = number;
        }
        Ok(())
    }
}

/// The columns of a line: between tabs, if it has one, else between spaces.
fn columns(line: &str) -> Vec<&str> {
    let line = line.trim_matches([' ', '\t']);
    if line.is_empty() {
        return Vec::new();
    }
    if line.contains('\t') {
        return line.split('\t').map(|column| column.trim_matches(' ')).collect();
    }
    line.split(' ').filter(|column| !column.is_empty()).collect()
}
