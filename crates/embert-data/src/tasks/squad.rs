//! SQuAD's JSON, and the flat lines that Hugging Face's copies of it have.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::Examples;
use super::answers::{Answer, AnswerExample, AnswerOptions};
use crate::Error;
use crate::lines::{Lines, without_mark};
use crate::source::{self, Compression};
use crate::value::Value;

/// A file of SQuAD with more bytes than this is an error.
const LARGEST_FILE: usize = 256 << 20;

#[derive(Deserialize)]
struct Squad {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: Value,
    question: String,
    answers: Option<Vec<SquadAnswer>>,
    #[serde(default)]
    is_impossible: bool,
}

#[derive(Deserialize)]
struct SquadAnswer {
    text: String,
    answer_start: usize,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    question: String,
    context: String,
    answers: Option<LineAnswers>,
}

#[derive(Deserialize)]
struct LineAnswers {
    text: Vec<String>,
    answer_start: Vec<usize>,
}

/// Whether a file's name ends in `.json`, under its compression.
pub(crate) fn is_json(path: &Path) -> bool {
    source::extension(&Compression::inner(path)).as_deref() == Some("json")
}

/// The questions of a file in SQuAD's form.
pub(crate) fn read_squad(path: &Path, options: &AnswerOptions) -> Result<Examples<AnswerExample>, Error> {
    let mut bytes = Vec::new();
    let mut source = source::open(path, options.lossy)?.take(LARGEST_FILE as u64 + 1);
    source.read_to_end(&mut bytes).map_err(|error| Error::reading(path, error))?;
    if bytes.len() > LARGEST_FILE {
        return Err(Error::FileTooLarge { path: path.to_path_buf(), limit: LARGEST_FILE });
    }
    let text = String::from_utf8_lossy(&bytes); // the source has checked it
    let squad: Squad = serde_json::from_str(without_mark(&text)).map_err(|error| Error::json(path, 1, &error))?;

    let (path, unlabelled): (Arc<Path>, _) = (path.into(), options.unlabelled);
    let paragraphs = squad.data.into_iter().flat_map(|article| article.paragraphs);
    let mut questions = paragraphs.flat_map(|Paragraph { context, qas }| {
        let context: Arc<str> = context.into();
        qas.into_iter().map(move |question| (Arc::clone(&context), question))
    });
    Ok(Examples::new(Arc::clone(&path), move || {
        let Some((context, question)) = questions.next() else { return Ok(None) };
        let answers = match question.answers {
            _ if question.is_impossible => Vec::new(),
            Some(answers) => answers
                .into_iter()
                .map(|SquadAnswer { text, answer_start }| Answer { text, start: answer_start })
                .collect(),
            None if unlabelled => Vec::new(),
            None => return Err(no_answers(&path, &question.id)),
        };
        let (id, question, path) = (id(&question.id), question.question, Arc::clone(&path));
        AnswerExample { id, question, context, answers, path }.check().map(Some)
    }))
}

/// The questions of a file of JSON lines.
pub(crate) fn read_lines(path: &Path, options: &AnswerOptions) -> Result<Examples<AnswerExample>, Error> {
    let mut lines = Lines::new(source::open(path, options.lossy)?);
    let (path, unlabelled): (Arc<Path>, _) = (path.into(), options.unlabelled);
    Ok(Examples::new(Arc::clone(&path), move || {
        let Some(line) = lines.next_filled(&path)? else { return Ok(None) };
        let parsed = serde_json::from_str(line);
        let number = lines.number();
        let line: Line = parsed.map_err(|error| Error::json(&path, number, &error))?;
        let answers = match line.answers {
            None if unlabelled => Vec::new(),
            None => return Err(no_answers(&path, &line.id)),
            Some(LineAnswers { text, answer_start }) if text.len() == answer_start.len() => {
                text.into_iter().zip(answer_start).map(|(text, start)| Answer { text, start }).collect()
            }
            Some(LineAnswers { text, answer_start }) => {
                return Err(Error::Record {
                    path: path.to_path_buf(),
                    line: number,
                    expected: format!("an answer_start for each of the {} answers", text.len()),
                    found: answer_start.len().to_string(),
                });
            }
        };
        let (id, question, path) = (id(&line.id), line.question, Arc::clone(&path));
        AnswerExample { id, question, context: line.context.into(), answers, path }.check().map(Some)
    }))
}

/// An id is a name, which some files write as a number.
fn id(value: &Value) -> String {
    value.name().unwrap_or_else(|| value.describe())
}

fn no_answers(path: &Path, of: &Value) -> Error {
    Error::NoAnswers { path: path.to_path_buf(), id: id(of) }
}
