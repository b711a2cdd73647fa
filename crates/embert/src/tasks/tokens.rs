//! A class for each word.

use embert_data::tasks::{
    LabelSet,
    tokens::{TokenExample, TokenFeatureOptions, TokenOptions, features, read},
};
use embert_train::tasks::{TokenTask, token_rows};

use super::{Beginning, Files, Read, Ready, TaskName, both, labels, with_labels};
use crate::{AutoBackbone, error::Error};

/// # Errors
/// Where a file is none of such examples, or has a tag that training did not see.
pub(crate) fn tokens(of: &Beginning<'_>, files: &Files<'_>) -> Result<Ready<TokenTask<AutoBackbone>>, Error> {
    files.columns.none_for(TaskName::TokenClassification)?;
    let Read { training, held_out, passed_over } = both(files, |file| read(file, &TokenOptions::default()))?;
    let found = LabelSet::of(training.iter().flat_map(|example| example.tags.iter().flatten()).map(String::as_str));
    let (labels, has_own_labels) = labels(of, found, files.training)?;
    let config = if of.has_head { of.config.clone() } else { with_labels(of.config, labels.names(), None)? };
    let options = TokenFeatureOptions { max_length: files.max_length, label_all_tokens: false };
    let rows = |examples: &[TokenExample]| -> Result<_, Error> {
        Ok(token_rows(&features(of.tokenizer, examples, &labels, &options)?))
    };
    Ok(Ready {
        examples: held_out.len(),
        training: rows(&training)?,
        held_out: rows(&held_out)?,
        labels: labels.names().to_vec(),
        has_own_labels,
        passed_over,
        objective: TokenTask::new(&config, labels),
        config,
    })
}
