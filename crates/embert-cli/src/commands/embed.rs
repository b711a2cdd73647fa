//! `embert embed`.

use std::{io::Write, process::ExitCode};

use arrow_schema::Field;
use clap::Args;
use embert::{Builder, Embedding, Pooling};
use serde::Serialize;

use super::{
    Talk,
    job::{Job, done, numbers},
    named::named,
    texts::Texts,
};
use crate::output::{Format, Told, VectorWriter, floats};

/// Give a vector for each text, as sentence-transformers does with the same directory.
///
/// A line is {"embedding": [...]}.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert embed --model sentence-transformers/all-MiniLM-L6-v2 \"a cat\" \"a dog\"\n",
    "  embert embed --model DIR --input texts.txt --output vectors.npy",
))]
pub(crate) struct Embed {
    #[command(flatten)]
    vectors: Vectors,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

/// How vectors are made.
#[derive(Debug, Args)]
pub(super) struct Vectors {
    /// How the vectors of a text's tokens become one; the model's own way by default.
    #[arg(long, value_parser = named(Pooling::NAMES.map(|(name, _)| name), str::parse::<Pooling>))]
    pooling: Option<Pooling>,
    /// Give the vectors length 1, whatever the model's directory says.
    #[arg(long, conflicts_with = "no_normalize")]
    normalize: bool,
    /// Leave the vectors at the length that they have, whatever it says.
    #[arg(long)]
    no_normalize: bool,
    /// What goes before each text, such as "query: ".
    #[arg(long, value_name = "TEXT", conflicts_with = "prompt_name")]
    prompt: Option<String>,
    /// The same, by the name that the model's directory has for it; its default prompt by default.
    #[arg(long, value_name = "NAME")]
    prompt_name: Option<String>,
}

impl Vectors {
    pub(super) fn configure(self, builder: Builder<Embedding>) -> Builder<Embedding> {
        let builder = match (self.normalize, self.no_normalize) {
            (false, false) => builder,
            (normalize, _) => builder.normalize(normalize),
        };
        let builder = match self.pooling {
            Some(pooling) => builder.pooling(pooling),
            None => builder,
        };
        match (self.prompt, self.prompt_name) {
            (Some(prompt), _) => builder.prompt(prompt),
            (None, Some(name)) => builder.prompt_name(name),
            (None, None) => builder,
        }
    }
}

/// A vector's own numbers: no digit more than an f32 needs.
#[derive(Serialize)]
struct Vector {
    embedding: Vec<f32>,
}

impl Told for Vector {
    fn columns() -> Vec<Field> {
        vec![floats("embedding")]
    }

    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        writeln!(out, "{}", numbers(&self.embedding))
    }
}

impl Embed {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { vectors, texts, mut job } = self;
        job.is_of_vectors = true;
        let format = job.format();
        let texts = texts.single(&job)?;
        let embedder = job.open(talk, |builder| vectors.configure(builder))?;
        if let Format::JsonLines | Format::Parquet = format {
            return job.answer::<Vector, _, _>(talk, &embedder, texts, |answers, embedding| {
                answers.write(&Vector { embedding })
            });
        }
        let mut block = VectorWriter::new(format, embedder.dimension())?;
        job.each(talk, &embedder, texts, |vector| block.write(&vector))?;
        job.write_plain(|out| block.finish(out))?;
        Ok(done(talk, embedder.cut()))
    }
}
