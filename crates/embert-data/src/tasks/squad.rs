//! SQuAD's JSON, and the flat lines that Hugging Face's copies of it have.

use std::fmt;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

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
    data: Vec<Object<Article>>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Object<Paragraph>>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<Object<Question>>,
}

#[derive(Deserialize)]
struct Question {
    id: Value,
    question: String,
    answers: Option<Vec<Object<SquadAnswer>>>,
    #[serde(default)]
    is_impossible: bool,
}

#[derive(Deserialize)]
struct SquadAnswer {
    text: String,
    answer_start: Place,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    question: String,
    context: String,
    answers: Option<Object<LineAnswers>>,
}

#[derive(Deserialize)]
struct LineAnswers {
    text: Vec<String>,
    answer_start: Vec<Place>,
}

/// An object. A struct that is read may else be a list of its fields too, which no file means.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(AnObject(PhantomData))
    }
}

struct AnObject<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnObject<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// Where an answer begins.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
struct Place(usize);

impl TryFrom<Value> for Place {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let place = match value {
            Value::Integer(number) => usize::try_from(number).ok(),
            _ => None,
        };
        let found = || format!("answer_start is {}; a whole number, 0 or more, is expected", value.describe());
        place.map(Self).ok_or_else(found)
    }
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
    let squad = serde_json::from_str(without_mark(&text)).map_err(|error| Error::json(path, 1, &error))?;
    let Object(Squad { data }) = squad;

    let (path, unlabelled): (Arc<Path>, _) = (path.into(), options.unlabelled);
    let paragraphs = data.into_iter().flat_map(|Object(article)| article.paragraphs);
    let mut questions = paragraphs.flat_map(|Object(Paragraph { context, qas })| {
        let context: Arc<str> = context.into();
        qas.into_iter().map(move |Object(question)| (Arc::clone(&context), question))
    });
    Ok(Examples::new(Arc::clone(&path), move || {
        let Some((context, question)) = questions.next() else { return Ok(None) };
        let answers = match question.answers {
            _ if question.is_impossible => Vec::new(),
            Some(answers) => answers
                .into_iter()
                .map(|Object(SquadAnswer { text, answer_start: Place(start) })| Answer { text, start })
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
        let Object(line): Object<Line> = parsed.map_err(|error| Error::json(&path, number, &error))?;
        let answers = match line.answers {
            None if unlabelled => Vec::new(),
            None => return Err(no_answers(&path, &line.id)),
            Some(Object(LineAnswers { text, answer_start })) if text.len() == answer_start.len() => {
                text.into_iter().zip(answer_start).map(|(text, Place(start))| Answer { text, start }).collect()
            }
            Some(Object(LineAnswers { text, answer_start })) => {
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
