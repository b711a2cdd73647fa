//! Which of several answers is right.

use embert_data::tasks::choices::{ChoiceExample, ChoiceOptions, features, read};
use embert_train::tasks::{ChoiceTask, choice_rows};

use super::{Beginning, Files, Read, Ready, TaskName, both, without_labels};
use crate::{AutoBackbone, error::Error};

/// # Errors
/// Where a file is none of such examples.
pub(crate) fn choices(of: &Beginning<'_>, files: &Files<'_>) -> Result<Ready<ChoiceTask<AutoBackbone>>, Error> {
    files.columns.none_for(TaskName::MultipleChoice)?;
    let Read { training, held_out, passed_over } = both(files, |file| read(file, &ChoiceOptions::default()))?;
    let rows = |examples: &[ChoiceExample]| -> Result<_, Error> {
        Ok(choice_rows(features(of.tokenizer, examples, files.max_length)?))
    };
    Ok(Ready {
        examples: held_out.len(),
        objective: ChoiceTask::new(of.config),
        config: without_labels(of.config)?,
        training: rows(&training)?,
        held_out: rows(&held_out)?,
        labels: Vec::new(),
        has_own_labels: true,
        passed_over,
    })
}
