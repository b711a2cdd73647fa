//! From text to a trained model in a directory that Hugging Face opens.
//!
//! A [`Draft`] holds what was said of a run; over what its [`Recipe`] says it becomes [`Settings`], and with a folder a
//! [`Run`]. [`Run::train`] makes the tokenizer and the examples, and trains from the last checkpoint to the end.

mod budget;
mod distillation;
mod draft;
mod examples;
mod model;
mod pace;
mod prepare;
mod recipe;
mod settings;
mod text;
mod training;
mod vocabulary;
mod words;

use std::{path::PathBuf, time::Duration};

use crate::run;

pub use budget::Budget;
pub use distillation::{Cosine, DistillationSettings};
pub use draft::Draft;
pub use model::{ModelChoice, ModelSettings};
pub use recipe::{Length, Paper, Recipe};
pub use settings::{BatchSettings, CorpusSettings, Settings};
pub use text::{Documents, Stories, Text};
pub use training::{Options, Run, follow};
pub use vocabulary::{Algorithm, Vocabulary};

/// What has happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The text was gone through.
    Corpus {
        /// Documents of it.
        documents: usize,
        /// Sentences of those.
        sentences: usize,
        /// Time that it took.
        elapsed: Duration,
    },
    /// The tokenizer is there.
    Tokenizer {
        /// What it is.
        origin: String,
        /// Its pieces.
        vocab_size: usize,
        /// Time that it took.
        elapsed: Duration,
    },
    /// Nothing is left to be chosen.
    Plan(Box<Settings>),
    /// Examples are being made.
    Examples {
        /// How many there are so far.
        examples: usize,
        /// Bytes of text that they were made of.
        bytes: usize,
        /// Bytes of the whole text.
        of_bytes: usize,
    },
    /// The examples are there.
    Data {
        /// To train on, with all duplicates.
        training: u64,
        /// Held out.
        held_out: u64,
        /// Time that it took.
        elapsed: Duration,
    },
    /// A student is made.
    Student {
        /// Its teacher's directory.
        teacher: PathBuf,
        /// The teacher's layers that it begins as, from 0; none where it is of another family or width.
        layers: Option<Vec<usize>>,
    },
    /// In the training itself.
    Training(run::Event),
}
