//! Texts that belong together, for models whose vectors of them shall be alike.
//!
//! | value | columns, the first that is there |
//! | --- | --- |
//! | the anchor | `anchor`, `sentence1`, `query`, `text` |
//! | what belongs to it | `positive`, `sentence2`, `pair` |
//! | what does not, where it is there | `negative` |
//! | how alike they are, a number, where it is there | `score`, `label` |

use std::path::Path;
use std::sync::Arc;

use embert_tokenizer::{EncodeOptions, Encodings, Input, Tokenizer, Truncation};

use super::examples::all_or_none;
use super::{Examples, Origin};
use crate::Error;
use crate::records::{Format, Misfit, Record, Records, check_once, position};
use crate::value::Value;

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingExample {
    /// A text.
    pub anchor: String,
    /// What belongs to it.
    pub positive: String,
    /// What does not, though it may look so.
    pub negative: Option<String>,
    /// How alike anchor and positive are.
    pub score: Option<f32>,
    /// Where it stands.
    pub origin: Origin,
}

/// How a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmbeddingOptions {
    /// How the file is written, where its name does not say so.
    pub format: Option<Format>,
    /// The column of the anchor.
    pub anchor_column: Option<String>,
    /// The column of what belongs to it.
    pub positive_column: Option<String>,
    /// The column of what does not.
    pub negative_column: Option<String>,
    /// The column of the number.
    pub score_column: Option<String>,
    /// Whether bytes that are not UTF-8 become U+FFFD. Else they are an error.
    pub lossy: bool,
}

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened or whose name does not say how it is written, and a table without the columns. Each
/// example may be an error too.
pub fn read(path: &Path, options: &EmbeddingOptions) -> Result<Examples<EmbeddingExample>, Error> {
    let format = options.format.map_or_else(|| Format::required(path), Ok)?;
    let choose = |names: &[String]| Ok(Columns::choose(names, options)?.positions().collect());
    let records = Records::open(path, format, options.lossy, choose)?;
    let own = options.clone();
    Ok(Examples::of_records(records, move |record, path| example(record, path, &own).map(Some)))
}

/// Where the values stand.
struct Columns {
    anchor: usize,
    positive: usize,
    negative: Option<usize>,
    score: Option<usize>,
}

impl Columns {
    /// Chooses among these names, or says what is wrong with them.
    fn choose(names: &[String], options: &EmbeddingOptions) -> Result<Self, Misfit> {
        // A column that is named must be there; of the known ones, some may be missing.
        let find = |named: &Option<String>, known: &[&str]| match named {
            Some(name) => position(names, name).map(Some).ok_or_else(|| format!("{name:?}")),
            None => Ok(known.iter().find_map(|name| position(names, name))),
        };
        let require = |named: &Option<String>, known: &[&str]| {
            find(named, known)?.ok_or_else(|| format!("{:?}", known.join(" or ")))
        };
        let columns = Self {
            anchor: require(&options.anchor_column, &["anchor", "sentence1", "query", "text"])?,
            positive: require(&options.positive_column, &["positive", "sentence2", "pair"])?,
            negative: find(&options.negative_column, &["negative"])?,
            score: find(&options.score_column, &["score", "label"])?,
        };
        check_once(names, columns.positions())?;
        Ok(columns)
    }

    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        [self.anchor, self.positive].into_iter().chain(self.negative).chain(self.score)
    }
}

fn example(mut record: Record, path: &Arc<Path>, options: &EmbeddingOptions) -> Result<EmbeddingExample, Error> {
    let columns = Columns::choose(record.names(), options).map_err(|misfit| record.misfit(path, misfit))?;
    let anchor = record.take_text(path, columns.anchor)?;
    let positive = record.take_text(path, columns.positive)?;
    let negative = columns.negative.map(|negative| record.take_at(negative)).filter(|value| !value.is_blank());
    let negative = match negative {
        None => None,
        Some(Value::Text(text)) => Some(text),
        Some(other) => return Err(record.unfit(path, "a string as text", &other)),
    };
    let score = columns.score.map(|score| record.take_at(score)).filter(|value| !value.is_blank());
    let score = match score {
        None => None,
        Some(value) => Some(value.number().ok_or_else(|| record.unfit(path, "a number as score", &value))?),
    };
    let origin = Origin { path: Arc::clone(path), place: record.place };
    Ok(EmbeddingExample { anchor, positive, negative, score, origin })
}

/// What a model gets.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingFeatures {
    /// A row an example.
    pub anchors: Encodings,
    /// The same, of what belongs to them.
    pub positives: Encodings,
    /// The same, of what does not; none if the examples have none.
    pub negatives: Option<Encodings>,
    /// A number an example; none if they have none.
    pub scores: Option<Vec<f32>>,
}

/// Encodes examples.
///
/// # Errors
/// Examples of which some have a negative, or a score, and some have none; and a `max_length` without room for the
/// special tokens.
pub fn features(
    tokenizer: &Tokenizer,
    examples: &[EmbeddingExample],
    max_length: usize,
) -> Result<EmbeddingFeatures, Error> {
    let options = EncodeOptions { truncation: Some(Truncation::new(max_length)), ..Default::default() };
    let encode =
        |texts: Vec<&String>| tokenizer.encode_batch(&texts.into_iter().map(Input::from).collect::<Vec<_>>(), &options);
    let negatives = all_or_none(examples, "negative", |example| example.negative.as_ref(), |example| &example.origin)?;
    let scores = all_or_none(examples, "score", |example| example.score, |example| &example.origin)?;
    Ok(EmbeddingFeatures {
        anchors: encode(examples.iter().map(|example| &example.anchor).collect())?,
        positives: encode(examples.iter().map(|example| &example.positive).collect())?,
        negatives: negatives.map(encode).transpose()?,
        scores,
    })
}
