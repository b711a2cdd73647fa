//! What can be encoded: a text, a pair of texts, or either of them already split into words.

use std::borrow::Cow;

/// One input, which becomes one row (and its overflow windows, where they are asked for).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input<'a> {
    /// One text: `[CLS] A [SEP]`.
    Text(Cow<'a, str>),
    /// Two texts: `[CLS] A [SEP] B [SEP]`. An empty second text still makes a pair.
    Pair(Cow<'a, str>, Cow<'a, str>),
    /// One text, already split into words. Offsets count from the start of each word, and word ids index the list.
    Words(Vec<Cow<'a, str>>),
    /// Two texts, both already split into words.
    WordsPair(Vec<Cow<'a, str>>, Vec<Cow<'a, str>>),
}

impl<'a> Input<'a> {
    /// A text that is already split into words.
    pub fn words<W: Into<Cow<'a, str>>>(words: impl IntoIterator<Item = W>) -> Self {
        Self::Words(words.into_iter().map(Into::into).collect())
    }

    /// One or two sequences, in order.
    pub(crate) fn sequences(&self) -> (Sequence<'_>, Option<Sequence<'_>>) {
        match self {
            Self::Text(text) => (Sequence::Text(text), None),
            Self::Pair(first, second) => (Sequence::Text(first), Some(Sequence::Text(second))),
            Self::Words(words) => (Sequence::Words(words), None),
            Self::WordsPair(first, second) => (Sequence::Words(first), Some(Sequence::Words(second))),
        }
    }
}

/// One half of an [`Input`].
#[derive(Clone, Copy)]
pub(crate) enum Sequence<'a> {
    Text(&'a str),
    Words(&'a [Cow<'a, str>]),
}

impl<'a> From<&'a str> for Input<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Input<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Input<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<(&'a str, &'a str)> for Input<'a> {
    fn from((first, second): (&'a str, &'a str)) -> Self {
        Self::Pair(Cow::Borrowed(first), Cow::Borrowed(second))
    }
}

impl From<(String, String)> for Input<'_> {
    fn from((first, second): (String, String)) -> Self {
        Self::Pair(Cow::Owned(first), Cow::Owned(second))
    }
}
