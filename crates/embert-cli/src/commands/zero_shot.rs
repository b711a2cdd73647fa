//! `embert zero-shot`.

use std::{process::ExitCode, sync::Arc};

use clap::Args;
use embert::{Candidates, ZeroShotClassification};

use super::{Talk, WrongUse, classify::Labels, job::Job, texts::Texts};

/// Say which of your own labels each text has, by a model of natural language inference.
///
/// For each label the model is asked whether the text entails "This example is LABEL.". A line is
/// {"labels": [{"label", "score"}, …]}, the likeliest first.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert zero-shot --model DIR --labels sport,politics \"the match is over\"\n",
    "  embert zero-shot --model DIR --labels sport,politics --multi-label --input texts.txt",
))]
pub(crate) struct ZeroShot {
    /// The labels, with commas between them.
    #[arg(long, value_delimiter = ',', value_name = "A,B,…")]
    labels: Vec<String>,
    /// A label, which may have commas; can be said several times.
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// The sentence that a text entails or does not; {} is the label.
    #[arg(long, default_value = "This example is {}.", value_name = "SENTENCE")]
    template: String,
    /// Several labels can apply, or none: each has a probability of its own.
    #[arg(long)]
    multi_label: bool,
    /// Labels of each text; all by default.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: Option<u32>,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

impl ZeroShot {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { labels, label, template, multi_label, top_k, texts, job } = self;
        let labels = labels.iter().chain(&label).map(|label| label.trim()).filter(|label| !label.is_empty());
        let labels: Arc<[String]> = labels.map(str::to_owned).collect();
        if labels.is_empty() {
            return Err(WrongUse("--labels: there is none; A,B,C is expected".into()).into());
        }
        let candidates =
            texts.single(&job)?.map(move |text| Ok(Candidates { text: text?, labels: Arc::clone(&labels) }));
        let zero_shot =
            job.open::<ZeroShotClassification>(talk, |builder| builder.template(template).multi_label(multi_label))?;
        job.answer::<Labels, _, _>(talk, &zero_shot, candidates, |answers, labels| {
            answers.write(&Labels::first(&labels, top_k))
        })
    }
}
