//! Tokens, shown in the text that they are of.

use embert::tokenizer::{Input, Row, Tokenizer};

use super::job::printable;

/// What tokens are of.
pub(super) enum Original {
    /// A text, or two.
    Texts(Vec<String>),
    /// Words.
    Words(Vec<String>),
}

impl Original {
    /// The same, to be encoded.
    pub(super) fn input(&self) -> Input<'_> {
        match self {
            Self::Texts(texts) => match texts.as_slice() {
                [text, pair] => Input::from((text.as_str(), pair.as_str())),
                texts => Input::from(texts.first().map_or("", String::as_str)),
            },
            Self::Words(words) => Input::words(words.iter().map(String::as_str)),
        }
    }

    /// Of which text or word a token is.
    fn place(&self, row: &Row<'_>, token: usize) -> Option<usize> {
        let text = row.sequence_ids.get(token).copied().flatten()?;
        match self {
            Self::Texts(_) => Some(text.into()),
            Self::Words(_) => Some(row.word_ids.get(token).copied().flatten()? as usize),
        }
    }

    fn get(&self, place: usize) -> &str {
        let (Self::Texts(all) | Self::Words(all)) = self;
        all.get(place).map(String::as_str).unwrap_or_default()
    }

    /// The row's text, with `|` where a token begins at the end of another, and special tokens by their names.
    pub(super) fn with_marks(&self, row: &Row<'_>, tokenizer: &Tokenizer) -> String {
        let mut shown = String::new();
        // The text or word that the last token was of, and where in it that ends.
        let mut last: Option<(usize, usize)> = None;
        for (token, (&id, &(start, end))) in row.ids.iter().zip(row.byte_offsets).enumerate() {
            let place = self.place(row, token);
            let before = last.filter(|(of, _)| Some(*of) == place).map(|(_, end)| end);
            match before {
                Some(before) if before < start => {
                    shown += self.get(place.unwrap_or(0)).get(before..start).unwrap_or(" ")
                }
                Some(_) => shown.push('|'),
                None if shown.is_empty() => {}
                None => shown.push(' '),
            }
            let Some(place) = place else {
                shown += &tokenizer.id_to_token(id).unwrap_or_default();
                last = None;
                continue;
            };
            // Tokens of one letter, a byte each, share it.
            shown += self.get(place).get(start.max(before.unwrap_or(0))..end).unwrap_or_default();
            last = Some((place, end.max(before.unwrap_or(0))));
        }
        printable(&shown)
    }
}
