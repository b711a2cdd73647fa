//! What stands beside the weights of a fine-tuned model.

use std::path::Path;

use embert_tokenizer::Tokenizer;

use crate::{SentencePipeline, error::Error, run::Scribe};

pub(super) struct Beside<'a> {
    pub(super) tokenizer: &'a Tokenizer,
    /// Of a model that embeds sentences: that, and the width of its hidden states.
    pub(super) pipeline: Option<(&'a SentencePipeline, usize)>,
}

impl<E> Scribe<E> for Beside<'_> {
    fn save(&self, dir: &Path) -> Result<(), Error> {
        self.tokenizer.save(dir)?;
        match self.pipeline {
            Some((pipeline, hidden_size)) => pipeline.save(dir, hidden_size),
            None => Ok(()),
        }
    }
}
