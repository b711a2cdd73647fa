//! Words with a tag each: names of people and places, parts of speech.
//!
//! | file | a sentence |
//! | --- | --- |
//! | CoNLL | lines of a word and its tags, with spaces or tabs between them, up to a blank line; `-DOCSTART-` is no word |
//! | JSON lines, Parquet | an object, or a row, with `tokens` and one of `tags`, `ner_tags` and `labels`: two lists of one length |
//!
//! The tag is the last column, or another that is asked for. A line at the head of a sentence that begins with `#` is a
//! comment where it has another number of columns than the sentence's words: a word may begin so too.

use std::path::Path;
use std::sync::Arc;

use super::{Examples, Origin, conll::Sentences};
use crate::records::{Format, Misfit, Record, Records, check_once, position};
use crate::value::Value;
use crate::{Error, source};

pub use super::alignment::{TokenFeatureOptions, TokenFeatures, features};

/// The field of the words.
const WORDS: &str = "tokens";

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFormat {
    /// A word a line.
    Conll,
    /// A sentence a line, as a JSON object.
    JsonLines,
    /// A sentence a row.
    Parquet,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenExample {
    /// Its words.
    pub words: Vec<String>,
    /// A tag for each word; none if the file was read without.
    pub tags: Option<Vec<String>>,
    /// Where it begins.
    pub origin: Origin,
}

/// How a file is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenOptions {
    /// How the file is written. Without it, `.jsonl`, `.ndjson` and `.json` are JSON lines, `.parquet` is
    /// Parquet and all else is CoNLL.
    pub format: Option<TokenFormat>,
    /// The column of the words in CoNLL's form, from 0.
    pub word_column: usize,
    /// The column of the tags in CoNLL's form, from 0; the last one without it.
    pub tag_column: Option<usize>,
    /// Whether every line that begins with `#` is a comment, as in CoNLL-U. In other files one is only where it stands at
    /// the head of a sentence, and has another number of columns than its words.
    pub comments: bool,
    /// The field of the words in JSON and Parquet; `tokens` without it.
    pub words_field: Option<String>,
    /// The field of the tags there; without it the first of `tags`, `ner_tags` and `labels`.
    pub tags_field: Option<String>,
    /// Whether the words alone are read.
    pub unlabelled: bool,
    /// Whether bytes that are not UTF-8 become U+FFFD. Else they are an error.
    pub lossy: bool,
}

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened, and one of Parquet without the fields. Each example may be an error too: a line without
/// a tag, an object without the fields, and words and tags of different number.
pub fn read(path: &Path, options: &TokenOptions) -> Result<Examples<TokenExample>, Error> {
    let options = options.clone();
    let shared: Arc<Path> = path.into();
    let by_name = || match Format::of(path) {
        Some(Format::JsonLines) => TokenFormat::JsonLines,
        Some(Format::Parquet) => TokenFormat::Parquet,
        _ => TokenFormat::Conll,
    };
    let format = match options.format.unwrap_or_else(by_name) {
        TokenFormat::JsonLines => Format::JsonLines,
        TokenFormat::Parquet => Format::Parquet,
        TokenFormat::Conll => {
            let source = source::open(path, options.lossy)?;
            let mut sentences = Sentences::new(source, Arc::clone(&shared), options);
            return Ok(Examples::new(shared, move || sentences.next()));
        }
    };
    let choose = |names: &[String]| Ok(Fields::choose(names, &options)?.positions().collect());
    let mut records = Records::open(path, format, options.lossy, choose)?;
    Ok(Examples::new(Arc::clone(&shared), move || {
        while let Some(record) = records.next()? {
            let example = example(record, &shared, &options)?;
            if !example.words.is_empty() {
                return Ok(Some(example));
            }
        }
        Ok(None)
    }))
}

/// Where the values stand.
struct Fields {
    words: usize,
    tags: Option<usize>,
}

impl Fields {
    /// Chooses among these names, or says what is wrong with them.
    fn choose(names: &[String], options: &TokenOptions) -> Result<Self, Misfit> {
        let named = |name: &str| position(names, name).ok_or_else(|| format!("{name:?}"));
        let known = ["tags", "ner_tags", "labels"];
        let words = named(options.words_field.as_deref().unwrap_or(WORDS))?;
        let tags = match &options.tags_field {
            _ if options.unlabelled => None,
            Some(field) => Some(named(field)?),
            None => Some(known.iter().find_map(|field| position(names, field)).ok_or_else(|| known.join(" or "))?),
        };
        let fields = Self { words, tags };
        check_once(names, fields.positions())?;
        Ok(fields)
    }

    fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        [self.words].into_iter().chain(self.tags)
    }
}

/// The sentence of a record.
fn example(mut record: Record, path: &Arc<Path>, options: &TokenOptions) -> Result<TokenExample, Error> {
    let fields = Fields::choose(record.names(), options).map_err(|misfit| record.misfit(path, misfit))?;
    let words = record.take_at(fields.words);
    let Ok(words) = (match &words {
        Value::List(words) => words.iter().map(|word| word.text().map(str::to_string)).collect::<Result<Vec<_>, _>>(),
        other => Err(other),
    }) else {
        let words_field = options.words_field.as_deref().unwrap_or(WORDS);
        return Err(record.unfit(path, format!("a list of strings as {words_field:?}"), &words));
    };
    let origin = Origin { path: Arc::clone(path), place: record.place };
    let Some(tags) = fields.tags else { return Ok(TokenExample { words, tags: None, origin }) };
    let tags = record.take_at(tags);
    let names = match &tags {
        Value::List(tags) => tags.iter().map(Value::name).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let tags = names.ok_or_else(|| record.unfit(path, "a list of names or whole numbers as tags", &tags))?;
    if tags.len() != words.len() {
        return Err(Error::Record {
            path: path.to_path_buf(),
            place: record.place,
            expected: format!("a tag for each of the {} words", words.len()),
            found: format!("{} tags", tags.len()),
        });
    }
    Ok(TokenExample { words, tags: Some(tags), origin })
}
