//! The flags of every command that reads texts and says something of each.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use embert::{
    Error, Passage, ReadSettings, RunOn, Schedule,
    data::{
        Format,
        tasks::sequence::{LabelKind, SequenceExample, SequenceOptions, read},
    },
};
use serde::Serialize;

use super::{Runner, Source, Talk, WrongUse};
use crate::output::{lines, name_of, write_to};

/// What is read, by which model, and where that is written.
#[derive(Debug, Args)]
pub(super) struct Texts {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long)]
    model: Source,
    /// Texts; without any, --input is read.
    #[arg(value_name = "TEXT", conflicts_with = "input")]
    texts: Vec<String>,
    /// A file with a text a line; one named .csv, .tsv or .jsonl has a column `text` and perhaps one `pair`; - is
    /// standard input.
    #[arg(long, default_value = "-", value_name = "FILE")]
    input: PathBuf,
    /// The column of the text, in a table that has another name for it.
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// The column of the second text.
    #[arg(long, value_name = "NAME", requires = "text_column")]
    pair_column: Option<String>,
    /// The file to write; standard output by default.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// A text that is longer than the model reads is an error; else it is cut, or read in windows where the command can.
    #[arg(long)]
    no_truncate: bool,
    /// Tokens that are computed at a time, up to 1000000; a longer text is computed by itself.
    #[arg(long, default_value_t = Schedule::default().batch_tokens as u32,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_tokens: u32,
    #[command(flatten)]
    runner: Runner,
}

/// Where texts come from.
pub(super) type Passages = Box<dyn Iterator<Item = anyhow::Result<Passage>> + Send>;

impl Texts {
    pub(super) fn settings(&self) -> ReadSettings {
        let schedule = Schedule { batch_tokens: self.batch_tokens as usize, ..Schedule::default() };
        ReadSettings { schedule, no_truncate: self.no_truncate }
    }

    /// Lets `open` open the model, and `tell` write of each text; what costs little is tried before the model is fetched.
    ///
    /// # Errors
    /// Where a text cannot be read, or what is said of it cannot be written.
    pub(super) fn each<M>(
        &self,
        talk: Talk,
        open: impl FnOnce(&Path, RunOn) -> Result<(M, Vec<String>), Error>,
        tell: impl FnOnce(&M, Passages, &mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<M> {
        let (passages, on) = (self.passages()?, self.runner.open()?);
        let (model, warnings) = open(&self.model.model(talk)?, on)?;
        talk.warn(&warnings);
        write_to(self.output.as_deref(), |out| tell(&model, passages, out).map_err(|error| self.located(error)))?;
        Ok(model)
    }

    fn passages(&self) -> anyhow::Result<Passages> {
        if !self.texts.is_empty() {
            return Ok(Box::new(self.texts.clone().into_iter().map(|text| Ok(text.into()))));
        }
        if Format::of(&self.input).is_none() {
            return Ok(Box::new(lines(&self.input)?.map(|line| Ok(line??.into()))));
        }
        let options = SequenceOptions {
            label_kind: LabelKind::Unlabelled,
            text_column: self.text_column.clone(),
            pair_column: self.pair_column.clone(),
            ..SequenceOptions::default()
        };
        Ok(Box::new(read(&self.input, &options)?.map(|example| {
            let SequenceExample { text, pair, .. } = example?;
            Ok(Passage { text, pair })
        })))
    }

    /// Says where a text stands.
    fn located(&self, error: anyhow::Error) -> anyhow::Error {
        let name = name_of(&self.input);
        let unit = if Format::of(&self.input).is_some() { "record" } else { "line" };
        match error.downcast::<Error>() {
            Ok(Error::OfText { number, source }) if self.texts.is_empty() => {
                anyhow::anyhow!("{name}, {unit} {number}: {source}")
            }
            Ok(error) => error.into(),
            Err(error) => error,
        }
    }
}

/// The texts of what is read, each of which is one.
pub(super) fn single(passages: Passages) -> impl Iterator<Item = anyhow::Result<String>> + Send {
    passages.map(|passage| match passage? {
        Passage { text, pair: None } => Ok(text),
        _ => Err(WrongUse("--input: it has pairs; texts alone are expected".into()).into()),
    })
}

/// A line for machines.
pub(super) fn write_json(out: &mut dyn Write, value: &impl Serialize) -> anyhow::Result<()> {
    // As the error that writing alone gives, by which a reader that went away is told.
    serde_json::to_writer(&mut *out, value).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// Says once that texts were cut.
pub(super) fn done(talk: Talk, cut: usize) -> ExitCode {
    if cut > 0 {
        talk.warn(&[format!(
            "{cut} text(s) were longer than the model reads, and were cut; --no-truncate refuses them"
        )]);
    }
    ExitCode::SUCCESS
}

/// A text in one line, without what would move a terminal's cursor.
pub(super) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
