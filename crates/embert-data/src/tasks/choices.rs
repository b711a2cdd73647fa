//! Questions with several answers, one of which is right: multiple choice.
//!
//! | value | columns, the first that is there |
//! | --- | --- |
//! | the question | `sent1`, `context`, `ctx`, `premise`, `question` |
//! | what every choice begins with, where it is there | `sent2`, `question` |
//! | the choices: a list | `endings`, `choices`, `options` |
//! | else a column each, numbered from 0 or 1 | `ending0`, `choice0`, `answer0`, `option0` and those that follow |
//! | the number of the right one, from 0 | `label` |
//!
//! So SWAG, HellaSwag, COPA and CosmosQA are read as they are. Questions may have different numbers of choices: in a
//! table, empty columns at the end are none. A choice that is empty is an error.

use std::iter::once;
use std::path::Path;
use std::sync::Arc;

use embert_tokenizer::{EncodeOptions, Encodings, Input, Tokenizer, Truncation};

use super::examples::{Steady, all_or_none};
use super::{Examples, Origin};
use crate::Error;
use crate::records::{Format, Misfit, Record, Records, check_once, position};
use crate::value::Value;

/// The fewest to choose among.
const FEWEST: usize = 2;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceExample {
    /// The question, or what is to be continued.
    pub question: String,
    /// What there is to choose among, two or more.
    pub choices: Vec<String>,
    /// The right one, from 0; none if the file was read without.
    pub label: Option<u32>,
    /// Where it stands.
    pub origin: Origin,
}

/// How a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoiceOptions {
    /// How the file is written, where its name does not say so.
    pub format: Option<Format>,
    /// The column of the question.
    pub question_column: Option<String>,
    /// The columns of the choices, or the one of a list of them.
    pub choice_columns: Option<Vec<String>>,
    /// The column of the right one's number.
    pub label_column: Option<String>,
    /// Whether the texts alone are read.
    pub unlabelled: bool,
    /// Whether bytes that are not UTF-8 become U+FFFD. Else they are an error.
    pub lossy: bool,
}

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened or whose name does not say how it is written, and a table without the columns. Each
/// example may be an error too: one of fewer than two choices, and a label that is the number of none.
pub fn read(path: &Path, options: &ChoiceOptions) -> Result<Examples<ChoiceExample>, Error> {
    let format = options.format.map_or_else(|| Format::required(path), Ok)?;
    let choose = |names: &[String]| Ok(Columns::choose(names, options)?.positions().collect());
    let records = Records::open(path, format, options.lossy, choose)?;
    let (own, mut steady) = (options.clone(), Steady::default());
    Ok(Examples::of_records(records, move |record, path| example(record, path, &own, &mut steady).map(Some)))
}

/// Where the values stand.
struct Columns {
    question: usize,
    beginning: Option<usize>,
    choices: Vec<usize>,
    label: Option<usize>,
}

impl Columns {
    /// Chooses among these names, or says what is wrong with them.
    fn choose(names: &[String], options: &ChoiceOptions) -> Result<Self, Misfit> {
        let find = |name: &str| position(names, name);
        let named = |name: &String| find(name).ok_or_else(|| format!("{name:?}"));
        let first = |known: &[&str]| known.iter().find_map(|name| find(name));
        let questions = ["sent1", "context", "ctx", "premise", "question"];
        let question = match &options.question_column {
            Some(name) => named(name)?,
            None => first(&questions).ok_or_else(|| format!("{:?}", questions.join(" or ")))?,
        };
        let choices: Vec<usize> = match &options.choice_columns {
            Some(columns) => columns.iter().map(named).collect::<Result<_, _>>()?,
            None => match first(&["endings", "choices", "options"]) {
                Some(list) => vec![list],
                None => numbered(names).ok_or("\"endings or choices or options or ending0, ending1, …\"")?,
            },
        };
        let label = match &options.label_column {
            _ if options.unlabelled => None,
            Some(name) => Some(named(name)?),
            None => Some(find("label").ok_or("\"label\"")?),
        };
        // Who names the question has said what stands in it.
        let beginning = if options.question_column.is_none() { first(&["sent2", "question"]) } else { None };
        let beginning = beginning.filter(|beginning| *beginning != question);
        let columns = Self { question, beginning, choices, label };
        check_once(names, columns.positions())?;
        Ok(columns)
    }

    fn positions(&self) -> impl Iterator<Item = usize> {
        once(self.question).chain(self.beginning).chain(self.choices.iter().copied()).chain(self.label)
    }
}

/// The columns of one name and the numbers that follow each other.
fn numbered(names: &[String]) -> Option<Vec<usize>> {
    let columns = |name: &str, from: usize| -> Vec<usize> {
        (from..).map_while(|number| position(names, &format!("{name}{number}"))).collect()
    };
    let known = ["ending", "choice", "answer", "option"].into_iter();
    known.flat_map(|name| [0, 1].map(|from| columns(name, from))).find(|columns| !columns.is_empty())
}

fn example(
    mut record: Record,
    path: &Arc<Path>,
    options: &ChoiceOptions,
    steady: &mut Steady,
) -> Result<ChoiceExample, Error> {
    let columns = Columns::choose(record.names(), options).map_err(|misfit| record.misfit(path, misfit))?;
    steady.check(&record, [columns.question].into_iter().chain(columns.beginning), path)?;
    let question = record.take_text(path, columns.question)?;
    let beginning = columns.beginning.map(|beginning| record.take_text(path, beginning)).transpose()?;
    let mut values: Vec<Value> = columns.choices.into_iter().map(|column| record.take_at(column)).collect();
    // What an item of a list does not say is no column that a row leaves empty.
    while values.last().is_some_and(Value::is_blank) {
        values.pop();
    }
    let items = |value: Value| match value {
        Value::List(list) => list,
        value => vec![value],
    };
    let values: Vec<Value> = values.into_iter().flat_map(items).collect();
    let text = |value: &Value| match value.text() {
        Ok(_) if value.is_blank() => Err(record.unfit(path, "a choice that says something", value)),
        Ok(ending) => Ok(beginning.iter().map(String::as_str).chain(once(ending)).collect::<Vec<_>>().join(" ")),
        Err(other) => Err(record.unfit(path, "a string as a choice", other)),
    };
    let choices = values.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let place = record.place;
    if choices.len() < FEWEST {
        let (expected, found) = (format!("{FEWEST} choices or more"), choices.len().to_string());
        return Err(Error::Record { path: path.to_path_buf(), place, expected, found });
    }
    let label = match columns.label.map(|label| record.take_at(label)) {
        None => None,
        Some(value) => {
            let number = value.name().and_then(|name| name.parse().ok());
            let expected = || format!("the number of a choice, 0 to {}, as label", choices.len() - 1);
            let is_one = |number: &u32| (*number as usize) < choices.len();
            Some(number.filter(is_one).ok_or_else(|| record.unfit(path, expected(), &value))?)
        }
    };
    Ok(ChoiceExample { question, choices, label, origin: Origin { path: Arc::clone(path), place } })
}

/// What a model gets.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceFeatures {
    /// A row a choice, question after question: the question, and the choice.
    pub encodings: Encodings,
    /// How many choices each question has.
    pub choices: Vec<usize>,
    /// The right one of each question; none without labels.
    pub labels: Option<Vec<u32>>,
}

/// Encodes each question with each of its choices, the longer text cut first.
///
/// # Errors
/// Examples of which some have a label and some have none, and a `max_length` without room for the special tokens.
pub fn features(tokenizer: &Tokenizer, examples: &[ChoiceExample], max_length: usize) -> Result<ChoiceFeatures, Error> {
    let labels = all_or_none(examples, "label", |example| example.label, |example| &example.origin)?;
    let pairs = examples.iter().flat_map(|example| {
        example.choices.iter().map(|choice| Input::from((example.question.as_str(), choice.as_str())))
    });
    let inputs: Vec<Input> = pairs.collect();
    let options = EncodeOptions { truncation: Some(Truncation::new(max_length)), ..Default::default() };
    let choices = examples.iter().map(|example| example.choices.len()).collect();
    Ok(ChoiceFeatures { encodings: tokenizer.encode_batch(&inputs, &options)?, choices, labels })
}
