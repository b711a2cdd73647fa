//! `embert classify`.

use std::{io::Write, path::Path, process::ExitCode};

use clap::Args;
use embert::{Classifier, Scored};

use super::{
    Talk,
    texts::{Texts, done, printable, write_json},
};

/// Say what each text is: the model's labels with their scores, the likeliest first.
///
/// A model of several labels gives each its own probability, one of a single label all together; one of numbers gives
/// the numbers. A line is {"labels": [{"label", "score"}, …]}.
#[derive(Debug, Args)]
pub(crate) struct Classify {
    /// Labels of each text; all by default.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: Option<u32>,
    /// For people to read, and not for machines.
    #[arg(long)]
    pretty: bool,
    #[command(flatten)]
    texts: Texts,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    labels: &'a [Scored],
}

impl Classify {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { top_k, pretty, texts } = self;
        let open = |dir: &Path, on| Classifier::open(dir, texts.settings(), on);
        let classifier = texts.each(talk, open, |classifier, passages, out| {
            classifier.classify_each(passages, |labels| {
                let count = top_k.map_or(labels.len(), |count| count as usize);
                let labels = labels.get(..count).unwrap_or(&labels);
                if pretty { write_pretty(out, labels) } else { write_json(out, &Line { labels }) }
            })
        })?;
        Ok(done(talk, classifier.cut()))
    }
}

/// `POSITIVE 0.9987   NEGATIVE 0.0013`.
fn write_pretty(out: &mut dyn Write, labels: &[Scored]) -> anyhow::Result<()> {
    let told: Vec<String> =
        labels.iter().map(|Scored { label, score }| format!("{} {score:.4}", printable(label))).collect();
    Ok(writeln!(out, "{}", told.join("   "))?)
}
