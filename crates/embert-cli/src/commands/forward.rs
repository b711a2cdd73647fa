//! `embert forward`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    checkpoint::{NamedTensor, TensorFile, write_tensors},
    forward::{Extras, INPUTS, Task, forward},
};

use super::{
    Runner, Source, Talk,
    named::{Named, named},
};

/// Run a model once over Hugging Face's padded tensors, safetensors in and out.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert forward --model DIR --inputs inputs.safetensors --outputs outputs.safetensors --attentions",
))]
pub(crate) struct Forward {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long)]
    model: Source,
    /// A safetensors file with input_ids, [batch, seq] (multiple choice: [batch, choices, seq]), and where given
    /// attention_mask, token_type_ids, position_ids, labels, next_sentence_label, sentence_order_label,
    /// start_positions and end_positions.
    #[arg(long)]
    inputs: PathBuf,
    /// The safetensors file to write.
    #[arg(long)]
    outputs: PathBuf,
    /// As what the model is run; what it was saved for by default.
    #[arg(long, value_parser = task_by_name())]
    task: Option<Task>,
    /// Write hidden_states.0 (the input of the first layer), hidden_states.1, ...
    #[arg(long)]
    hidden_states: bool,
    /// Write attentions.0, ...
    #[arg(long)]
    attentions: bool,
    #[command(flatten)]
    runner: Runner,
}

/// What reads a flag that says as what a model is opened.
pub(super) fn task_by_name() -> Named<Task> {
    named(Task::ALL.map(|(_, name, _)| name), str::parse::<Task>)
}

impl Forward {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let on = self.runner.open(talk)?;
        let file = TensorFile::open(&self.inputs)?;
        let mut inputs = Vec::new();
        for name in INPUTS {
            let shape = file.shape(name).unwrap_or_default().to_vec();
            if let Some(values) = file.read(name)? {
                inputs.push(NamedTensor { name: name.into(), shape, values });
            }
        }
        let extras = Extras { hidden_states: self.hidden_states, attentions: self.attentions };
        let outputs = forward(&self.model.model(talk)?, self.task, &inputs, extras, &on)?;
        talk.warn(&outputs.warnings);
        write_tensors(&self.outputs, &outputs.tensors)?;
        Ok(ExitCode::SUCCESS)
    }
}
