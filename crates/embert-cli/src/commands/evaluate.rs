//! `embert evaluate`.

use std::{io::Write, path::PathBuf};

use anyhow::Context;
use clap::Args;
use embert::{
    Columns, Evaluated, Judged,
    data::{Corpus, CorpusOptions},
    evaluate, evaluate_masked_lm,
};
use serde_json::{Map, Value, json};

use super::{Machines, Source, Talk, WrongUse, finetune::ColumnFlags, named::named, training::length};

/// Say how good a model is: the figures of its task, on examples.
///
/// Prints one JSON object: {"examples": N, "metrics": {…}}. Of a model that fills in masked words the data is text, and
/// the figures are those of 15 % of its words.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert evaluate --model runs/task/best --data test.csv\n",
    "  embert evaluate --model runs/mine/model --data held-out.txt",
))]
pub(crate) struct Evaluate {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long, value_name = "DIR")]
    model: Source,
    /// The examples: a file as `embert finetune` reads it; for masked words text, files or folders of it.
    #[arg(long, num_args = 1.., required = true, value_name = "PATH")]
    data: Vec<PathBuf>,
    /// What the model is judged by: masked words, or a task of `embert finetune`; by default what its config says.
    #[arg(long, value_parser = named(Judged::names(), str::parse::<Judged>))]
    task: Option<Judged>,
    /// The longest row, in tokens; by default, and at most, as long as the model reads.
    #[arg(long, value_parser = length)]
    max_length: Option<i64>,
    /// Which words are masked follows from it.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    columns: ColumnFlags,
    #[command(flatten)]
    machines: Machines,
}

impl Evaluate {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<()> {
        let devices = self.machines.open(talk)?;
        // What costs little is tried before the model is fetched.
        for file in &self.data {
            std::fs::metadata(file).with_context(|| file.display().to_string())?;
        }
        let model = self.model.model(talk)?;
        let max_length = self.max_length.map(|length| length as usize);
        let judged = match self.task {
            Some(judged) => judged,
            None => Judged::of(&model)?,
        };
        let columns = self.columns.columns();
        let Evaluated { examples, passed_over, metrics } = match (judged, &self.data[..]) {
            (Judged::MaskedLm, paths) => {
                let corpus = Corpus::open_with(paths, of_text(columns)?)?;
                evaluate_masked_lm(&model, &corpus, self.seed, max_length, &devices)?
            }
            (Judged::By(task), [file]) => evaluate(&model, task, file, &columns, max_length, &devices)?,
            (Judged::By(_), _) => return Err(WrongUse("--data: one file of examples is expected".into()).into()),
        };
        let metrics: Map<String, Value> =
            metrics.into_iter().map(|(name, figure)| (name.into(), json!(figure))).collect();
        let mut line = json!({ "examples": examples, "metrics": metrics });
        if passed_over > 0 {
            line["passed_over"] = json!(passed_over);
        }
        writeln!(std::io::stdout(), "{line}")?;
        Ok(())
    }
}

/// Text has one column at most.
fn of_text(columns: Columns) -> Result<CorpusOptions, WrongUse> {
    let Columns { text, pair, label, header } = columns;
    if pair.is_some() || label.is_some() || header.is_some() {
        let message = "--pair-column, --label-column, --header: text has none; --text-column alone is expected";
        return Err(WrongUse(message.into()));
    }
    let all = CorpusOptions::default();
    Ok(match text {
        Some(text_column) => CorpusOptions { text_column, ..all },
        None => all,
    })
}
