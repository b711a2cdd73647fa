//! `embert inspect`.

use std::process::ExitCode;

use clap::Args;
use embert::{Inspection, forward::Task, inspect};

use super::{Source, Talk, forward::task_by_name};
use crate::progress::grouped;

/// Say what is in a model directory: architecture, sizes, parameters by part, tokenizer, what is missing.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert inspect DIR\n",
    "  embert inspect organisation/name --json",
))]
pub(crate) struct Inspect {
    /// The model's directory, or its name on the Hugging Face hub.
    model: Source,
    /// As what the model is looked at; what it was saved for by default.
    #[arg(long, value_parser = task_by_name())]
    task: Option<Task>,
}

impl Inspect {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let found = inspect(&self.model.model(talk)?, self.task)?;
        if talk.json {
            println!("{}", serde_json::to_string(&found)?);
        } else {
            print!("{}", page(&found));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn page(found: &Inspection) -> String {
    let Inspection { model_type, architecture, task, parameters, .. } = found;
    let sizes: Vec<String> = found.sizes.iter().map(|(key, value)| format!("{key} {value}")).collect();
    let parts: Vec<String> =
        found.parts.iter().map(|part| format!("{} {}", part.name, grouped(part.parameters))).collect();
    let dtypes: Vec<&str> = found.dtypes.keys().map(String::as_str).collect();
    let list = |names: &[String]| if names.is_empty() { "nothing".into() } else { names.join(", ") };
    let tokenizer = found.tokenizer.clone().unwrap_or_else(|error| format!("none: {error}"));
    [
        ("model", format!("{model_type}, {architecture} ({task})")),
        ("sizes", sizes.join(", ")),
        ("parameters", format!("{}: {}", grouped(*parameters), parts.join(", "))),
        ("weights", format!("{}, {}", found.weights.display(), dtypes.join(", "))),
        ("tokenizer", tokenizer),
        ("missing", list(&found.missing)),
        ("unexpected", list(&found.unexpected)),
        ("untied", list(&found.untied)),
    ]
    .into_iter()
    .map(|(name, value)| format!("{name:<12}{value}\n"))
    .collect()
}
