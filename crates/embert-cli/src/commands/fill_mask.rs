//! `embert fill-mask`.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{FillMask as Pipeline, Filled};
use serde_json::json;

use super::{Runner, Talk};

/// Say what could stand where [MASK] stands: token, probability, the sentence filled in.
#[derive(Debug, Args)]
pub(crate) struct FillMask {
    /// The directory of a masked language model.
    #[arg(long)]
    model: PathBuf,
    /// Answers for each mask.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    /// Sentences with a mask.
    #[arg(required = true, value_name = "TEXT")]
    texts: Vec<String>,
    #[command(flatten)]
    runner: Runner,
}

impl FillMask {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let (pipeline, warnings) = Pipeline::open(&self.model, self.runner.open()?)?;
        talk.warn(&warnings);
        let mut out = std::io::stdout().lock();
        pipeline.fill_each(self.texts.iter().map(Ok), self.top_k as usize, |of_text| {
            of_text.iter().try_for_each(|of_mask| write(of_mask, talk, &mut out))
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The answers for one mask: a JSON line, or a line each.
fn write(filled: &Filled, talk: Talk, out: &mut impl Write) -> anyhow::Result<()> {
    if talk.json {
        let fills =
            filled.fills.iter().map(|fill| json!({ "token": fill.token, "score": fill.score, "text": fill.text }));
        writeln!(out, "{}", json!({ "fills": fills.collect::<Vec<_>>() }))?;
        return Ok(());
    }
    for fill in &filled.fills {
        let (token, text) = (printable(&fill.token), printable(&fill.text));
        writeln!(out, "{token:<16} {:.4}  {text}", fill.score)?;
    }
    Ok(())
}

/// A vocabulary of bytes has some that would move a terminal's cursor.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
