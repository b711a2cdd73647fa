//! Texts or pairs of texts with one label: classification, regression, several labels at once.
//!
//! GLUE's columns are known, in any case:
//!
//! | columns | of |
//! | --- | --- |
//! | `sentence1`, `sentence2` | MNLI, MRPC, RTE, SNLI, STS-B, WNLI |
//! | `question1`, `question2` | QQP |
//! | `premise`, `hypothesis` | MNLI, SNLI |
//! | `#1 String`, `#2 String` | MRPC |
//! | `question`, `sentence` | QNLI |
//! | `query`, `document` | what ranks texts |
//! | `text`, and `pair` or `text_pair` where it is there | |
//! | `sentence` | CoLA, SST-2 |
//!
//! The label stands in `gold_label`, `label`, `is_duplicate`, `quality`, `score` or `labels`; where several of them are
//! there, it has to be said in which. GLUE's file of CoLA has no header: [`SequenceOptions::cola`].

use std::path::Path;
use std::sync::Arc;

use embert_tokenizer::{EncodeOptions, Encodings, Input, Tokenizer, Truncation};

use super::examples::Steady;
use super::{Examples, LabelSet, Origin};
use crate::Error;
use crate::records::{Format, Misfit, Record, Records, check_once, position};
use crate::value::{Value, listed};

/// Two texts, by the names of their columns.
const PAIRS: [[&str; 2]; 8] = [
    ["sentence1", "sentence2"],
    ["question1", "question2"],
    ["premise", "hypothesis"],
    ["#1 string", "#2 string"],
    ["question", "sentence"],
    ["query", "document"],
    ["text", "pair"],
    ["text", "text_pair"],
];

/// One text.
const TEXTS: [&str; 2] = ["text", "sentence"];

/// Labels of any kind.
const LABELS: [&str; 6] = [GOLD, "label", "is_duplicate", "quality", "score", "labels"];

/// The column in which SNLI and MNLI have the label that most annotators gave, and what stands there where they did not
/// agree. In any other column that is the name of a class.
const GOLD: &str = "gold_label";
const NO_GOLD: &str = "-";

/// What the labels of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelKind {
    /// The name of one class: a string, or a whole number. In a table all values are strings.
    #[default]
    Class,
    /// A number, for regression.
    Number,
    /// A list of the names of classes, none or several. Only JSON and Parquet have lists.
    Classes,
    /// None: the texts alone are read.
    Unlabelled,
}

/// A label.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    /// The name of a class.
    Class(String),
    /// A number.
    Number(f32),
    /// The names of all classes that apply.
    Classes(Vec<String>),
}

impl Label {
    /// The names of classes in it, of which [`LabelSet::of`] makes a set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            Label::Class(name) => std::slice::from_ref(name),
            Label::Number(_) => &[],
            Label::Classes(names) => names,
        };
        names.iter().map(String::as_str)
    }
}

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceExample {
    /// The text.
    pub text: String,
    /// The second text.
    pub pair: Option<String>,
    /// The label; none if the file was read without.
    pub label: Option<Label>,
    /// Where it stands.
    pub origin: Origin,
}

/// How a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SequenceOptions {
    /// How the file is written, where its name does not say so.
    pub format: Option<Format>,
    /// The column of the text. Without it, the columns of GLUE are looked for.
    pub text_column: Option<String>,
    /// The column of the second text, beside a `text_column`.
    pub pair_column: Option<String>,
    /// The column of the label. Without it, those of GLUE are looked for, of which a file may have one.
    pub label_column: Option<String>,
    /// What the labels are.
    pub label_kind: LabelKind,
    /// Whether rows are passed over on whose `gold_label` the annotators did not agree: SNLI and MNLI have `-` there, or
    /// nothing. Else each of them is an error, as is a row without a label in any other column. A class may be named `-1`,
    /// so it is one.
    pub skip_unlabelled: bool,
    /// The names of the columns of a table that has no header. JSON lines and Parquet say their names themselves.
    pub columns: Option<Vec<String>>,
    /// Whether bytes that are not UTF-8 become U+FFFD. Else they are an error.
    pub lossy: bool,
}

impl SequenceOptions {
    /// GLUE's file of CoLA, which has no header: source, label, the author's mark, sentence.
    pub fn cola() -> Self {
        let columns = ["source", "label", "mark", "sentence"].map(str::to_string).to_vec();
        Self { columns: Some(columns), ..Self::default() }
    }
}

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened or whose name does not say how it is written, and a table without the columns. Each
/// example may be an error too.
pub fn read(path: &Path, options: &SequenceOptions) -> Result<Examples<SequenceExample>, Error> {
    let records = open(path, options, |names| Ok(Columns::choose(names, options)?.positions().collect()))?;
    let (own, mut steady) = (options.clone(), Steady::default());
    Ok(Examples::of_records(records, move |record, path| example(record, path, &own, &mut steady)))
}

fn open(
    path: &Path,
    options: &SequenceOptions,
    choose: impl FnOnce(&[String]) -> Result<Vec<usize>, Misfit>,
) -> Result<Records, Error> {
    let format = options.format.map_or_else(|| Format::required(path), Ok)?;
    match &options.columns {
        Some(columns) => Records::open_headless(path, format, columns, options.lossy, choose),
        None => Records::open(path, format, options.lossy, choose),
    }
}

/// What the labels of a file are, where nobody says it: several classes where there is a list, numbers where all are
/// numbers and some are not written as whole ones, else a class each. A file without labels has classes.
///
/// # Errors
/// A file that cannot be read, or of which it has to be said which column the label's is.
pub fn label_kind(path: &Path, options: &SequenceOptions) -> Result<LabelKind, Error> {
    let mut records = open(path, options, |names| Ok(label_column(names, options)?.into_iter().collect()))?;
    let (mut are_numbers, mut has_fraction) = (true, false);
    while let Some(mut record) = records.next()? {
        let label = label_column(record.names(), options).map_err(|misfit| record.misfit(path, misfit))?;
        let Some(label) = label else { break };
        let (value, is_missing) = take_label(&mut record, label);
        match &value {
            Value::List(_) => return Ok(LabelKind::Classes),
            _ if is_missing => {}
            value => {
                are_numbers &= value.number().is_some();
                has_fraction |= value.name().is_none_or(|name| name.parse::<i64>().is_err());
            }
        }
    }
    Ok(if are_numbers && has_fraction { LabelKind::Number } else { LabelKind::Class })
}

/// The column of the labels, if there is one.
fn label_column(names: &[String], options: &SequenceOptions) -> Result<Option<usize>, Misfit> {
    if let Some(name) = &options.label_column {
        return position(names, name).map(Some).ok_or_else(|| format!("{name:?}").into());
    }
    let known: Vec<usize> = LABELS.iter().filter_map(|name| position(names, name)).collect();
    match known[..] {
        [] => Ok(None),
        [label] => Ok(Some(label)),
        _ => {
            let found: Vec<&str> = known.iter().filter_map(|label| names.get(*label)).map(String::as_str).collect();
            let expected = "one column of labels, or a label_column (--label-column) that says which".into();
            Err(Misfit::Several { expected, found: listed(found.into_iter()) })
        }
    }
}

/// The label of a record, and whether it says none.
fn take_label(record: &mut Record, column: usize) -> (Value, bool) {
    let is_gold = is_gold(record, column);
    let value = record.take_at(column);
    let is_missing = value.is_blank() || is_gold && value.text().is_ok_and(|text| text.trim() == NO_GOLD);
    (value, is_missing)
}

fn is_gold(record: &Record, column: usize) -> bool {
    record.names().get(column).is_some_and(|name| name.eq_ignore_ascii_case(GOLD))
}

/// Where the values stand.
struct Columns {
    text: usize,
    pair: Option<usize>,
    label: Option<usize>,
}

impl Columns {
    /// Chooses among these names, or says what is wrong with them.
    fn choose(names: &[String], options: &SequenceOptions) -> Result<Self, Misfit> {
        let find = |name: &str| position(names, name);
        let named = |name: &String| find(name).ok_or_else(|| format!("{name:?}"));
        let (text, pair) = match &options.text_column {
            Some(text) => (named(text)?, options.pair_column.as_ref().map(named).transpose()?),
            None => {
                let pair = PAIRS.iter().find_map(|[first, second]| Some((find(first)?, Some(find(second)?))));
                let text = || TEXTS.iter().find_map(|name| Some((find(name)?, None)));
                pair.or_else(text).ok_or("\"text\", \"sentence\" or another of GLUE's")?
            }
        };
        let label = match options.label_kind {
            LabelKind::Unlabelled => None,
            _ => Some(label_column(names, options)?.ok_or_else(|| format!("{:?}", LABELS.join(" or ")))?),
        };
        let columns = Self { text, pair, label };
        check_once(names, columns.positions())?;
        Ok(columns)
    }

    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        [self.text].into_iter().chain(self.pair).chain(self.label)
    }
}

/// The example of a record, or none if it is passed over.
fn example(
    mut record: Record,
    path: &Arc<Path>,
    options: &SequenceOptions,
    steady: &mut Steady,
) -> Result<Option<SequenceExample>, Error> {
    let columns = Columns::choose(record.names(), options).map_err(|misfit| record.misfit(path, misfit))?;
    steady.check(&record, columns.positions(), path)?;
    let label = match columns.label {
        None => None,
        Some(label) => {
            let is_gold = is_gold(&record, label);
            let (value, is_missing) = take_label(&mut record, label);
            if is_missing && is_gold && options.skip_unlabelled {
                return Ok(None);
            }
            let label = if is_missing { None } else { label_of(&value, options.label_kind) };
            Some(label.ok_or_else(|| record.unfit(path, expected(options.label_kind), &value))?)
        }
    };
    let first = record.take_text(path, columns.text)?;
    let pair = match columns.pair.map(|pair| record.take_at(pair)) {
        None | Some(Value::Null) => None,
        Some(Value::Text(pair)) => Some(pair),
        Some(other) => return Err(record.unfit(path, "a string as text, or null", &other)),
    };
    let origin = Origin { path: Arc::clone(path), place: record.place };
    Ok(Some(SequenceExample { text: first, pair, label, origin }))
}

fn label_of(value: &Value, kind: LabelKind) -> Option<Label> {
    match (kind, value) {
        (LabelKind::Class, value) => value.name().map(Label::Class),
        (LabelKind::Number, value) => value.number().map(Label::Number),
        (LabelKind::Classes, Value::List(names)) => {
            names.iter().map(Value::name).collect::<Option<_>>().map(Label::Classes)
        }
        _ => None,
    }
}

/// What a label of that kind must be.
fn expected(kind: LabelKind) -> &'static str {
    match kind {
        LabelKind::Class | LabelKind::Unlabelled => "the name of a class, or a whole number, as label",
        LabelKind::Number => "a number as label",
        LabelKind::Classes => "a list of names as labels",
    }
}

/// What a model gets.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceFeatures {
    /// A row an example.
    pub encodings: Encodings,
    /// What the model shall say; none without labels.
    pub targets: Option<Targets>,
}

/// What a model shall say of each example.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// The id of a class.
    Classes(Vec<i64>),
    /// A number.
    Numbers(Vec<f32>),
    /// For each example 1 for each class that applies and 0 for the others, the examples end to end.
    ManyHot(Vec<f32>),
}

/// Encodes examples, the longer text of a pair cut first.
///
/// # Errors
/// A label that is not in the set, examples with and without labels or with labels of different kinds, and a
/// `max_length` without room for the special tokens.
pub fn features(
    tokenizer: &Tokenizer,
    examples: &[SequenceExample],
    labels: &LabelSet,
    max_length: usize,
) -> Result<SequenceFeatures, Error> {
    let targets = targets(examples, labels)?;
    let inputs: Vec<Input> = examples
        .iter()
        .map(|example| match &example.pair {
            Some(pair) => Input::from((example.text.as_str(), pair.as_str())),
            None => Input::from(&example.text),
        })
        .collect();
    let options = EncodeOptions { truncation: Some(Truncation::new(max_length)), ..Default::default() };
    Ok(SequenceFeatures { encodings: tokenizer.encode_batch(&inputs, &options)?, targets })
}

fn targets(examples: &[SequenceExample], labels: &LabelSet) -> Result<Option<Targets>, Error> {
    let mut targets = match examples.first().map(|example| &example.label) {
        None | Some(None) => None,
        Some(Some(Label::Class(_))) => Some(Targets::Classes(Vec::new())),
        Some(Some(Label::Number(_))) => Some(Targets::Numbers(Vec::new())),
        Some(Some(Label::Classes(_))) => Some(Targets::ManyHot(Vec::new())),
    };
    for SequenceExample { label, origin, .. } in examples {
        match (&mut targets, label) {
            (None, None) => {}
            (Some(Targets::Classes(ids)), Some(Label::Class(name))) => ids.push(labels.require(name, origin)?.into()),
            (Some(Targets::Numbers(numbers)), Some(Label::Number(number))) => numbers.push(*number),
            (Some(Targets::ManyHot(all)), Some(Label::Classes(names))) => {
                let start = all.len();
                all.resize(start + labels.len(), 0.0);
                for name in names {
                    if let Some(cell) = all.get_mut(start + labels.require(name, origin)? as usize) {
                        *cell = 1.0;
                    }
                }
            }
            (_, label) => {
                return Err(Error::Record {
                    path: origin.path.to_path_buf(),
                    place: origin.place,
                    expected: "a label of the same kind as the first example's".into(),
                    found: match label {
                        None => "none".into(),
                        Some(label) => format!("{label:?}"),
                    },
                });
            }
        }
    }
    Ok(targets)
}
