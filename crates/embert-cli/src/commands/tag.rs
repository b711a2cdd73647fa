//! `embert tag`.

use std::{io::Write, process::ExitCode};

use clap::Args;
use embert::{Aggregation, Entity, TagSettings, Tagger};

use super::{
    Talk,
    texts::{Texts, done, printable, single, write_json},
};

/// Say what stands in each text: names, or what else the model tells words by.
///
/// Offsets count characters. A text that is longer than the model reads goes through it in windows. A line is
/// {"entities": [{"label", "score", "start", "end", "text"}, …]}.
#[derive(Debug, Args)]
pub(crate) struct Tag {
    /// What becomes of the pieces of a word: none, simple, first, average or max, as transformers has them.
    #[arg(long, default_value = "first")]
    aggregation: Aggregation,
    /// For people to read, and not for machines.
    #[arg(long)]
    pretty: bool,
    #[command(flatten)]
    texts: Texts,
}

#[derive(serde::Serialize)]
struct Line<'a> {
    entities: &'a [Entity],
}

impl Tag {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { aggregation, pretty, texts } = self;
        let settings = TagSettings { aggregation, read: texts.settings() };
        texts.each(
            talk,
            |dir, on| Tagger::open(dir, settings, on),
            |tagger, passages, out| {
                tagger.tag_each(single(passages), |entities| {
                    if pretty { write_pretty(out, &entities) } else { write_json(out, &Line { entities: &entities }) }
                })
            },
        )?;
        Ok(done(talk, 0))
    }
}

/// `PER Anna   LOC Paris`.
fn write_pretty(out: &mut dyn Write, entities: &[Entity]) -> anyhow::Result<()> {
    let told: Vec<String> =
        entities.iter().map(|it| format!("{} {} {:.4}", printable(&it.label), printable(&it.text), it.score)).collect();
    Ok(writeln!(out, "{}", told.join("   "))?)
}
