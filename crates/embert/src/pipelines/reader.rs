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
    schedule::{Schedule, Sequence, Text},
};

/// How inputs are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReadSettings {
    /// In such portions.
    pub(super) schedule: Schedule,
    /// Whether a text that is longer than the model reads is an error; else it is cut, or goes through it in windows where
    /// the pipeline has them.
    pub(super) no_truncate: bool,
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

impl Text for Passage {
    fn bytes(&self) -> usize {
        self.text.len() + self.pair.as_ref().map_or(0, String::len)
    }
}

/// An input, and the how-many-th it is, from 1.
pub struct Numbered<I> {
    pub(super) number: usize,
    pub(super) input: I,
}

impl<I: Text> Text for Numbered<I> {
    fn bytes(&self) -> usize {
        self.input.bytes()
    }
}

/// Numbers what is read.
pub(super) fn numbered<T: Into<I>, I, E>(
    inputs: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
) -> impl Iterator<Item = Result<Numbered<I>, E>> + Send {
    let of = |(number, input): (usize, Result<T, E>)| Ok(Numbered { number, input: input?.into() });
    (1..).zip(inputs).map(of)
}

/// A tokenizer, and how long the rows may be that it makes.
#[derive(Debug)]
pub struct Reader {
    pub(super) tokenizer: Tokenizer,
    /// The most tokens of a row.
    pub(super) max_length: usize,
    pub(super) settings: ReadSettings,
    cut: AtomicUsize,
}

impl Reader {
    /// The reader of the tokenizer in `dir`.
    ///
    /// # Errors
    /// Where it cannot be read, or has words that the model has not.
    pub(super) fn open(dir: &Path, config: &AutoConfig, settings: ReadSettings) -> Result<Self, Error> {
        let tokenizer = tokenizer_of(dir, config)?;
        let positions = config.longest_sequence();
        let max_length = tokenizer.max_length().unwrap_or(positions).min(positions);
        Ok(Self { tokenizer, max_length, settings, cut: AtomicUsize::new(0) })
    }

    /// How many texts were cut so far.
    pub(super) fn cut(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }

    /// The rows of an input: windows of which each has `stride` tokens of the one before. Of two texts `strategy` says the
    /// one that is cut; less than `stride` is in common where one of them leaves no room for that.
    ///
    /// # Errors
    /// Where it cannot be encoded, or cut so, or is too long and may not be cut.
    pub(super) fn windows<'a>(
        &self,
        number: usize,
        input: impl Into<Input<'a>>,
        stride: usize,
        strategy: Strategy,
    ) -> Result<Encodings, Error> {
        let input = input.into();
        let encode = |stride: usize| {
            let truncation = Truncation { stride, strategy, ..Truncation::new(self.max_length) };
            self.encode(&input, truncation, true)
        };
        let encodings = match encode(stride) {
            Err(embert_tokenizer::Error::Truncation(TruncationError::Stride { room, .. })) => encode(room / 2),
            encodings => encodings,
        };
        let encodings = encodings.map_err(|error| at(number, error.into()))?;
        if encodings.lengths.len() > 1 && self.settings.no_truncate {
            return Err(self.too_long(number, input));
        }
        Ok(encodings)
    }

    fn encode(
        &self,
        input: &Input<'_>,
        truncation: Truncation,
        overflow_windows: bool,
    ) -> Result<Encodings, embert_tokenizer::Error> {
        let options = EncodeOptions { truncation: Some(truncation), overflow_windows, ..EncodeOptions::default() };
        self.tokenizer.encode(input.clone(), &options)
    }

    /// The one row of an input, and whether it is cut since it is too long.
    ///
    /// # Errors
    /// As [`windows`](Self::windows).
    pub(super) fn row<'a>(
        &self,
        number: usize,
        input: impl Into<Input<'a>>,
        strategy: Strategy,
    ) -> Result<(Encodings, bool), Error> {
        let input = input.into();
        let encode = |max_length| {
            let truncation = Truncation { strategy, ..Truncation::new(max_length) };
            self.encode(&input, truncation, false).map_err(|error| at(number, error.into()))
        };
        // A token more than is read tells of what is too long, without a look at the rest of it.
        let row = encode(self.max_length + 1)?;
        if row.ids.len() <= self.max_length {
            return Ok((row, false));
        }
        if self.settings.no_truncate { Err(self.too_long(number, input)) } else { Ok((encode(self.max_length)?, true)) }
    }

    /// Remembers that an input was cut.
    pub(super) fn count_cut(&self, is_cut: bool) {
        self.cut.fetch_add(usize::from(is_cut), Ordering::Relaxed);
    }

    /// The one row of an input, of which nothing but its tokens has to be known.
    ///
    /// # Errors
    /// As [`windows`](Self::windows).
    pub(super) fn only_row<'a>(&self, number: usize, input: impl Into<Input<'a>>) -> Result<Vec<Sequence<()>>, Error> {
        let (Encodings { ids, type_ids, .. }, is_cut) = self.row(number, input, Strategy::default())?;
        self.count_cut(is_cut);
        Ok(vec![Sequence { ids, type_ids, about: () }])
    }

    fn too_long(&self, number: usize, input: Input<'_>) -> Error {
        let whole = self.tokenizer.encode(input, &EncodeOptions::default());
        let error = match whole {
            Ok(whole) => Error::TooLong { tokens: whole.ids.len(), positions: self.max_length },
            Err(error) => error.into(),
        };
        at(number, error)
    }
}

/// An error of one of many texts.
pub(super) fn at(number: usize, error: Error) -> Error {
    Error::OfText { number, source: Box::new(error) }
}
