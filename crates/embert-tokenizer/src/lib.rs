//! Text to ids for the BERT family.
//!
//! [`Tokenizer`] wraps the algorithms of Hugging Face's `tokenizers` crate (built without C code) with what the
//! family knows around them: special tokens and their ids, templates and segments, length limits, the directory on
//! disk. It loads a directory, encodes texts into flat ragged [`Encodings`], decodes ids, and writes a directory that
//! `transformers` opens. [`train`] makes vocabularies from text.
//!
//! | family | algorithm | raw vocabulary | trainer |
//! | --- | --- | --- | --- |
//! | BERT, DistilBERT | WordPiece | `vocab.txt` | [`train::WordPiece`] |
//! | RoBERTa | byte-level BPE | `vocab.json` and `merges.txt` | [`train::ByteLevelBpe`] |
//! | ALBERT | Unigram | `spiece.model`, also as [`SentencePiece`] | [`train::Unigram`] |
//!
//! The crate knows no tensors.
//!
//! ```
//! use embert_tokenizer::{EncodeOptions, train};
//!
//! let texts = ["the cat sat on the mat", "the dog sat on the log"];
//! let trainer = train::WordPiece { vocab_size: 40, ..Default::default() };
//! let tokenizer = trainer.train_from(texts)?;
//! let encodings = tokenizer.encode(("the cat", "the dog"), &EncodeOptions::default())?;
//! assert_eq!(encodings.lengths.len(), 1);
//! assert_eq!(tokenizer.decode(&encodings.ids, true)?, "the cat the dog");
//! # Ok::<(), embert_tokenizer::Error>(())
//! ```

mod added;
mod albert;
mod bert;
mod charsmap;
mod config;
mod continuations;
mod document;
mod encodings;
mod error;
mod files;
mod input;
mod lattice;
mod load;
mod offsets;
mod options;
mod padding;
mod parts;
mod pipeline;
mod roberta;
mod save;
mod sentencepiece;
mod special;
mod tokenizer;
pub mod train;
mod trie;
mod truncation;

pub use encodings::{Encodings, Row};
pub use error::{Error, TruncationError};
pub use input::Input;
pub use options::EncodeOptions;
pub use padding::{PadLength, Padded, Padding};
pub use sentencepiece::SentencePiece;
pub use special::{Role, SpecialToken, SpecialTokens};
pub use tokenizer::Tokenizer;
pub use truncation::{Direction, Strategy, Truncation};
