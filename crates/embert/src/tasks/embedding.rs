//! Vectors that are alike for texts that belong together.

use std::path::Path;

use embert_data::tasks::embedding::{EmbeddingExample, EmbeddingOptions, features, read};
use embert_train::tasks::{EmbeddingTask, TextPair, embedding_rows};

use super::{Beginning, Files, Read, Ready, TaskName, both, without_labels};
use crate::{AutoBackbone, SentencePipeline, error::Error, run::wrong};

/// # Errors
/// Where a file is none of such examples, or only some of its pairs have a score; where nothing can be learned of them in
/// steps of `batch`.
pub(crate) fn embedding(
    of: &Beginning<'_>,
    files: &Files<'_>,
    pipeline: &SentencePipeline,
    batch: usize,
) -> Result<Ready<EmbeddingTask<AutoBackbone>>, Error> {
    files.columns.none_for(TaskName::Embedding)?;
    let Read { training, held_out, passed_over } = both(files, |file| read(file, &EmbeddingOptions::default()))?;
    let rows = |mut examples: Vec<EmbeddingExample>| -> Result<_, Error> {
        for example in &mut examples {
            for text in [&mut example.anchor, &mut example.positive].into_iter().chain(&mut example.negative) {
                *text = pipeline.text(text);
            }
        }
        Ok(embedding_rows(features(of.tokenizer, &examples, files.max_length)?))
    };
    let (training, held_out) = (rows(training)?, rows(held_out)?);
    if let Some(file) = files.training {
        check_batch(&training, batch, file)?;
    }
    Ok(Ready {
        examples: held_out.len(),
        objective: EmbeddingTask::new(of.config, pipeline.head.clone(), &training, &held_out)?,
        config: without_labels(of.config)?,
        training,
        held_out,
        labels: Vec::new(),
        has_own_labels: true,
        passed_over,
    })
}

/// # Errors
/// Where each pair would be alone with itself, and the loss 0.
fn check_batch(training: &[TextPair], batch: usize, file: &Path) -> Result<(), Error> {
    let least = EmbeddingTask::<AutoBackbone>::least_batch(training);
    let why = "since pairs with neither score nor negative are compared with the others of their step";
    match training.len() {
        found if found < least => {
            let message = format!("it has {found} pair; {least} or more are expected, {why}");
            Err(Error::File { file: file.to_owned(), message })
        }
        _ if batch < least => {
            Err(wrong("batch.examples", &format!("it is {batch}; {least} or more are expected, {why}")))
        }
        _ => Ok(()),
    }
}
