//! Rows of one text: sentences that follow each other, as many as fit (Liu et al. 2019, section 4.2).
//!
//! FULL-SENTENCES goes on with the next document where one ends, with a separator between the two; DOC-SENTENCES begins
//! a new row there, and so has shorter ones. A sentence longer than a row is cut into rows: nothing is lost.

use crate::{Error, Example, Template, TokenizedDocument};

/// How rows are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackConfig {
    /// No example is longer than this, special tokens included.
    pub max_length: usize,
    /// Whether a row goes on where a document ends: FULL-SENTENCES.
    pub crosses_documents: bool,
    /// The special tokens.
    pub template: Template,
}

/// Every example of `documents`, in their order. There is no chance in it: each epoch has the same rows.
///
/// # Errors
/// A length without room for a token.
pub fn packed_sentences(documents: &[TokenizedDocument], config: &PackConfig) -> Result<Vec<Example>, Error> {
    let special = config.template.single_tokens();
    let room = match config.max_length.checked_sub(special) {
        Some(room) if room > 0 => room,
        _ => return Err(Error::MaxLengthTooSmall { found: config.max_length, expected: special + 1 }),
    };
    let mut rows = Rows { room, config, text: Vec::new(), examples: Vec::new() };
    for document in documents {
        let mut is_first = true;
        for piece in document.sentences.iter().flat_map(|sentence| sentence.chunks(room)) {
            rows.push(piece, is_first);
            is_first = false;
        }
        if !config.crosses_documents {
            rows.end();
        }
    }
    rows.end();
    Ok(rows.examples)
}

/// Rows under construction.
struct Rows<'a> {
    room: usize,
    config: &'a PackConfig,
    text: Vec<u32>, // of the current row
    examples: Vec<Example>,
}

impl Rows<'_> {
    /// Adds a sentence, or a part of one, that fits into a row.
    fn push(&mut self, sentence: &[u32], begins_document: bool) {
        let separator = usize::from(begins_document && !self.text.is_empty());
        if self.text.len() + separator + sentence.len() > self.room {
            self.end();
        } else if separator > 0 {
            self.text.push(self.config.template.separator());
        }
        self.text.extend_from_slice(sentence);
    }

    fn end(&mut self) {
        if !self.text.is_empty() {
            self.examples.push(self.config.template.single(&self.text));
            self.text.clear();
        }
    }
}
