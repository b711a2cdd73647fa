//! `embert answer`.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{AnswerSettings, Answerer, Answers, Passage, ReadSettings};
use serde::Deserialize;

use super::{
    Runner, Source, Talk,
    texts::{printable, write_json},
};
use crate::output::{Line, lines, name_of, write_to};

/// Say where in a text the answer to a question stands.
///
/// Offsets count characters. A text that is longer than the model reads goes through it in windows. A line is
/// {"answers": [{"text", "score", "start", "end"}, …], "no_answer_score"}.
#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long)]
    model: Source,
    /// The question; without it, --input is read.
    #[arg(long, requires = "context", conflicts_with = "input")]
    question: Option<String>,
    /// The text that has the answer.
    #[arg(long, requires = "question")]
    context: Option<String>,
    /// JSON lines with `question` and `context`; - is standard input.
    #[arg(long, default_value = "-", value_name = "FILE")]
    input: PathBuf,
    /// The file to write; standard output by default.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Answers to a question, at most.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top_k: u32,
    /// Tokens of an answer, at most.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    longest: u32,
    /// A question may have no answer, as in SQuAD 2: where that is likelier, an answer without text comes first.
    #[arg(long)]
    may_be_none: bool,
    /// For people to read, and not for machines.
    #[arg(long)]
    pretty: bool,
    #[command(flatten)]
    runner: Runner,
}

/// A line of the input.
#[derive(Deserialize)]
struct Asked {
    question: String,
    context: String,
}

impl Answer {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let (asked, on) = (self.asked()?, self.runner.open()?);
        let settings = AnswerSettings {
            top_k: self.top_k as usize,
            longest: self.longest as usize,
            may_be_none: self.may_be_none,
            read: ReadSettings::default(),
        };
        let (answerer, warnings) = Answerer::open(&self.model.model(talk)?, settings, on)?;
        talk.warn(&warnings);
        write_to(self.output.as_deref(), |out| {
            let tell = |answers| if self.pretty { write_pretty(out, &answers) } else { write_json(out, &answers) };
            answerer.answer_each(asked, tell)
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn asked(&self) -> anyhow::Result<Box<dyn Iterator<Item = anyhow::Result<Passage>> + Send>> {
        if let (Some(question), Some(context)) = (&self.question, &self.context) {
            let asked = Passage::from((question.as_str(), context.as_str()));
            return Ok(Box::new(std::iter::once(Ok(asked))));
        }
        let name = name_of(&self.input);
        let asked = move |(number, line): (usize, anyhow::Result<Line>)| {
            let read = serde_json::from_str::<Asked>(&line??);
            let Asked { question, context } = read.map_err(|error| {
                anyhow::anyhow!("{name}, line {number}: {error}; an object with `question` and `context` is expected")
            })?;
            Ok((question, context).into())
        };
        Ok(Box::new((1..).zip(lines(&self.input)?).map(asked)))
    }
}

/// `Paris 0.9731   Berlin 0.0104`.
fn write_pretty(out: &mut dyn Write, answers: &Answers) -> anyhow::Result<()> {
    let told: Vec<String> = answers
        .answers
        .iter()
        .map(|it| format!("{} {:.4}", if it.text.is_empty() { "(none)".into() } else { printable(&it.text) }, it.score))
        .collect();
    Ok(writeln!(out, "{}", told.join("   "))?)
}
