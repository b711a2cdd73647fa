//! Where characters begin, so that positions can be given in characters and in bytes.

/// The byte positions at which the characters of a text begin, and its length at the end.
///
/// `None` inside means that the text is ASCII, where both counts are the same.
pub(crate) struct CharStarts(Option<Vec<usize>>);

impl CharStarts {
    pub(crate) fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self(None);
        }
        let mut starts: Vec<usize> = text.char_indices().map(|(start, _)| start).collect();
        starts.push(text.len());
        Self(Some(starts))
    }

    /// The number of the character that holds the byte at `position`.
    pub(crate) fn char_at(&self, position: usize) -> usize {
        match &self.0 {
            None => position,
            Some(starts) => match starts.binary_search(&position) {
                Ok(index) => index,
                Err(next) => next.saturating_sub(1).min(starts.len().saturating_sub(1)),
            },
        }
    }

    /// The byte position at which character number `index` begins; the text's length beyond the last.
    pub(crate) fn byte_at(&self, index: usize) -> usize {
        match &self.0 {
            None => index,
            Some(starts) => starts.get(index).or(starts.last()).copied().unwrap_or(0),
        }
    }
}
