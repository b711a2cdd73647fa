//! The text of a run, which is gone through more than once and never held in memory.

use embert_data::{
    Corpus, Document, Microworld,
    split::{HeldOut, held_out},
    store::source_of,
};
use serde_json::{Value, json};

use crate::error::Error;

/// Documents as they are read.
pub type Documents<'a> = Box<dyn Iterator<Item = Result<Document, embert_data::Error>> + 'a>;

/// Text that can be read again: the same documents each time.
pub trait Text {
    /// Its documents, from the first on.
    fn documents(&self) -> Documents<'_>;

    /// What it is, so that a data set that was begun with another text is not gone on with.
    ///
    /// # Errors
    /// Where it is not there any more.
    fn source(&self) -> Result<Value, Error>;
}

impl Text for Corpus {
    fn documents(&self) -> Documents<'_> {
        Box::new(self.documents())
    }

    fn source(&self) -> Result<Value, Error> {
        Ok(source_of(self)?)
    }
}

/// The first stories of a world.
#[derive(Clone, Copy, Debug)]
pub struct Stories {
    /// The world.
    pub world: Microworld,
    /// How many.
    pub count: usize,
}

impl Text for Stories {
    fn documents(&self) -> Documents<'_> {
        Box::new(self.world.documents(self.count).map(Ok))
    }

    fn source(&self) -> Result<Value, Error> {
        Ok(json!({ "stories": self.count, "of": format!("{:?}", self.world) }))
    }
}

/// The documents of a text in two parts, by their number.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    is_held_out: Vec<bool>,
    pub(super) sentences: usize,
    pub(super) bytes: usize,
    /// The first documents: what can be told of all from a few.
    pub(super) sample: Vec<Document>,
}

/// The documents that a sample has, and its bytes, at most.
const SAMPLE: (usize, usize) = (512, 1 << 20);
/// Sentence pairs take two documents, on both sides.
const FEWEST_DOCUMENTS: usize = 2;

impl Parts {
    /// Goes through `text`, and holds out a share of its documents, drawn from `seed`.
    ///
    /// # Errors
    /// Where a document cannot be read, or there are too few.
    pub(super) fn of(text: &impl Text, share: f64, seed: u64) -> Result<Self, Error> {
        let mut parts = Self { is_held_out: Vec::new(), sentences: 0, bytes: 0, sample: Vec::new() };
        let mut documents: usize = 0;
        let mut is_sampled = true;
        for document in text.documents() {
            let document = document?;
            // A part of a document stays on the side of its beginning.
            documents += usize::from(!document.continues);
            parts.sentences += document.sentences.len();
            parts.bytes += bytes_of(&document);
            if is_sampled {
                parts.sample.push(document);
                let is_small = parts.sample.len() < SAMPLE.0 && parts.bytes < SAMPLE.1;
                is_sampled = is_small || parts.sample.len() < FEWEST_DOCUMENTS;
            }
        }
        if documents < 2 * FEWEST_DOCUMENTS {
            return Err(Error::TooFewDocuments { found: documents, expected: 2 * FEWEST_DOCUMENTS });
        }
        let count = (share * documents as f64).round() as usize;
        let count = count.clamp(FEWEST_DOCUMENTS, documents - FEWEST_DOCUMENTS);
        parts.is_held_out = held_out(documents, HeldOut::Count(count), seed)?;
        Ok(parts)
    }

    /// How many documents there are.
    pub(super) fn documents(&self) -> usize {
        self.is_held_out.len()
    }

    /// The documents that are trained on, or those that are held out.
    pub(super) fn part<'a>(&'a self, text: &'a impl Text, is_held_out: bool) -> Documents<'a> {
        let mut number = 0_usize;
        Box::new(text.documents().filter(move |document| {
            let Ok(document) = document else { return true };
            number += usize::from(!document.continues);
            self.is_held_out.get(number.saturating_sub(1)) == Some(&is_held_out)
        }))
    }
}

pub(super) fn bytes_of(document: &Document) -> usize {
    document.sentences.iter().map(String::len).sum()
}
