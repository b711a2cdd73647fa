//! The unit of text: sentences that follow each other.

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
