//! `cargo xtask bench`: the Criterion benches, one file a question.

use clap::Args;

use crate::shell::{cargo, run};

/// Run the benches, or one of them.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// The question: data, inference, load or tokenizer.
    name: Option<String>,
    /// What Criterion is told, such as a filter.
    #[arg(last = true)]
    criterion: Vec<String>,
}

impl Bench {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut command = cargo(&["bench", "-p", "embert-benches"]);
        if let Some(name) = &self.name {
            command.args(["--bench", name]);
        }
        run(command.arg("--").args(&self.criterion))
    }
}
