//! Places in a text that are counted in code points.

/// Where each code point of a text begins.
pub(super) struct Places<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, starts: text.char_indices().map(|(start, _)| start).collect() }
    }

    /// What stands from one code point up to another.
    pub(super) fn between(&self, start: usize, end: usize) -> &'a str {
        let byte = |place: usize| self.starts.get(place).copied().unwrap_or(self.text.len());
        self.text.get(byte(start)..byte(end)).unwrap_or_default()
    }
}
