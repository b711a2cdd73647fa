//! Texts, and pairs of texts, that are sent through a model.

use std::path::Path;

use clap::Args;
use embert::{
    Passage,
    data::{
        Error, Format,
        tasks::sequence::{LabelKind, SequenceExample, SequenceOptions, read},
    },
};

use super::{
    WrongUse,
    job::{Inputs, Job, Part},
};
use crate::output::lines;

/// What is read.
#[derive(Debug, Args)]
pub(super) struct Texts {
    /// Texts; without any, --input is read.
    #[arg(value_name = "TEXT", conflicts_with_all = ["input", "shard"])]
    pub(super) texts: Vec<String>,
    /// The column of the text, in a table that has another name for it.
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// The column of the second text.
    #[arg(long, value_name = "NAME", requires = "text_column")]
    pair_column: Option<String>,
}

impl Texts {
    /// Texts or pairs, as they are given.
    pub(super) fn passages(&self, job: &Job) -> anyhow::Result<Part<Passage>> {
        if !self.texts.is_empty() {
            job.check()?;
            return Ok(Part::of_arguments(self.texts.clone().into_iter().map(Passage::from)));
        }
        job.part(|file| self.open(file))
    }

    /// Texts, each of which is one.
    pub(super) fn single(&self, job: &Job) -> anyhow::Result<Part<String>> {
        Ok(self.passages(job)?.map(only_text))
    }

    /// The texts or pairs of a file.
    pub(super) fn open(&self, file: &Path) -> anyhow::Result<Inputs<Passage>> {
        match Format::of(file) {
            None if self.text_column.is_some() => {
                let message = "--text-column: lines have none; a table is expected".into();
                Err(WrongUse(message).into())
            }
            None => Ok(Box::new(lines(file)?.map(|line| Ok(line??.into())))),
            Some(_) => table(file, self.text_column.as_deref(), self.pair_column.as_deref()),
        }
    }
}

/// A text that has no second.
pub(super) fn only_text(passage: anyhow::Result<Passage>) -> anyhow::Result<String> {
    match passage? {
        Passage { text, pair: None } => Ok(text),
        _ => Err(WrongUse("what is read has pairs; texts alone are expected".into()).into()),
    }
}

/// The texts, or pairs, of a table.
pub(super) fn table(file: &Path, text: Option<&str>, pair: Option<&str>) -> anyhow::Result<Inputs<Passage>> {
    let options = SequenceOptions {
        label_kind: LabelKind::Unlabelled,
        text_column: text.map(str::to_owned),
        pair_column: pair.map(str::to_owned),
        ..SequenceOptions::default()
    };
    // Who asks nothing gets no answer, from a table as from lines.
    let is_some = |example: &Result<_, _>| !matches!(example, Err(Error::NoExamples { .. }));
    Ok(Box::new(read(file, &options)?.filter(is_some).map(|example| {
        let SequenceExample { text, pair, .. } = example?;
        Ok(Passage { text, pair })
    })))
}
