//! What every command has in common that sends inputs through a model and says something of each.

use std::{
    io::{IsTerminal, Write, stdout},
    ops::Range,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use embert::{Builder, Error, Pipeline, RunOn, Schedule, Task, data};

use super::{Runner, Source, Talk, WrongUse, check_folder, named::named, shard::Shard};
use crate::{
    output::{Answers, Format, NotUtf8, Told, name_of, write_to},
    progress::bar,
};

/// By which model, from where, and where to.
#[derive(Debug, Args)]
pub(super) struct Job {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long)]
    model: Source,
    /// A file with an input a line; one named .csv, .tsv, .jsonl or .parquet is a table; - is standard input.
    #[arg(long, default_value = "-", value_name = "FILE")]
    pub(super) input: PathBuf,
    /// The file to write, as Parquet where it is named .parquet; - is standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The i-th of N equal parts of the input alone, into a file that is named by it: out-00003-of-00008.jsonl for
    /// --output out.jsonl --shard 3/8. JSON lines of the parts after each other are what would be written without.
    #[arg(long, value_name = "i/N", requires = "output")]
    shard: Option<Shard>,
    /// jsonl or parquet, and of vectors npy or safetensors; what the file's name ends with by default, else jsonl.
    #[arg(long, value_parser = named(Format::NAMES.map(|(name, _)| name), str::parse::<Format>))]
    format: Option<Format>,
    /// For people to read, and not for machines.
    #[arg(long)]
    pretty: bool,
    /// An input that is longer than the model reads is an error; else it is cut, or read in windows where the command can.
    #[arg(long)]
    no_truncate: bool,
    /// Tokens that are computed at a time, up to 1000000; a longer input is computed by itself.
    #[arg(long, default_value_t = Schedule::default().batch_tokens as u32,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    batch_tokens: u32,
    #[command(flatten)]
    runner: Runner,
    /// Whether answers can be written as one block of numbers.
    #[arg(skip)]
    pub(super) is_of_vectors: bool,
}

/// What goes through a model, in order.
pub(super) type Inputs<I> = Box<dyn Iterator<Item = anyhow::Result<I>> + Send>;

/// The inputs of a shard, or all.
pub(super) struct Part<I> {
    inputs: Inputs<I>,
    /// How many stand before them in the file that they are of; nothing where they are arguments.
    before: Option<u64>,
}

impl<I: Send + 'static> Part<I> {
    /// Inputs that stand in no file.
    pub(super) fn of_arguments(inputs: impl IntoIterator<Item = I, IntoIter: Send + 'static>) -> Self {
        Self { inputs: Box::new(inputs.into_iter().map(Ok)), before: None }
    }

    /// The same inputs, as something else.
    pub(super) fn map<J>(self, to: impl FnMut(anyhow::Result<I>) -> anyhow::Result<J> + Send + 'static) -> Part<J> {
        Part { inputs: Box::new(self.inputs.map(to)), before: self.before }
    }

    /// All of them at once.
    pub(super) fn collect(self) -> anyhow::Result<Vec<I>> {
        self.inputs.collect()
    }
}

impl Job {
    /// Of the inputs that `open` reads from the file, those of the shard: the file is read twice then, once to count.
    pub(super) fn part<I: Send + 'static>(
        &self,
        open: impl Fn(&Path) -> anyhow::Result<Inputs<I>>,
    ) -> anyhow::Result<Part<I>> {
        self.check()?;
        if self.shard.is_none() {
            return Ok(Part { inputs: open(&self.input)?, before: Some(0) });
        }
        let mut count = 0;
        for input in open(&self.input)? {
            count += 1;
            // A line that is no text is one all the same: the shard that has it tells of it.
            input.map(drop).or_else(|error| if error.is::<NotUtf8>() { Ok(()) } else { Err(error) })?;
        }
        let range = self.range(count);
        let inputs = open(&self.input)?.skip(range.start).take(range.len());
        Ok(Part { inputs: Box::new(inputs), before: Some(range.start as u64) })
    }

    /// The shard's part of so many inputs, or all.
    pub(super) fn range(&self, count: usize) -> Range<usize> {
        let range = self.shard.map_or(0..count as u64, |shard| shard.of(count as u64));
        range.start as usize..range.end as usize
    }

    /// What is wrong with the flags, whatever the model is; what costs little is tried before it is fetched.
    ///
    /// # Errors
    /// Says which flag.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let wrong = |message: &str| Err(WrongUse(message.into()).into());
        // What is not there is told of when it is opened.
        let is_stream = self.input == Path::new("-") || self.input.metadata().is_ok_and(|input| !input.is_file());
        if self.shard.is_some() && is_stream {
            return wrong("--shard: the input is read twice, once to count; --input FILE is expected");
        }
        match self.format() {
            Format::JsonLines => {}
            _ if self.pretty => {
                return wrong("--pretty: is for people, and the output for machines; one of both is expected");
            }
            Format::Npy | Format::Safetensors if !self.is_of_vectors => {
                return wrong("--format: npy and safetensors are of vectors alone; jsonl or parquet is expected");
            }
            _ if self.output().is_none() && stdout().is_terminal() => {
                return wrong("--format: only jsonl is for a terminal; --output FILE is expected");
            }
            _ => {}
        }
        let Some(output) = self.output() else { return Ok(()) };
        if self.shard.is_some() && output.exists() && !output.is_file() {
            return wrong("--shard: a file to be named by it is expected as --output");
        }
        check_folder("--output", output)?;
        let extension = output.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if ["gz", "zst"].contains(&&*extension) {
            return wrong("--output: what is written is not compressed; a name without .gz or .zst is expected");
        }
        Ok(())
    }

    /// Where answers go, but for their shard; nothing is standard output.
    fn output(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// How answers are written.
    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or_else(|| Format::of(self.output()))
    }

    /// Opens the model, fetched where it has to be, and says what a person should know of it.
    pub(super) fn open<T: Task>(
        &self,
        talk: Talk,
        configure: impl FnOnce(Builder<T>) -> Builder<T>,
    ) -> anyhow::Result<Pipeline<T>> {
        let RunOn { device, compute } = self.runner.open(talk)?;
        let schedule = Schedule { batch_tokens: self.batch_tokens as usize, ..Schedule::default() };
        let builder = Pipeline::builder(self.model.model(talk)?).device(device).compute(compute);
        let pipeline = configure(builder.schedule(schedule).no_truncate(self.no_truncate)).open()?;
        talk.warn(pipeline.warnings());
        Ok(pipeline)
    }

    /// Sends inputs through a pipeline, and lets `tell` write what is said of each.
    pub(super) fn answer<L: Told, T: Task, I: Into<T::Input>>(
        &self,
        talk: Talk,
        pipeline: &Pipeline<T>,
        part: Part<I>,
        mut tell: impl FnMut(&mut Answers<'_>, T::Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<ExitCode> {
        self.write::<L>(|answers| self.each(talk, pipeline, part, |output| tell(answers, output)))?;
        Ok(done(talk, pipeline.cut()))
    }

    /// Gives `sink` what is said of each input, while a person sees how many there were.
    pub(super) fn each<T: Task, I: Into<T::Input>>(
        &self,
        talk: Talk,
        pipeline: &Pipeline<T>,
        part: Part<I>,
        mut sink: impl FnMut(T::Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let bar = self.output().map(|_| bar(talk, None, "{pos} inputs, {per_sec}"));
        let outcome = pipeline.each(part.inputs, |output| {
            if let Some(bar) = &bar {
                bar.inc(1);
            }
            sink(output)
        });
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        outcome.map_err(|error: anyhow::Error| located(error, &self.input, part.before))
    }

    /// Lets `tell` write answers into the file, whole or not at all, or to standard output.
    pub(super) fn write<L: Told>(
        &self,
        tell: impl FnOnce(&mut Answers<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.write_plain(|out| {
            let mut answers = match self.format() {
                _ if self.pretty => Answers::Pretty(out),
                Format::Parquet => Answers::parquet::<L>(out)?,
                _ => Answers::JsonLines(out),
            };
            tell(&mut answers)?;
            answers.finish()
        })
    }

    /// The same, where the bytes are not those of answers.
    pub(super) fn write_plain(
        &self,
        tell: impl FnOnce(&mut (dyn Write + Send)) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let output = self.output().map(|path| self.shard.map_or(path.to_owned(), |shard| shard.name(path)));
        write_to(output.as_deref(), tell)
    }
}

/// Says where an input of `file` stands, of which so many are `before` the first; nothing where it is of no file.
pub(super) fn located(error: anyhow::Error, file: &Path, before: Option<u64>) -> anyhow::Error {
    let unit = if data::Format::of(file).is_some() { "record" } else { "line" };
    match (error.downcast::<Error>(), before) {
        (Ok(Error::OfText { number, source }), Some(before)) => {
            let number = before + number as u64;
            anyhow::anyhow!("{}, {unit} {number}: {source}", name_of(file))
        }
        (Ok(error), _) => error.into(),
        (Err(error), _) => error,
    }
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

/// Numbers in one line.
pub(super) fn numbers(values: &[f32]) -> String {
    values.iter().map(|value| format!("{value:7.4}")).collect::<Vec<_>>().join(" ")
}

/// A text in one line, without what would move a terminal's cursor.
pub(super) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
