//! Questions whose answers are stretches of a text.
//!
//! | file | questions |
//! | --- | --- |
//! | SQuAD 1.1 and 2.0 (`.json`) | `data[].paragraphs[].{context, qas[].{id, question, answers[].{text, answer_start}, is_impossible}}` |
//! | JSON lines (`.jsonl`, `.ndjson`) | `{id, question, context, answers: {text: [..], answer_start: [..]}}` |
//! | Parquet (`.parquet`) | rows of the same |
//!
//! A file of SQuAD is one JSON value and is read whole; it may have 256 MiB. `answer_start` counts code points. A
//! question without an answer, or with `is_impossible`, has none in its context.

use std::path::Path;
use std::sync::Arc;

use super::{Examples, squad};
use crate::Error;
use crate::records::Format;
use crate::value::quoted;

pub use super::spans::{ScoredWindow, Span, SpanOptions, Spans};
pub use super::windows::{AnswerFeatures, Window, WindowOptions, features};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFormat {
    /// SQuAD's: one JSON value.
    Squad,
    /// A question a line, as a JSON object.
    JsonLines,
    /// A question a row.
    Parquet,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerExample {
    /// What a file of predictions knows it by.
    pub id: String,
    /// The question.
    pub question: String,
    /// The text in which the answer stands, one for all questions about it.
    pub context: Arc<str>,
    /// The answers, each of which is right. A model learns the first.
    pub answers: Vec<Answer>,
    /// The file.
    pub path: Arc<Path>,
}

/// A stretch of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer, as it stands in the context.
    pub text: String,
    /// Where it begins, in code points.
    pub start: usize,
}

/// How a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerOptions {
    /// How the file is written. Without it, `.jsonl` and `.ndjson` are JSON lines, `.parquet` is Parquet and all
    /// else is SQuAD's form.
    pub format: Option<AnswerFormat>,
    /// Whether a question need not say what its answers are. Else one that has no `answers` is an error; an empty list
    /// says that there is none.
    pub unlabelled: bool,
    /// Whether bytes that are not UTF-8 become U+FFFD. Else they are an error.
    pub lossy: bool,
}

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened or is not of SQuAD's form, and one of Parquet without the columns. Each example may be an
/// error too: a line that is none, and an answer that does not stand in its context where it says.
pub fn read(path: &Path, options: &AnswerOptions) -> Result<Examples<AnswerExample>, Error> {
    let by_name = || match Format::of(path) {
        Some(Format::JsonLines) if !squad::is_json(path) => AnswerFormat::JsonLines,
        Some(Format::Parquet) => AnswerFormat::Parquet,
        _ => AnswerFormat::Squad,
    };
    match options.format.unwrap_or_else(by_name) {
        AnswerFormat::Squad => squad::read_squad(path, options),
        AnswerFormat::JsonLines => squad::read_lines(path, options),
        AnswerFormat::Parquet => squad::read_rows(path, options),
    }
}

impl AnswerExample {
    /// Whether each answer says something, and stands where it says.
    pub(crate) fn check(self) -> Result<Self, Error> {
        if self.answers.iter().any(|answer| answer.text.is_empty()) {
            return Err(Error::EmptyAnswer { path: self.path.to_path_buf(), id: self.id });
        }
        for Answer { text, start } in &self.answers {
            let rest = match self.context.is_ascii() {
                true => self.context.get(*start..),
                false => self.context.char_indices().nth(*start).and_then(|(byte, _)| self.context.get(byte..)),
            };
            if !rest.is_some_and(|rest| rest.starts_with(text)) {
                let found = rest.map(|rest| quoted(rest.get(..text.len()).unwrap_or(rest)));
                return Err(Error::Answer {
                    path: self.path.to_path_buf(),
                    id: self.id,
                    start: *start,
                    expected: quoted(text),
                    found: found.unwrap_or_else(|| "nothing".into()),
                });
            }
        }
        Ok(self)
    }
}
