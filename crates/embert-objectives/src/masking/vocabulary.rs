//! What masking has to know of a tokenizer.

use std::ops::Range;

use crate::Error;

/// The ids of a vocabulary: how many there are, which are special, which go on with a word, and how often each occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskingVocabulary {
    vocab_size: u32,
    mask_id: u32,
    special: Vec<u32>,       // sorted
    continuations: Vec<u32>, // sorted
    counts: Vec<u64>,        // by id
}

impl MaskingVocabulary {
    /// A vocabulary of `vocab_size` ids, of which `special` (and `mask_id`) are never chosen, and each of which is a
    /// word.
    ///
    /// # Errors
    /// An id that is not below `vocab_size`.
    pub fn new(vocab_size: u32, mask_id: u32, special: impl IntoIterator<Item = u32>) -> Result<Self, Error> {
        let mut vocabulary =
            Self { vocab_size, mask_id, special: Vec::new(), continuations: Vec::new(), counts: Vec::new() };
        vocabulary.check("the mask token", mask_id)?;
        vocabulary.special = vocabulary.sorted("a special token", special.into_iter().chain([mask_id]))?;
        Ok(vocabulary)
    }

    /// The same, where a token of `continuations` goes on with the word before it, as `##ing` does.
    ///
    /// # Errors
    /// An id that is not below the size of the vocabulary.
    pub fn with_continuations(mut self, continuations: impl IntoIterator<Item = u32>) -> Result<Self, Error> {
        self.continuations = self.sorted("a token within a word", continuations.into_iter())?;
        Ok(self)
    }

    /// The same, where the token `id` occurs `counts[id]` times in the corpus.
    pub fn with_counts(self, counts: Vec<u64>) -> Self {
        Self { counts, ..self }
    }

    /// How often a token occurs. One that does not, or of which that is not known, counts as one that occurs once, as in
    /// DistilBERT's code.
    pub(super) fn count(&self, id: u32) -> u64 {
        self.counts.get(id as usize).map_or(1, |&count| count.max(1))
    }

    fn check(&self, role: &'static str, id: u32) -> Result<u32, Error> {
        let vocab_size = self.vocab_size;
        if id < vocab_size { Ok(id) } else { Err(Error::OutsideVocabulary { role, id, vocab_size }) }
    }

    fn sorted(&self, role: &'static str, ids: impl Iterator<Item = u32>) -> Result<Vec<u32>, Error> {
        let mut ids = ids.map(|id| self.check(role, id)).collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// How many ids there are.
    pub fn vocab_size(&self) -> u32 {
        self.vocab_size
    }

    /// What stands for a token that has to be guessed.
    pub fn mask_id(&self) -> u32 {
        self.mask_id
    }

    /// Whether `id` is a token that is never chosen.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.binary_search(&id).is_ok()
    }

    /// The words of a row, as ranges of its positions, ascending. A special token is none, and ends the word before it.
    pub fn words(&self, ids: &[u32]) -> Vec<Range<usize>> {
        let mut words: Vec<Range<usize>> = Vec::new();
        for (position, id) in ids.iter().enumerate().filter(|(_, id)| !self.is_special(**id)) {
            match words.last_mut() {
                Some(word) if word.end == position && self.continuations.binary_search(id).is_ok() => word.end += 1,
                _ => words.push(position..position + 1),
            }
        }
        words
    }
}
