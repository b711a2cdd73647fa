//! SQuAD's JSON, and the flat lines and rows that Hugging Face's copies of it have.

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
use crate::lines::{Lines, without_mark};
use crate::records::{Format, Misfit, Record, Records, check_once, position};
use crate::source::{self, Compression};
use crate::value::Value;
use crate::{Error, Place};

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
    answer_start: Start,
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
    answer_start: Vec<Start>,
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
struct Start(usize);

impl TryFrom<Value> for Start {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let start = match value {
            Value::Integer(number) => usize::try_from(number).ok(),
            _ => None,
        };
        let found = || format!("answer_start is {}; a whole number, 0 or more, is expected", value.describe());
        start.map(Self).ok_or_else(found)
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
                .map(|Object(SquadAnswer { text, answer_start: Start(start) })| Answer { text, start })
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
        line.example(&path, Place::Line(number), unlabelled).map(Some)
    }))
}

/// The questions of a Parquet file.
pub(crate) fn read_rows(path: &Path, options: &AnswerOptions) -> Result<Examples<AnswerExample>, Error> {
    let unlabelled = options.unlabelled;
    let choose = |names: &[String]| Ok(Columns::choose(names, unlabelled)?.positions().collect());
    let records = Records::open(path, Format::Parquet, options.lossy, choose)?;
    Ok(Examples::of_records(records, move |record, path| {
        let place = record.place;
        row(record, path, unlabelled)?.example(path, place, unlabelled).map(Some)
    }))
}

/// Where the values of a row stand.
struct Columns {
    texts: [usize; 3],           // id, question, context
    answers: Option<[usize; 2]>, // text, answer_start
}

impl Columns {
    /// Chooses among these names, or says what is wrong with them.
    fn choose(names: &[String], unlabelled: bool) -> Result<Self, Misfit> {
        let named = |name: &str| position(names, name).ok_or_else(|| format!("{name:?}"));
        let texts = [named("id")?, named("question")?, named("context")?];
        let answers = match (named("answers.text"), named("answers.answer_start")) {
            (Err(_), Err(_)) if unlabelled => None,
            (text, start) => Some([text?, start?]),
        };
        let columns = Self { texts, answers };
        check_once(names, columns.positions())?;
        Ok(columns)
    }

    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        self.texts.into_iter().chain(self.answers.into_iter().flatten())
    }
}

/// What a line would have said.
fn row(mut record: Record, path: &Path, unlabelled: bool) -> Result<Line, Error> {
    let columns = Columns::choose(record.names(), unlabelled).map_err(|misfit| record.misfit(path, misfit))?;
    let [id, question, context] = columns.texts;
    let answers = columns.answers.map(|places| places.map(|place| record.take_at(place)));
    let answers = match answers {
        None | Some([Value::Null, Value::Null]) => None,
        Some([text, start]) => {
            let no_text = |found: &Value| record.unfit(path, "a list of strings as answers.text", found);
            let expected = "a list of whole numbers, 0 or more, as answers.answer_start";
            let no_start = |found: &Value| record.unfit(path, expected, found);
            let text = items(text, &no_text)?.into_iter().map(|item| item.text().map(str::to_owned).map_err(no_text));
            let starts = items(start, &no_start)?.into_iter();
            let starts = starts.map(|item| Start::try_from(item.clone()).map_err(|_| no_start(&item)));
            let (text, answer_start) = (text.collect::<Result<_, _>>()?, starts.collect::<Result<_, _>>()?);
            Some(Object(LineAnswers { text, answer_start }))
        }
    };
    let id = record.take_at(id);
    Ok(Line { id, question: record.take_text(path, question)?, context: record.take_text(path, context)?, answers })
}

fn items(list: Value, unfit: &impl Fn(&Value) -> Error) -> Result<Vec<Value>, Error> {
    match list {
        Value::List(items) => Ok(items),
        other => Err(unfit(&other)),
    }
}

impl Line {
    fn example(self, path: &Arc<Path>, place: Place, unlabelled: bool) -> Result<AnswerExample, Error> {
        let answers = match self.answers {
            None if unlabelled => Vec::new(),
            None => return Err(no_answers(path, &self.id)),
            Some(Object(LineAnswers { text, answer_start })) if text.len() == answer_start.len() => {
                text.into_iter().zip(answer_start).map(|(text, Start(start))| Answer { text, start }).collect()
            }
            Some(Object(LineAnswers { text, answer_start })) => {
                return Err(Error::Record {
                    path: path.to_path_buf(),
                    place,
                    expected: format!("an answer_start for each of the {} answers", text.len()),
                    found: answer_start.len().to_string(),
                });
            }
        };
        let (id, question, context) = (id(&self.id), self.question, self.context.into());
        AnswerExample { id, question, context, answers, path: Arc::clone(path) }.check()
    }
}

/// An id is a name, which some files write as a number.
fn id(value: &Value) -> String {
    value.name().unwrap_or_else(|| value.describe())
}

fn no_answers(path: &Path, of: &Value) -> Error {
    Error::NoAnswers { path: path.to_path_buf(), id: id(of) }
}
