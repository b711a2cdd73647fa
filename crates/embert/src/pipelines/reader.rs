//! Texts on their way to a model, the same for every pipeline.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use embert_core::FamilyConfig;
use embert_tokenizer::{EncodeOptions, Encodings, Input, Strategy, Tokenizer, Truncation, TruncationError};

use crate::{
    AutoConfig,
    encode::tokenizer_of,
    error::Error,
    schedule::{Schedule, Text},
};

/// How texts are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadSettings {
    /// In such portions.
    pub schedule: Schedule,
    /// Whether a text that is longer than the model reads is an error; else it is cut, or goes through it in windows where
    /// the pipeline has them.
    pub no_truncate: bool,
}

/// A text, or two that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The text, or the first of both.
    pub text: String,
    /// The second.
    pub pair: Option<String>,
}

impl From<String> for Passage {
    fn from(text: String) -> Self {
        Self { text, pair: None }
    }
}

impl From<&str> for Passage {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<A: Into<String>, B: Into<String>> From<(A, B)> for Passage {
    fn from((text, pair): (A, B)) -> Self {
        Self { text: text.into(), pair: Some(pair.into()) }
    }
}

impl<'a> From<&'a Passage> for Input<'a> {
    fn from(passage: &'a Passage) -> Self {
        // As in transformers, where an empty second text is none.
        match passage.pair.as_ref().filter(|pair| !pair.is_empty()) {
            Some(pair) => (passage.text.as_str(), pair.as_str()).into(),
            None => (&passage.text).into(),
        }
    }
}

/// A passage, and the how-many-th it is, from 1.
pub(crate) struct Numbered {
    pub(crate) number: usize,
    pub(crate) passage: Passage,
}

impl Text for Numbered {
    fn bytes(&self) -> usize {
        self.passage.text.len() + self.passage.pair.as_ref().map_or(0, String::len)
    }
}

/// Numbers what is read.
pub(crate) fn numbered<T: Into<Passage>, E>(
    passages: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
) -> impl Iterator<Item = Result<Numbered, E>> + Send {
    let of = |(number, passage): (usize, Result<T, E>)| Ok(Numbered { number, passage: passage?.into() });
    (1..).zip(passages).map(of)
}

/// A tokenizer, and how long the rows may be that it makes.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) tokenizer: Tokenizer,
    /// The most tokens of a row.
    pub(crate) max_length: usize,
    pub(crate) settings: ReadSettings,
    cut: AtomicUsize,
}

impl Reader {
    /// The reader of the tokenizer in `dir`.
    ///
    /// # Errors
    /// Where it cannot be read, or has words that the model has not.
    pub(crate) fn open(dir: &Path, config: &AutoConfig, settings: ReadSettings) -> Result<Self, Error> {
        let tokenizer = tokenizer_of(dir, config)?;
        let positions = config.longest_sequence();
        let max_length = tokenizer.max_length().unwrap_or(positions).min(positions);
        Ok(Self { tokenizer, max_length, settings, cut: AtomicUsize::new(0) })
    }

    /// How many texts were cut so far.
    pub(crate) fn cut(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }

    /// The rows of a text: windows of which each has `stride` tokens of the one before.
    ///
    /// # Errors
    /// Where it cannot be encoded.
    pub(crate) fn windows(&self, of: &Numbered, stride: usize) -> Result<Encodings, Error> {
        self.windows_by(of, stride, Strategy::default())
    }

    /// The same, of two texts of which `strategy` says the one that is cut; of less than `stride` in common where one of
    /// them leaves no room for that.
    ///
    /// # Errors
    /// Where it cannot be encoded, or cut so.
    pub(crate) fn windows_by(&self, of: &Numbered, stride: usize, strategy: Strategy) -> Result<Encodings, Error> {
        let encode = |stride: usize| {
            let truncation = Truncation { stride, strategy, ..Truncation::new(self.max_length) };
            let options =
                EncodeOptions { truncation: Some(truncation), overflow_windows: true, ..EncodeOptions::default() };
            self.tokenizer.encode(&of.passage, &options)
        };
        let encodings = match encode(stride) {
            Err(embert_tokenizer::Error::Truncation(TruncationError::Stride { room, .. })) => encode(room / 2),
            encodings => encodings,
        };
        let encodings = encodings.map_err(|error| at(of.number, error.into()))?;
        match encodings.lengths.len() {
            0 | 1 => Ok(encodings),
            _ if self.settings.no_truncate => Err(self.too_long(of)),
            _ => Ok(encodings),
        }
    }

    /// The ids and segments of the one row of a text, cut where it is too long, and of that row and more all else.
    ///
    /// # Errors
    /// Where it cannot be encoded, or is too long and may not be cut.
    pub(crate) fn row(&self, of: &Numbered) -> Result<Encodings, Error> {
        let mut encodings = self.windows(of, 0)?;
        if let [first, _, ..] = encodings.lengths[..] {
            self.cut.fetch_add(1, Ordering::Relaxed);
            encodings.ids.truncate(first);
            encodings.type_ids.truncate(first);
        }
        Ok(encodings)
    }

    fn too_long(&self, of: &Numbered) -> Error {
        let whole = self.tokenizer.encode(&of.passage, &EncodeOptions::default());
        match whole {
            Ok(whole) => at(of.number, Error::TooLong { tokens: whole.ids.len(), positions: self.max_length }),
            Err(error) => at(of.number, error.into()),
        }
    }
}

/// An error of one of many texts.
pub(crate) fn at(number: usize, error: Error) -> Error {
    Error::OfText { number, source: Box::new(error) }
}
