//! `embert tag`.

use std::{io::Write, process::ExitCode};

use arrow_schema::Field;
use clap::Args;
use embert::{Aggregation, Entity, Tagging};
use serde::Serialize;

use super::{
    Talk,
    job::{Job, printable},
    named::named,
    texts::Texts,
};
use crate::output::{Told, float, list, text, whole};

/// Say what stands in each text: names, or what else the model tells words by.
///
/// Offsets count characters. A text that is longer than the model reads goes through it in windows. A line is
/// {"entities": [{"label", "score", "start", "end", "text"}, …]}.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert tag --model DIR --pretty \"Anna lives in Bern\"\n",
    "  embert tag --model DIR --aggregation simple --input texts.txt",
))]
pub(crate) struct Tag {
    /// What becomes of the pieces of a word, as in transformers.
    #[arg(long, default_value = "first",
          value_parser = named(Aggregation::NAMES.map(|(name, _)| name), str::parse::<Aggregation>))]
    aggregation: Aggregation,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

#[derive(Serialize)]
struct Entities {
    entities: Vec<Entity>,
}

impl Told for Entities {
    fn columns() -> Vec<Field> {
        let keys = vec![text("label"), float("score"), whole("start"), whole("end"), text("text")];
        vec![list("entities", keys)]
    }

    /// `PER Anna 0.9981   LOC Paris 0.9702`.
    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let told = |it: &Entity| format!("{} {} {:.4}", printable(&it.label), printable(&it.text), it.score);
        writeln!(out, "{}", self.entities.iter().map(told).collect::<Vec<_>>().join("   "))
    }
}

impl Tag {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { aggregation, texts, job } = self;
        let texts = texts.single(&job)?;
        let tagger = job.open::<Tagging>(talk, |builder| builder.aggregation(aggregation))?;
        job.answer::<Entities, _, _>(talk, &tagger, texts, |answers, entities| answers.write(&Entities { entities }))
    }
}
