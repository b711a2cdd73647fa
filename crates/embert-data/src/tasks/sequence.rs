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
//! | `text`, and `pair` or `text_pair` where it is there | |
//! | `sentence` | CoLA, SST-2 |
//!
//! The label is the first of `gold_label`, `label`, `is_duplicate`, `quality`, `score` that is there; a number is
//! looked for in `score` first, several labels in `labels`. GLUE's file of CoLA has no header: [`SequenceOptions::cola`].

use std::path::Path;
use std::sync::Arc;

use embert_tokenizer::{EncodeOptions, Encodings, Input, Tokenizer, Truncation};

use super::{Examples, LabelSet, Origin};
use crate::Error;
use crate::records::{Format, Record, Records, position};
use crate::value::Value;

/// Two texts, by the names of their columns.
const PAIRS: [[&str; 2]; 7] = [
    ["sentence1", "sentence2"],
    ["question1", "question2"],
    ["premise", "hypothesis"],
    ["#1 string", "#2 string"],
    ["question", "sentence"],
    ["text", "pair"],
    ["text", "text_pair"],
];

/// One text.
const TEXTS: [&str; 2] = ["text", "sentence"];

/// Labels of any kind.
const ALL_LABELS: [&str; 6] = ["labels", "gold_label", "label", "is_duplicate", "quality", "score"];

/// The row of a label that annotators could not agree on, in SNLI.
const NO_GOLD: &str = "-";

/// What the labels of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelKind {
    /// The name of one class: a string, or a whole number. In a table all values are strings.
    #[default]
    Class,
    /// A number, for regression.
    Number,
    /// A list of the names of classes, none or several. Only JSON has lists.
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
    /// The column of the label. Without it, those of GLUE are looked for.
    pub label_column: Option<String>,
    /// What the labels are.
    pub label_kind: LabelKind,
    /// Whether rows without a label are passed over: with null, nothing, or the `-` that stands in SNLI where the
    /// annotators did not agree. Else each of them is an error. A class may be named `-1`, so it is one.
    pub skip_unlabelled: bool,
    /// The names of the columns of a table that has no header.
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
    let own = options.clone();
    Examples::of_records(
        open(path, options)?,
        |columns| Columns::choose(columns, options).map(drop),
        move |record, path| example(record, path, &own),
    )
}

fn open(path: &Path, options: &SequenceOptions) -> Result<Records, Error> {
    let format = options.format.map_or_else(|| Format::required(path), Ok)?;
    match &options.columns {
        Some(columns) => Records::open_headless(path, format, columns, options.lossy),
        None => Records::open(path, format, options.lossy),
    }
}

/// What the labels of a file are, where nobody says it: several classes where there is a list, numbers where all are
/// numbers and some are not written as whole ones, else a class each. A file without labels has classes.
///
/// # Errors
/// A file that cannot be read.
pub fn label_kind(path: &Path, options: &SequenceOptions) -> Result<LabelKind, Error> {
    let mut records = open(path, options)?;
    let (mut are_numbers, mut has_fraction) = (true, false);
    while let Some(mut record) = records.next()? {
        let label = match &options.label_column {
            Some(name) => position(record.names(), name),
            None => ALL_LABELS.iter().find_map(|name| position(record.names(), name)),
        };
        let Some(label) = label else { break };
        let value = record.take_at(label);
        match &value {
            Value::List(_) => return Ok(LabelKind::Classes),
            value if value.is_blank() => {}
            value => {
                are_numbers &= value.number().is_some();
                has_fraction |= value.name().is_none_or(|name| name.parse::<i64>().is_err());
            }
        }
    }
    Ok(if are_numbers && has_fraction { LabelKind::Number } else { LabelKind::Class })
}

/// Where the values stand.
struct Columns {
    text: usize,
    pair: Option<usize>,
    label: Option<usize>,
}

impl Columns {
    /// Chooses among these names, or says what is expected.
    fn choose(names: &[String], options: &SequenceOptions) -> Result<Self, String> {
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
        let known: &[&str] = match options.label_kind {
            LabelKind::Class => &["gold_label", "label", "is_duplicate", "quality", "score"],
            LabelKind::Number => &["score", "label"],
            LabelKind::Classes => &["labels", "label"],
            LabelKind::Unlabelled => return Ok(Self { text, pair, label: None }),
        };
        let label = match &options.label_column {
            Some(label) => named(label)?,
            None => known.iter().find_map(|name| find(name)).ok_or_else(|| format!("{:?}", known.join(" or ")))?,
        };
        Ok(Self { text, pair, label: Some(label) })
    }
}

/// The example of a record, or none if it is passed over.
fn example(mut record: Record, path: &Arc<Path>, options: &SequenceOptions) -> Result<Option<SequenceExample>, Error> {
    let columns = Columns::choose(record.names(), options).map_err(|expected| record.lacks(path, expected))?;
    let label = match columns.label {
        None => None,
        Some(label) => {
            let value = record.take_at(label);
            let is_missing = value.is_blank() || value.text().is_ok_and(|text| text.trim() == NO_GOLD);
            if is_missing && options.skip_unlabelled {
                return Ok(None);
            }
            let label = if is_missing { None } else { label_of(&value, options.label_kind) };
            Some(label.ok_or_else(|| record.unfit(path, expected(options.label_kind), &value))?)
        }
    };
    let first = record.take_text(path, columns.text)?;
    let pair = columns.pair.map(|pair| record.take_text(path, pair)).transpose()?;
    let origin = Origin { path: Arc::clone(path), line: record.line };
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
                    line: origin.line,
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
