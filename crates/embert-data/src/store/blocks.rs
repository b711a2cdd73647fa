//! Documents, some megabytes at a time: what one shard is made of.

use std::iter::Peekable;

use crate::{Document, Error};

/// A block is whole with so many bytes of text.
const BLOCK_BYTES: usize = 4 << 20;
/// What waits for the end of a document, or for a second one, grows no larger.
const LARGEST_BLOCK: usize = 64 << 20;
/// What a sentence takes beside its text, so that a million of a letter each are no small thing.
const SENTENCE_BYTES: usize = 64;

/// Cuts documents into blocks. Where one ends depends on the text alone.
pub(super) struct Blocks<I: Iterator> {
    documents: Peekable<I>,
    fewest_documents: usize,
    next: Option<Vec<Document>>,
    is_done: bool,
}

impl<I: Iterator<Item = Result<Document, Error>>> Blocks<I> {
    /// Blocks of at least `fewest_documents`, as long as there are so many.
    pub(super) fn new(documents: I, fewest_documents: usize) -> Self {
        Self { documents: documents.peekable(), fewest_documents, next: None, is_done: false }
    }

    /// Reads one block. The parts of a document that was handed out in parts are one document again, in one block, where
    /// segments of two documents are to differ.
    fn read(&mut self) -> Result<Vec<Document>, Error> {
        let mut block: Vec<Document> = Vec::new();
        let mut bytes = 0;
        loop {
            let goes_on = matches!(self.documents.peek(), Some(Ok(next)) if next.continues) && !block.is_empty();
            let is_whole = bytes >= BLOCK_BYTES && block.len() >= self.fewest_documents;
            if is_whole && !(goes_on && self.fewest_documents > 1) {
                return Ok(block);
            }
            if bytes > LARGEST_BLOCK {
                return Err(Error::DocumentTooLarge { limit: LARGEST_BLOCK });
            }
            let Some(document) = self.documents.next().transpose()? else {
                self.is_done = true;
                return Ok(block);
            };
            bytes += document.sentences.iter().map(|sentence| sentence.len() + SENTENCE_BYTES).sum::<usize>();
            match block.last_mut().filter(|_| document.continues) {
                Some(last) => last.sentences.extend(document.sentences),
                None => block.push(document),
            }
        }
    }

    /// The next block, after what is left at the end was added to the last: it may be a document alone.
    fn step(&mut self) -> Result<Option<Vec<Document>>, Error> {
        let mut block = match self.next.take() {
            Some(block) => block,
            None if self.is_done => return Ok(None),
            None => self.read()?,
        };
        if !self.is_done {
            let next = self.read()?;
            if next.len() < self.fewest_documents {
                block.extend(next);
            } else {
                self.next = Some(next);
            }
        }
        Ok(Some(block).filter(|block| !block.is_empty()))
    }
}

impl<I: Iterator<Item = Result<Document, Error>>> Iterator for Blocks<I> {
    type Item = Result<Vec<Document>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::Blocks;
    use crate::Document;

    fn sizes(megabytes: &[(usize, bool)], fewest_documents: usize) -> Result<Vec<usize>, String> {
        let document = |&(megabytes, continues): &(usize, bool)| {
            Ok(Document { sentences: vec!["x".repeat(megabytes << 20)], continues })
        };
        let blocks = Blocks::new(megabytes.iter().map(document), fewest_documents);
        blocks.map(|block| block.map(|block| block.len()).map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn a_block_ends_with_the_document_that_fills_it() {
        assert_eq!(sizes(&[(1, false), (3, false), (9, false), (2, false)], 1), Ok(vec![2, 1, 1]));
        assert_eq!(sizes(&[], 1), Ok(vec![]));
    }

    #[test]
    fn a_block_waits_for_a_second_document_where_pairs_need_one() {
        assert_eq!(sizes(&[(5, false), (1, false), (9, false), (1, false)], 2), Ok(vec![2, 2]));
        // What is left over has no company of its own.
        assert_eq!(sizes(&[(5, false), (1, false), (1, false)], 2), Ok(vec![3]));
        assert_eq!(sizes(&[(5, false)], 2), Ok(vec![1]));
    }

    #[test]
    fn parts_of_a_document_are_one() {
        assert_eq!(sizes(&[(1, false), (1, true), (1, true), (5, false)], 2), Ok(vec![2]));
        assert!(sizes(&[(30, false), (30, true), (30, true)], 2).unwrap_err().contains("67108864 bytes"));
        // Where segments are of one document or of two, a document is in one block; else it may go on in the next.
        assert_eq!(sizes(&[(1, false), (16, false), (16, true), (4, true), (1, false), (5, false)], 2), Ok(vec![2, 2]));
        assert_eq!(sizes(&[(1, false), (16, false), (16, true), (4, true), (1, false)], 1), Ok(vec![2, 1, 1, 1]));
    }
}
