//! Running text gathered from marked-up text: paragraphs without line breaks and repeated spaces.

/// Paragraphs under construction.
#[derive(Default)]
pub(crate) struct Paragraphs {
    done: Vec<String>,
    current: String,
    space: bool, // before the next word
}

impl Paragraphs {
    /// Adds text to the current paragraph. White space, of any kind and length, is one space.
    pub(crate) fn push(&mut self, text: &str) {
        for char in text.chars() {
            if char.is_whitespace() {
                self.space = true;
                continue;
            }
            if self.space && !self.current.is_empty() {
                self.current.push(' ');
            }
            self.space = false;
            self.current.push(char);
        }
    }

    /// Ends the current paragraph, if there is one.
    pub(crate) fn end(&mut self) {
        self.space = false;
        if !self.current.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    /// How many paragraphs have ended.
    pub(crate) fn len(&self) -> usize {
        self.done.len()
    }

    /// The paragraphs, the current one included.
    pub(crate) fn finish(mut self) -> Vec<String> {
        self.end();
        self.done
    }
}
