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
}

impl<R: BufRead> TextDocuments<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader) }
    }

    /// The next document, or none at the end of the file. `path` is for the error.
    pub(crate) fn next(&mut self, path: &Path) -> Result<Option<Document>, Error> {
        let mut document = Document::default();
        let mut length = 0;
        while let Some(line) = self.lines.next(path)? {
            // A line without a letter or a digit has no sentence, but only a blank one ends a document.
            let ends = line.trim().is_empty();
            document.sentences.extend(sentences(line).map(str::to_string));
            length += line.len();
            if (ends || length > LONGEST_DOCUMENT) && !document.sentences.is_empty() {
                return Ok(Some(document));
            }
        }
        Ok(Some(document).filter(|document| !document.sentences.is_empty()))
    }
}
