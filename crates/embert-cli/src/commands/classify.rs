//! `embert classify`.

use std::{io::Write, process::ExitCode};

use arrow_schema::Field;
use clap::Args;
use embert::{Classification, Scored};
use serde::Serialize;

use super::{
    Talk,
    job::{Job, printable},
    texts::Texts,
};
use crate::output::{Told, float, list, text};

/// Say what each text is: the model's labels with their scores, the likeliest first.
///
/// A model of several labels gives each its own probability, one of a single label all together; one of numbers gives
/// the numbers. A line is {"labels": [{"label", "score"}, …]}.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert classify --model DIR \"what a film\" \"what a bore\"\n",
    "  embert classify --model DIR --input reviews.csv --text-column review --output labels.jsonl\n",
    "  embert classify --model organisation/name --input texts.parquet --output labels.parquet --shard 3/8",
))]
pub(crate) struct Classify {
    /// Labels of each text; all by default.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: Option<u32>,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

/// The labels of a text.
#[derive(Serialize)]
pub(super) struct Labels<'a> {
    labels: &'a [Scored],
}

impl<'a> Labels<'a> {
    /// So many of them, those with the highest scores.
    pub(super) fn first(labels: &'a [Scored], top_k: Option<u32>) -> Self {
        let count = top_k.map_or(labels.len(), |count| count as usize);
        Self { labels: labels.get(..count).unwrap_or(labels) }
    }
}

impl Told for Labels<'_> {
    fn columns() -> Vec<Field> {
        vec![list("labels", vec![text("label"), float("score")])]
    }

    /// `POSITIVE 0.9987   NEGATIVE 0.0013`.
    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let told: Vec<String> =
            self.labels.iter().map(|Scored { label, score }| format!("{} {score:.4}", printable(label))).collect();
        writeln!(out, "{}", told.join("   "))
    }
}

impl Classify {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { top_k, texts, job } = self;
        let passages = texts.passages(&job)?;
        let classifier = job.open::<Classification>(talk, |builder| builder)?;
        job.answer::<Labels, _, _>(talk, &classifier, passages, |answers, labels| {
            answers.write(&Labels::first(&labels, top_k))
        })
    }
}
