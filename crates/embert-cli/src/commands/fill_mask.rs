//! `embert fill-mask`.

use std::{io::Write, path::Path, process::ExitCode};

use clap::Args;
use embert::{Fill, FillMask as Pipeline};
use serde::Serialize;

use super::{
    Talk,
    texts::{Texts, done, printable, single, write_json},
};

/// Say what could stand where [MASK] stands: token, probability, the text with it.
///
/// For each mask a line, {"fills": [{"token", "score", "text"}, …]}, the likeliest first.
#[derive(Debug, Args)]
pub(crate) struct FillMask {
    /// Answers for each mask.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    /// For people to read, and not for machines: a line for each answer.
    #[arg(long)]
    pretty: bool,
    #[command(flatten)]
    texts: Texts,
}

#[derive(Serialize)]
struct Line<'a> {
    fills: &'a [Fill],
}

impl FillMask {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { top_k, pretty, texts } = self;
        let open = |dir: &Path, on| Pipeline::open(dir, texts.settings(), on);
        let pipeline = texts.each(talk, open, |pipeline, passages, out| {
            pipeline.fill_each(single(passages), top_k as usize, |of_text| {
                of_text.iter().try_for_each(|of_mask| {
                    let fills = &of_mask.fills;
                    if pretty { write_pretty(out, fills) } else { write_json(out, &Line { fills }) }
                })
            })
        })?;
        Ok(done(talk, pipeline.cut()))
    }
}

fn write_pretty(out: &mut dyn Write, fills: &[Fill]) -> anyhow::Result<()> {
    for fill in fills {
        let (token, text) = (printable(&fill.token), printable(&fill.text));
        writeln!(out, "{token:<16} {:.4}  {text}", fill.score)?;
    }
    Ok(())
}
