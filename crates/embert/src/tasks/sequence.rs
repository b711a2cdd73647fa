//! A class, several, or a number for each text.

use embert_core::ProblemType;
use embert_data::tasks::{
    LabelSet,
    sequence::{Label, LabelKind, SequenceExample, SequenceOptions, features, label_kind, read},
};
use embert_train::tasks::{SequenceTask, sequence_rows};

use super::{Beginning, Files, Read, Ready, both, labels, with_labels};
use crate::{AutoBackbone, error::Error};

/// # Errors
/// Where a file is none of such examples, or has a label that training did not see.
pub(crate) fn sequence(of: &Beginning<'_>, files: &Files<'_>) -> Result<Ready<SequenceTask<AutoBackbone>>, Error> {
    let columns = files.columns;
    let mut options = SequenceOptions {
        text_column: columns.text.clone(),
        pair_column: columns.pair.clone(),
        label_column: columns.label.clone(),
        columns: columns.header.clone(),
        skip_unlabelled: true,
        ..SequenceOptions::default()
    };
    let own_problem = SequenceTask::<AutoBackbone>::new(of.config).problem();
    options.label_kind = match files.training {
        Some(training) if !of.has_head => label_kind(training, &options)?,
        _ => match own_problem {
            ProblemType::Regression => LabelKind::Number,
            ProblemType::SingleLabelClassification => LabelKind::Class,
            ProblemType::MultiLabelClassification => LabelKind::Classes,
        },
    };
    let Read { training, held_out, passed_over } = both(files, |file| read(file, &options))?;
    let found = LabelSet::of(training.iter().filter_map(|example| example.label.as_ref()).flat_map(Label::names));
    let ((labels, are_own), problem) = match options.label_kind {
        LabelKind::Number => ((LabelSet::default(), true), ProblemType::Regression),
        LabelKind::Classes => (labels(of, found, files.training)?, ProblemType::MultiLabelClassification),
        LabelKind::Class | LabelKind::Unlabelled => {
            (labels(of, found, files.training)?, ProblemType::SingleLabelClassification)
        }
    };
    let config = match (of.has_head, problem) {
        (true, _) => of.config.clone(),
        (false, ProblemType::Regression) => with_labels(of.config, &["LABEL_0".to_owned()], Some(problem))?,
        (false, _) => with_labels(of.config, labels.names(), Some(problem))?,
    };
    let rows = |examples: &[SequenceExample]| -> Result<_, Error> {
        Ok(sequence_rows(features(of.tokenizer, examples, &labels, files.max_length)?))
    };
    Ok(Ready {
        examples: held_out.len(),
        objective: SequenceTask::new(&config),
        config,
        training: rows(&training)?,
        held_out: rows(&held_out)?,
        labels: labels.names().to_vec(),
        has_own_labels: are_own && problem == own_problem,
        passed_over,
    })
}
