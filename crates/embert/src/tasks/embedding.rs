//! Vectors that are alike for texts that belong together.

use embert_data::tasks::embedding::{EmbeddingExample, EmbeddingOptions, features, read};
use embert_train::tasks::{EmbeddingTask, embedding_rows};

use super::{Beginning, Files, Ready, TaskName, both};
use crate::{AutoBackbone, SentencePipeline, error::Error};

/// # Errors
/// Where a file is none of such examples, or only some of its pairs have a score.
pub(crate) fn embedding(
    of: &Beginning<'_>,
    files: &Files<'_>,
    pipeline: &SentencePipeline,
) -> Result<Ready<EmbeddingTask<AutoBackbone>>, Error> {
    files.columns.none_for(TaskName::Embedding)?;
    let (training, held_out) = both(files, |file| read(file, &EmbeddingOptions::default()))?;
    let rows = |mut examples: Vec<EmbeddingExample>| -> Result<_, Error> {
        for example in &mut examples {
            for text in [&mut example.anchor, &mut example.positive].into_iter().chain(&mut example.negative) {
                *text = pipeline.text(text);
            }
        }
        Ok(embedding_rows(features(of.tokenizer, &examples, files.max_length)?))
    };
    let (training, held_out) = (rows(training)?, rows(held_out)?);
    Ok(Ready {
        examples: held_out.len(),
        objective: EmbeddingTask::new(of.config, pipeline.head.clone(), &training, &held_out)?,
        config: of.config.clone(),
        training,
        held_out,
        labels: Vec::new(),
    })
}
