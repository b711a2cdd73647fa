//! Plain text: documents with blank lines between them.

use std::io::BufRead;
use std::path::Path;

use crate::lines::Lines;
use crate::sentences::sentences;
use crate::{Document, Error};

/// A document with more bytes than this is handed out in parts.
const LONGEST_DOCUMENT: usize = 16 << 20;

/// The documents of one text file, read as they are asked for.
pub(crate) struct TextDocuments<R> {
    lines: Lines<R>,
    continues: bool, // the next document with the one before
}

impl<R: BufRead> TextDocuments<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), continues: false }
    }

    /// The next document, or none at the end of the file. `path` is for the error.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<Document>, Error> {
        let mut document = Document { sentences: Vec::new(), continues: self.continues };
        let mut length = 0;
        while let Some(line) = self.lines.next(path)? {
            // A line without a letter or a digit has no sentence, but only a blank one ends a document.
            let ends = line.trim().is_empty();
            document.sentences.extend(sentences(line).map(str::to_string));
            length += line.len();
            if (ends || length > LONGEST_DOCUMENT) && !document.sentences.is_empty() {
                self.continues = !ends;
                return Ok(Some(document));
            }
            document.continues &= !ends; // what ended at the limit does not go on
        }
        Ok(Some(document).filter(|document| !document.sentences.is_empty()))
    }
}

/// The document that a field of a record holds: all of its paragraphs, blank lines between them or not.
pub(crate) fn of_paragraphs<'a>(paragraphs: impl IntoIterator<Item = &'a str>) -> Document {
    let lines = paragraphs.into_iter().flat_map(str::lines);
    Document { sentences: lines.flat_map(sentences).map(str::to_string).collect(), continues: false }
}
