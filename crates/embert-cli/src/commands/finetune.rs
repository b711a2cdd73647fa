//! `embert finetune`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    Columns, TaskName, Wanted,
    finetune::{Event, Run, follow},
    run::{Said, epochs_of},
};

use super::{
    Source, Talk, check_apart,
    named::named,
    source::resolve,
    training::{RunFlags, at_least, path},
};

/// Train a model for a task, from examples of it.
///
/// The task is sequence-classification (text, pair; label), token-classification (tokens, tags), question-answering
/// (SQuAD), multiple-choice (SWAG) or embedding (anchor, positive; negative or score). Files are JSON lines or Parquet;
/// words with tags may be CoNLL, questions SQuAD's JSON, and all else CSV or TSV, whose columns may have GLUE's names.
/// All but Parquet may be compressed, as .gz or .zst. The model begins as the one that is given; what it lacks, the head,
/// is drawn. A run is one of `embert pretrain` in all else: its folder, --resume, Ctrl-C. `best` has the model of the best
/// figure on the held-out examples.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert finetune --task sequence-classification --model DIR --train train.csv --valid valid.csv --out runs/task\n",
    "  embert finetune --task question-answering --model DIR --train train.json --valid dev.json --epochs 2 --out runs/answers\n",
    "  embert finetune --resume --out runs/task",
))]
pub(crate) struct Finetune {
    /// What the model is to do.
    #[arg(long, value_parser = named(TaskName::ALL.map(|(_, name)| name), str::parse::<TaskName>))]
    task: Option<TaskName>,
    /// The model that it begins as: its directory, or its name on the Hugging Face hub.
    #[arg(long, value_name = "DIR")]
    model: Option<Source>,
    /// The examples that are trained on.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// The examples that are held out.
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// How often all examples are gone through [3].
    #[arg(long, value_parser = epochs, conflicts_with = "steps")]
    epochs: Option<String>,
    /// Examples of a step [32].
    #[arg(long, value_parser = at_least::<1>)]
    batch_size: Option<i64>,
    #[command(flatten)]
    columns: ColumnFlags,
    #[command(flatten)]
    run: RunFlags,
}

/// Where the values of an example stand.
#[derive(Clone, Debug, Args)]
pub(super) struct ColumnFlags {
    /// The column of the text, of another name than those that are known.
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// The column of the second text.
    #[arg(long, value_name = "NAME", requires = "text_column")]
    pair_column: Option<String>,
    /// The column of the label.
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
    /// The names of all columns, of a table without a header, as is GLUE's of CoLA: source,label,mark,sentence.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    header: Vec<String>,
}

impl ColumnFlags {
    pub(super) fn columns(self) -> Columns {
        let Self { text_column: text, pair_column: pair, label_column: label, header } = self;
        Columns { text, pair, label, header: (!header.is_empty()).then_some(header) }
    }
}

fn epochs(text: &str) -> Result<String, String> {
    epochs_of(text).map(|number| format!("{number} epochs"))
}

impl Finetune {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let mut said = self.said()?;
        let model = resolve(&mut said, "model", Wanted::Model, talk)?;
        check_apart(&self.run.out, model.as_slice())?;
        self.run.shared(|ranks| {
            let out = &self.run.out;
            let devices = self.run.devices(talk.of(&*ranks))?;
            if !ranks.is_first() {
                return self.run.follow(|stop| follow(out, &*ranks, &devices, stop));
            }
            let run = if self.run.resume { Run::resume(&said, out) } else { Run::begin(&said, out) }?;
            let (seed, count) = (run.settings().seed, ranks.count());
            self.run.watch(talk, seed, count, |on_event: &mut dyn FnMut(&Event), stop| {
                run.among(ranks).train(&devices, on_event, stop)
            })
        })
    }

    fn said(&self) -> anyhow::Result<Said> {
        let mut said = self.run.said()?;
        let model = self.model.as_ref().map(Source::said);
        if let Some(task) = self.task {
            said.say("task", task.name());
        }
        for (key, file) in
            [("model", model), ("data.train", self.train.as_deref()), ("data.valid", self.valid.as_deref())]
        {
            if let Some(file) = file {
                said.say(key, path(file)?);
            }
        }
        if let Some(epochs) = &self.epochs {
            said.unsay("schedule.steps");
            said.say("schedule.budget", epochs.clone());
        }
        if let Some(examples) = self.batch_size {
            said.say("batch.examples", examples);
        }
        let Columns { text, pair, label, header } = self.columns.clone().columns();
        for (key, column) in [("text", text), ("pair", pair), ("label", label)] {
            if let Some(column) = column {
                said.say(&format!("data.columns.{key}"), column);
            }
        }
        if let Some(header) = header {
            said.say("data.columns.header", header);
        }
        Ok(said)
    }
}
