//! CoNLL's form: a word and its tags a line, a blank line after a sentence.

use std::path::Path;
use std::sync::Arc;

use super::Origin;
use super::tokens::{TokenExample, TokenOptions};
use crate::Error;
use crate::lines::{LONGEST_LINE, Lines};
use crate::source::Source;

/// Stands where a document begins, as if it were a word.
const DOCUMENT: &str = "-DOCSTART-";

/// The next sentence, or none at the end of the file.
pub(crate) fn next(
    lines: &mut Lines<Source>,
    path: &Arc<Path>,
    options: &TokenOptions,
) -> Result<Option<TokenExample>, Error> {
    let mut words = Vec::new();
    let mut tags = Vec::new();
    let (mut start, mut length) = (0, 0);
    while let Some((number, line)) = lines.next_numbered(path)? {
        let columns = columns(line);
        let word = columns.get(options.word_column).copied();
        if columns.is_empty() || columns.first() == Some(&DOCUMENT) {
            if words.is_empty() {
                continue;
            }
            break;
        }
        if options.comments && line.starts_with('#') {
            continue;
        }
        let tag = match options.tag_column {
            Some(column) => columns.get(column).copied(),
            None => columns.last().copied().filter(|_| columns.len() > options.word_column + 1),
        };
        length += line.len();
        match (word, tag) {
            (Some(word), _) if options.unlabelled => words.push(word.to_string()),
            (Some(word), Some(tag)) => {
                words.push(word.to_string());
                tags.push(tag.to_string());
            }
            _ => {
                return Err(Error::Record {
                    path: path.to_path_buf(),
                    line: number,
                    expected: "a word and a tag in columns with a space or a tab between".into(),
                    found: format!("{} columns", columns.len()),
                });
            }
        }
        if words.len() == 1 {
            start = number;
        }
        if length > LONGEST_LINE {
            return Err(Error::RowTooLong { path: path.to_path_buf(), line: start, limit: LONGEST_LINE });
        }
    }
    let tags = (!options.unlabelled).then_some(tags);
    let origin = Origin { path: Arc::clone(path), line: start };
    Ok((!words.is_empty()).then_some(TokenExample { words, tags, origin }))
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
