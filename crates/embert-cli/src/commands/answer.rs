//! `embert answer`.

use std::{io::Write, path::Path, process::ExitCode};

use arrow_schema::Field;
use clap::Args;
use embert::{Answering, Answers, Passage, data::Format};
use serde::Deserialize;

use super::{
    Talk,
    job::{Inputs, Job, Part, printable},
    texts::table,
};
use crate::output::{Line, Told, float, lines, list, name_of, text, whole};

/// Say where in a text the answer to a question stands.
///
/// Offsets count characters. A text that is longer than the model reads goes through it in windows. A line is
/// {"answers": [{"text", "score", "start", "end"}, …], "no_answer_score"}.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert answer --model DIR --question \"who has it?\" --context \"anna has the key\"\n",
    "  embert answer --model DIR --input questions.jsonl --output answers.jsonl",
))]
pub(crate) struct Answer {
    /// The question; without it, --input is read: JSON lines with `question` and `context`, or a table with such columns.
    #[arg(long, requires = "context", conflicts_with_all = ["input", "shard"])]
    question: Option<String>,
    /// The text that has the answer.
    #[arg(long, requires = "question")]
    context: Option<String>,
    /// Answers to a question, at most.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top_k: u32,
    /// Tokens of an answer, at most.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    longest: u32,
    /// A question may have no answer, as in SQuAD 2: where that is likelier, an answer without text comes first.
    #[arg(long)]
    may_be_none: bool,
    #[command(flatten)]
    job: Job,
}

/// A line of the input.
#[derive(Deserialize)]
struct Asked {
    question: String,
    context: String,
}

impl Told for Answers {
    fn columns() -> Vec<Field> {
        let keys = vec![text("text"), float("score"), whole("start"), whole("end")];
        vec![list("answers", keys), float("no_answer_score")]
    }

    /// `Paris 0.9731   Berlin 0.0104`.
    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let told = |it: &embert::Answer| {
            let text = if it.text.is_empty() { "(none)".into() } else { printable(&it.text) };
            format!("{text} {:.4}", it.score)
        };
        writeln!(out, "{}", self.answers.iter().map(told).collect::<Vec<_>>().join("   "))
    }
}

impl Answer {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { question, context, top_k, longest, may_be_none, job } = self;
        let asked = match (question, context) {
            (Some(question), Some(context)) => {
                job.check()?;
                Part::of_arguments([Passage::from((question, context))])
            }
            _ => job.part(asked)?,
        };
        let answerer = job.open::<Answering>(talk, |builder| {
            builder.top_k(top_k as usize).longest(longest as usize).may_be_none(may_be_none)
        })?;
        job.answer::<Answers, _, _>(talk, &answerer, asked, |answers, of_question| answers.write(&of_question))
    }
}

/// Questions, each with the text that may have its answer.
fn asked(file: &Path) -> anyhow::Result<Inputs<Passage>> {
    if Format::of(file).is_some() {
        return table(file, Some("question"), Some("context"));
    }
    let name = name_of(file);
    let asked = move |(number, line): (usize, anyhow::Result<Line>)| {
        let read = serde_json::from_str::<Asked>(&line??);
        let Asked { question, context } = read.map_err(|error| {
            anyhow::anyhow!("{name}, line {number}: {error}; an object with `question` and `context` is expected")
        })?;
        Ok((question, context).into())
    };
    Ok(Box::new((1..).zip(lines(file)?).map(asked)))
}
