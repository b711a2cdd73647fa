//! The unit of text: sentences that follow each other.

use std::borrow::Cow;

use embert_tokenizer::Tokenizer;
use rayon::prelude::*;

use crate::Error;
use crate::spacing::spacing;

/// Sentences in their order. Whether one follows another is what BERT's next-sentence objective asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// The sentences, none of them empty.
    pub sentences: Vec<String>,
    /// Whether it goes on with the document before: a long document is handed out in parts.
    pub continues: bool,
}

/// A document as a tokenizer sees it, without special tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenizedDocument {
    /// The token ids of each sentence.
    pub sentences: Vec<Vec<u32>>,
}

/// The ids of each sentence of each document, on all cores. A sentence that follows another stands after a space.
///
/// # Errors
/// A sentence that the tokenizer cannot encode.
pub fn tokenize(documents: &[Document], tokenizer: &Tokenizer) -> Result<Vec<TokenizedDocument>, Error> {
    let after_space = spacing(tokenizer)?;
    let document = |document: &Document| {
        let sentences = document.sentences.iter().enumerate().map(|(index, sentence)| {
            let sentence = if index == 0 { Cow::from(sentence) } else { after_space(sentence) };
            Ok(tokenizer.token_ids(&sentence)?)
        });
        Ok(TokenizedDocument { sentences: sentences.collect::<Result<_, Error>>()? })
    };
    documents.par_iter().map(document).collect()
}
