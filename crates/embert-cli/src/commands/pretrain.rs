//! `embert pretrain`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    AutoConfig, Wanted,
    pretrain::{Draft, Recipe},
};

use super::{
    Source, Talk,
    named::named,
    source::resolve,
    text::TextFlags,
    training::{at_least, path},
};

/// Train a model on text, by the recipe of its paper.
///
/// A run that is stopped, by Ctrl-C or by a crash, goes on with --resume from its last checkpoint, to the bit as if it
/// had never stopped. Its folder gets `model` (the last checkpoint, a Hugging Face directory), `best` (that of the
/// lowest held-out loss), `checkpoints`, `config.toml` (every number of the run), `metrics.jsonl`, `report.html` and a
/// file for TensorBoard.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert pretrain --corpus TEXT --out runs/mine\n",
    "  embert pretrain --recipe roberta --preset bert-mini --corpus TEXT --budget 2h --out runs/roberta\n",
    "  embert pretrain --resume --out runs/mine",
))]
pub(crate) struct Pretrain {
    /// Whose recipe: bert (masked words, next sentence), roberta (masked words), albert (masked n-grams, sentence order) or
    /// distilbert (masked words; `embert distill` has the teacher).
    #[arg(long, value_parser = named(Recipe::NAMES.map(|(name, _)| name), str::parse::<Recipe>))]
    recipe: Option<Recipe>,
    /// What is not said is as large as in the paper, not what a small machine can do.
    #[arg(long)]
    paper_scale: bool,
    /// The directory of a tokenizer or model, or its name on the Hugging Face hub; without it one is trained on the
    /// corpus.
    #[arg(long, value_name = "DIR", conflicts_with = "vocab_size")]
    tokenizer: Option<Source>,
    /// Pieces of the vocabulary that is trained [8000].
    #[arg(long, value_parser = at_least::<1>)]
    vocab_size: Option<i64>,
    /// A published size, such as bert-mini or roberta-base, of the recipe's family whoever published it [bert-mini].
    #[arg(long, conflicts_with = "model_config",
          value_parser = named(AutoConfig::presets(), |name| Ok(name.to_owned())))]
    preset: Option<String>,
    /// A config.json; its vocabulary becomes the tokenizer's.
    #[arg(long, value_name = "FILE")]
    model_config: Option<PathBuf>,
    #[command(flatten)]
    text: TextFlags,
}

impl Pretrain {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let mut draft = self.draft()?;
        resolve(&mut draft.said, "tokenizer.path", Wanted::Tokenizer, talk)?;
        self.text.train(&draft, talk, |_| Ok(()))
    }

    fn draft(&self) -> anyhow::Result<Draft> {
        let mut said = self.text.said()?;
        if let Some(recipe) = self.recipe {
            said.say("recipe", recipe.name());
        }
        if let Some(dir) = &self.tokenizer {
            said.unsay("tokenizer");
            said.say("tokenizer.path", path(dir.said())?);
        }
        if let Some(preset) = &self.preset {
            said.unsay("model.config");
            said.say("model.preset", preset.clone());
        }
        if let Some(file) = &self.model_config {
            said.unsay("model.preset");
            said.say("model.config", path(file)?);
        }
        if let Some(size) = self.vocab_size {
            said.unsay("tokenizer.path");
            said.say("tokenizer.vocab_size", size);
        }
        Ok(Draft { said, paper_scale: self.paper_scale })
    }
}
