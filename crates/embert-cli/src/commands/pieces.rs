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

    /// The row's text, with `|` where a token begins at the end of another, and special tokens by their names. An unknown token
    /// has its name after its text, and one that is no text of its own, but a part of a character, is spelled as in the
    /// vocabulary. What is a `|` in the text has a `\` before it.
    pub(super) fn with_marks(&self, row: &Row<'_>, tokenizer: &Tokenizer) -> String {
        let unknown = tokenizer.special_tokens().unk.as_ref().map(|unknown| unknown.id);
        let mut shown = String::new();
        // The text or word that the last token was of, and where in it that ends.
        let mut last: Option<(usize, usize)> = None;
        let tokens = row.ids.iter().zip(row.byte_offsets).zip(row.has_own_bytes());
        for (token, ((&id, &(start, end)), is_own)) in tokens.enumerate() {
            let place = self.place(row, token);
            let text = place.map_or("", |place| self.get(place));
            let before = last.filter(|(of, _)| Some(*of) == place).map(|(_, end)| end);
            match before {
                Some(before) if before < start => shown += &escaped(text.get(before..start).unwrap_or(" ")),
                Some(_) => shown.push('|'),
                None if shown.is_empty() => {}
                None => shown.push(' '),
            }
            let is_unknown = Some(id) == unknown;
            // A space alone is of no length, and stands between two others.
            let own = place.and_then(|_| text.get(start..end)).filter(|_| is_own || is_unknown || start == end);
            shown += &own.map(escaped).unwrap_or_default();
            if own.is_none() || is_unknown {
                shown += &tokenizer.id_to_token(id).unwrap_or_default();
            }
            last = place.map(|place| (place, end.max(before.unwrap_or(0))));
        }
        printable(&shown)
    }
}

/// A part of a text without what would be taken for a mark.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
