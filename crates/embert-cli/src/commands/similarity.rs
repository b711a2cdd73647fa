//! `embert similarity`.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use arrow_schema::Field;
use clap::Args;
use embert::Similarity as Measure;
use serde::Serialize;

use super::{
    Talk, WrongUse,
    embed::Vectors,
    job::{Job, done, located, numbers, printable},
    named::named,
    rerank::Found,
    texts::{Texts, only_text},
};
use crate::output::{Answers, Told, floats, list};

/// Texts that are compared at a time: their scores are in memory.
const TOGETHER: usize = 256;

/// Say how much alike texts are, by their vectors.
///
/// A line is {"similarities": [...]}: a text of the input beside each text of --against, or of the input itself. With
/// --nearest it is {"nearest": [{"index", "score", "text"}, …]}, the nearest first, where `index` counts from 0, and a
/// text of the input is not its own neighbour. What texts are compared with is in memory, and nothing else is.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert similarity --model DIR \"a cat\" \"a dog\" \"a car\"\n",
    "  embert similarity --model DIR --input queries.txt --against texts.txt --nearest 5",
))]
pub(crate) struct Similarity {
    /// A file with the texts that those of the input are compared with; by default they are compared with each other.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The K nearest alone.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    nearest: Option<u32>,
    /// By what measure; the model's own by default. Of distances, it is minus them.
    #[arg(long, value_name = "MEASURE",
          value_parser = named(Measure::ALL.map(|(_, name)| name), str::parse::<Measure>))]
    by: Option<Measure>,
    #[command(flatten)]
    vectors: Vectors,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

/// A row of a matrix.
#[derive(Serialize)]
struct Row {
    similarities: Vec<f32>,
}

impl Told for Row {
    fn columns() -> Vec<Field> {
        vec![floats("similarities")]
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "{}", numbers(&self.similarities))
    }
}

/// What is near to a text.
#[derive(Serialize)]
struct Neighbours<'a> {
    nearest: Vec<Found<'a>>,
}

impl Told for Neighbours<'_> {
    fn columns() -> Vec<Field> {
        vec![list("nearest", Found::columns())]
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let told = |it: &Found| format!("{:.4} {}", it.score, printable(it.text));
        writeln!(out, "{}", self.nearest.iter().map(told).collect::<Vec<_>>().join("   "))
    }
}

/// What texts are compared with.
struct Those {
    by: Measure,
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
    nearest: Option<usize>,
    /// Whether the texts of the input are these, or a part of them.
    are_own: bool,
}

impl Those {
    /// Says of texts how much alike they are to those, of which they are themselves a part from the `first` on where
    /// `are_own`.
    fn tell(&self, vectors: &[Vec<f32>], first: usize, answers: &mut Answers<'_>) -> anyhow::Result<()> {
        let Some(count) = self.nearest else {
            let rows = self.by.scores(vectors, &self.vectors).into_iter();
            return rows.map(|similarities| Row { similarities }).try_for_each(|row| answers.write(&row));
        };
        // A text finds itself, most likely as the nearest.
        let nearest = self.by.nearest(vectors, &self.vectors, count + usize::from(self.are_own));
        for (place, nearest) in (first..).zip(nearest) {
            let others = nearest.into_iter().filter(|it| !(self.are_own && it.index == place)).take(count);
            let found = |it: embert::Nearest| {
                let text = self.texts.get(it.index).map(String::as_str).unwrap_or_default();
                Found { index: it.index, score: it.score, text }
            };
            answers.write(&Neighbours { nearest: others.map(found).collect() })?;
        }
        Ok(())
    }
}

impl Similarity {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { against, nearest, by, vectors, texts, job } = self;
        // Texts that are compared with each other are all there before the first of them is told of.
        let these = against.as_ref().map(|_| texts.single(&job)).transpose()?;
        let (file, from_file) = (against.as_deref().unwrap_or(&job.input), against.is_some() || texts.texts.is_empty());
        if against.is_some() && texts.texts.is_empty() && *file == *job.input && file == Path::new("-") {
            return Err(WrongUse("--against: standard input is --input already; a file is expected".into()).into());
        }
        job.check()?;
        let those: Vec<String> = if from_file {
            texts.open(file)?.map(only_text).collect::<anyhow::Result<_>>()?
        } else {
            texts.texts.clone()
        };
        let embedder = job.open(talk, |builder| vectors.configure(builder))?;
        let located = |error: embert::Error| located(error.into(), file, from_file.then_some(0));
        let those = Those {
            by: by.unwrap_or_else(|| embedder.similarity()),
            vectors: embedder.embed(&those).map_err(located)?,
            texts: those,
            nearest: nearest.map(|count| count as usize),
            are_own: against.is_none(),
        };
        let tell = |answers: &mut Answers<'_>| {
            let Some(these) = these else {
                let own = job.range(those.vectors.len());
                let parts = those.vectors.get(own.clone()).unwrap_or_default().chunks(TOGETHER);
                return own.step_by(TOGETHER).zip(parts).try_for_each(|(first, part)| those.tell(part, first, answers));
            };
            let mut waiting = Vec::new();
            job.each(talk, &embedder, these, |vector| {
                waiting.push(vector);
                if waiting.len() == TOGETHER {
                    those.tell(&waiting, 0, answers)?;
                    waiting.clear();
                }
                Ok(())
            })?;
            those.tell(&waiting, 0, answers)
        };
        match nearest {
            Some(_) => job.write::<Neighbours>(tell)?,
            None => job.write::<Row>(tell)?,
        }
        Ok(done(talk, embedder.cut()))
    }
}
