//! `embert rerank`.

use std::{io::Write, process::ExitCode};

use arrow_schema::Field;
use clap::Args;
use embert::Reranking;
use serde::Serialize;

use super::{
    Talk, WrongUse,
    job::{Job, done, located, printable},
    texts::Texts,
};
use crate::output::{Told, float, text, whole};

/// Say how well texts answer a query, by a model that reads both together.
///
/// With --query a line is {"index", "score", "text"}, the best first, and `index` counts from 0 in the input. Without it
/// the input is a table of pairs, a query and a text each, and a line is {"score"}, in their order.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert rerank --model DIR --query \"where is anna?\" \"anna is here\" \"a red hat\"\n",
    "  embert rerank --model DIR --query \"where is anna?\" --input texts.txt --top-k 3",
))]
pub(crate) struct Rerank {
    /// What all texts are to answer.
    #[arg(long, conflicts_with = "shard")]
    query: Option<String>,
    /// So many texts alone, the best; all by default.
    #[arg(long, requires = "query", value_parser = clap::value_parser!(u32).range(1..))]
    top_k: Option<u32>,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

/// How well a text answers its query.
#[derive(Serialize)]
struct Score {
    score: f32,
}

impl Told for Score {
    fn columns() -> Vec<Field> {
        vec![float("score")]
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "{:.4}", self.score)
    }
}

/// A text among others.
#[derive(Serialize)]
pub(super) struct Found<'a> {
    pub(super) index: usize,
    pub(super) score: f32,
    pub(super) text: &'a str,
}

impl Told for Found<'_> {
    fn columns() -> Vec<Field> {
        vec![whole("index"), float("score"), text("text")]
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "{:.4}  {}", self.score, printable(self.text))
    }
}

impl Rerank {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { query, top_k, texts, job } = self;
        let Some(query) = query else {
            let pairs = texts.passages(&job)?.map(|passage| match passage? {
                passage if passage.pair.is_some() => Ok(passage),
                _ => {
                    let message = "--query: texts are to answer one; it, or a table of pairs, is expected";
                    Err(WrongUse(message.into()).into())
                }
            });
            let reranker = job.open::<Reranking>(talk, |builder| builder)?;
            return job.answer::<Score, _, _>(talk, &reranker, pairs, |answers, score| answers.write(&Score { score }));
        };
        let is_of_file = texts.texts.is_empty().then_some(0);
        let texts = texts.single(&job)?.collect()?;
        let reranker = job.open::<Reranking>(talk, |builder| builder)?;
        let ranked = reranker.rank(&query, &texts).map_err(|error| located(error.into(), &job.input, is_of_file))?;
        let count = top_k.map_or(ranked.len(), |count| count as usize);
        job.write::<Found>(|answers| {
            ranked.iter().take(count).try_for_each(|of_text| {
                let text = texts.get(of_text.index).map(String::as_str).unwrap_or_default();
                answers.write(&Found { index: of_text.index, score: of_text.score, text })
            })
        })?;
        Ok(done(talk, reranker.cut()))
    }
}
