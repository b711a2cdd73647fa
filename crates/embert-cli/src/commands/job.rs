//! What every command has in common that sends inputs through a model and says something of each.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use embert::{Builder, Error, Pipeline, RunOn, Schedule, Task, data};

use super::{Runner, Source, Talk, WrongUse, shard::Shard};
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
    /// The file to write, as Parquet where it is named .parquet; standard output by default.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The i-th of N equal parts of the input alone, into a file that is named by it: out-00003-of-00008.jsonl for
    /// --output out.jsonl --shard 3/8. After each other the parts are what would be written without.
    #[arg(long, value_name = "i/N", requires = "output")]
    shard: Option<Shard>,
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
    /// How answers are written, where a command knows better than the file's name.
    #[arg(skip)]
    pub(super) format: Option<Format>,
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

    /// How many stand before the first.
    pub(super) fn first(&self) -> usize {
        self.before.unwrap_or(0) as usize
    }

    /// All of them at once.
    pub(super) fn collect(self) -> anyhow::Result<Vec<I>> {
        self.inputs.collect()
    }

    /// The same, and all of them at once besides.
    pub(super) fn and_all(self) -> anyhow::Result<(Self, Vec<I>)>
    where
        I: Clone,
    {
        let all = self.inputs.collect::<anyhow::Result<Vec<I>>>()?;
        Ok((Self { inputs: Box::new(all.clone().into_iter().map(Ok)), before: self.before }, all))
    }
}

impl Job {
    /// Of the inputs that `open` reads from the file, those of the shard: the file is read twice then, once to count.
    pub(super) fn part<I: Send + 'static>(
        &self,
        open: impl Fn(&Path) -> anyhow::Result<Inputs<I>>,
    ) -> anyhow::Result<Part<I>> {
        let Some(shard) = self.shard else { return Ok(Part { inputs: open(&self.input)?, before: Some(0) }) };
        if self.input == Path::new("-") {
            let message = "--shard: standard input can be read but once; --input FILE is expected";
            return Err(WrongUse(message.into()).into());
        }
        let mut count = 0;
        for input in open(&self.input)? {
            count += 1;
            // A line that is no text is one all the same: the shard that has it tells of it.
            input.map(drop).or_else(|error| if error.is::<NotUtf8>() { Ok(()) } else { Err(error) })?;
        }
        let range = shard.of(count);
        let inputs = open(&self.input)?.skip(range.start as usize).take((range.end - range.start) as usize);
        Ok(Part { inputs: Box::new(inputs), before: Some(range.start) })
    }

    /// Whether the inputs are a part of the file's.
    pub(super) fn is_part(&self) -> bool {
        self.shard.is_some()
    }

    /// Opens the model, fetched where it has to be, and says what a person should know of it.
    pub(super) fn open<T: Task>(
        &self,
        talk: Talk,
        configure: impl FnOnce(Builder<T>) -> Builder<T>,
    ) -> anyhow::Result<Pipeline<T>> {
        // What costs little is tried before the model is fetched.
        let RunOn { device, compute } = self.runner.open()?;
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
        let bar = self.output.as_ref().map(|_| bar(talk, None, "{pos} inputs, {per_sec}"));
        let outcome = pipeline.each(part.inputs, |output| {
            if let Some(bar) = &bar {
                bar.inc(1);
            }
            sink(output)
        });
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        outcome.map_err(|error: anyhow::Error| self.located(error, part.before))
    }

    /// Lets `tell` write answers into the file, whole or not at all, or to standard output.
    pub(super) fn write<L: Told>(
        &self,
        tell: impl FnOnce(&mut Answers<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.write_plain(|out| {
            let format = self.format.unwrap_or_else(|| Format::of(self.output.as_deref()));
            let mut answers = match format {
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
        let output = self.output.as_deref().map(|path| self.shard.map_or(path.to_owned(), |shard| shard.name(path)));
        write_to(output.as_deref(), tell)
    }

    /// Says where an input stands.
    fn located(&self, error: anyhow::Error, before: Option<u64>) -> anyhow::Error {
        let unit = if data::Format::of(&self.input).is_some() { "record" } else { "line" };
        match (error.downcast::<Error>(), before) {
            (Ok(Error::OfText { number, source }), Some(before)) => {
                let number = before + number as u64;
                anyhow::anyhow!("{}, {unit} {number}: {source}", name_of(&self.input))
            }
            (Ok(error), _) => error.into(),
            (Err(error), _) => error,
        }
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

/// A text in one line, without what would move a terminal's cursor.
pub(super) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
