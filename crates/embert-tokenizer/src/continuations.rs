//! Which tokens go on with the word before them, for objectives that choose whole words.

use tokenizers::{Model, ModelWrapper};

use crate::Tokenizer;

/// What ALBERT's code takes for a word of its own where a token is nothing else.
const PUNCTUATION: &str = "!\"#$%&()*+,-./:;?@[\\]^_`{|}~£€";

impl Tokenizer {
    /// The ids of the tokens that go on with a word, ascending.
    ///
    /// - WordPiece: those that begin with `##`, as in google-research/bert.
    /// - Byte-level BPE: those that do not begin with a space (`Ġ`), as in fairseq; so a comma goes on with its word.
    /// - Unigram: those that do not begin with a space (`▁`) and are made of English letters and punctuation; what is
    ///   punctuation alone, a digit or of another script is a word, as in google-research/albert.
    pub fn continuations(&self) -> Vec<u32> {
        let model = self.inner().get_model();
        let continues = |token: &str| match model {
            ModelWrapper::WordPiece(model) => {
                let prefix = model.continuing_subword_prefix.as_str();
                !prefix.is_empty() && token.len() > prefix.len() && token.starts_with(prefix)
            }
            ModelWrapper::BPE(_) => !token.starts_with('Ġ'),
            ModelWrapper::Unigram(_) => goes_on(token),
            ModelWrapper::WordLevel(_) => false,
        };
        let vocabulary = model.get_vocab().into_iter();
        let mut ids: Vec<u32> = vocabulary.filter(|(token, _)| continues(token)).map(|(_, id)| id).collect();
        ids.retain(|id| !self.is_special(*id));
        ids.sort_unstable();
        ids
    }
}

/// `_is_start_piece_sp`, the other way round.
fn goes_on(piece: &str) -> bool {
    let is_punctuation = piece.chars().count() == 1 && piece.chars().all(|char| PUNCTUATION.contains(char));
    let is_english = piece.chars().all(|char| char.is_ascii_alphabetic() || PUNCTUATION.contains(char));
    !piece.starts_with(['▁', '<']) && !is_punctuation && is_english
}
