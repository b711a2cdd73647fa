//! A tokenizer, as masking sees it.

use embert_objectives::masking::MaskingVocabulary;
use embert_tokenizer::{Role, Tokenizer};

use crate::Error;

/// The ids that can be masked, the token that stands for them, and the words that they make.
///
/// # Errors
/// A tokenizer without a mask token.
pub fn vocabulary_of(tokenizer: &Tokenizer) -> Result<MaskingVocabulary, Error> {
    let mask = tokenizer.special_tokens().require(Role::Mask)?.id;
    let special = tokenizer.special_ids().iter().copied();
    // Ids are 32 bits wide, and so is what is one more than the highest.
    let vocabulary = MaskingVocabulary::new(tokenizer.vocab_size() as u32, mask, special)?;
    Ok(vocabulary.with_continuations(tokenizer.continuations())?)
}
