//! Where in a text the answer to a question stands.

use embert_data::tasks::answers::{AnswerExample, AnswerOptions, SpanOptions, WindowOptions, features, read};
use embert_train::tasks::{AnswerTask, answer_rows};

use super::{Beginning, Files, Read, Ready, TaskName, both, without_labels};
use crate::{AutoBackbone, error::Error};

/// The part of a window that the next one has too: a third, as in `run_qa.py`.
const SHARED: usize = 3;

/// # Errors
/// Where a file is none of such examples, or an answer is not in its context.
pub(crate) fn answers(of: &Beginning<'_>, files: &Files<'_>) -> Result<Ready<AnswerTask<AutoBackbone>>, Error> {
    files.columns.none_for(TaskName::QuestionAnswering)?;
    let Read { training, held_out, passed_over } = both(files, |file| read(file, &AnswerOptions::default()))?;
    let options = WindowOptions { max_length: files.max_length, stride: files.max_length / SHARED };
    let rows = |examples: &[AnswerExample]| -> Result<_, Error> {
        Ok(answer_rows(features(of.tokenizer, examples, &options)?))
    };
    Ok(Ready {
        examples: held_out.len(),
        training: rows(&training)?,
        held_out: rows(&held_out)?,
        objective: AnswerTask::new(of.config, held_out, SpanOptions::default()),
        config: without_labels(of.config)?,
        labels: Vec::new(),
        has_own_labels: true,
        passed_over,
    })
}
