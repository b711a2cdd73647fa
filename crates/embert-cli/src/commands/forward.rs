//! `embert forward`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    checkpoint::{NamedTensor, TensorFile, write_tensors},
    forward::{Extras, INPUTS, Task, forward},
};

use super::{Runner, Source, Talk};

/// Run a model once over Hugging Face's padded tensors, safetensors in and out.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert forward --model DIR --inputs inputs.safetensors --outputs outputs.safetensors --attentions",
))]
pub(crate) struct Forward {
    /// The directory of a model.
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
    /// base, masked-lm, next-sentence, pretraining, sequence-classification, token-classification,
    /// question-answering or multiple-choice; the model's own by default.
    #[arg(long)]
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
