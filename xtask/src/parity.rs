//! `cargo xtask parity`: each recipe trained by embert and by Hugging Face's models, from the same weights on the same
//! batches.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    python::python,
    shell::{embert, root, run, rust_docs},
};

/// Train each recipe with embert and with Python's transformers, and compare the losses of every step.
#[derive(Debug, Args)]
pub(crate) struct Parity {
    /// bert, roberta, albert or distilbert; all four by default.
    #[arg(long = "recipe", value_name = "RECIPE", value_parser = RECIPES)]
    recipes: Vec<String>,
    /// Text; by default the toolchain's own book.
    #[arg(long)]
    corpus: Option<PathBuf>,
    /// Steps of each training.
    #[arg(long, default_value_t = 200)]
    steps: usize,
    /// The program; without it, the workspace's own is built.
    #[arg(long)]
    embert: Option<PathBuf>,
}

const RECIPES: [&str; 4] = ["bert", "roberta", "albert", "distilbert"];

impl Parity {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let embert = embert(self.embert.as_deref())?;
        let python = python()?;
        let corpus = match self.corpus {
            Some(path) => path.canonicalize().with_context(|| path.display().to_string())?,
            None => rust_docs("book").context("without --corpus")?,
        };
        let script = |name: &str| {
            let mut command = Command::new(&python);
            command.arg(name).env("HF_HUB_OFFLINE", "1");
            command
        };
        let folder = root().join("target/parity");
        let all = RECIPES.map(String::from);
        let mut wrong = Vec::new();
        for recipe in if self.recipes.is_empty() { all.as_slice() } else { &self.recipes } {
            let out = folder.join(recipe);
            if out.exists() {
                std::fs::remove_dir_all(&out).with_context(|| out.display().to_string())?;
            }
            std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            let config = folder.join(format!("{recipe}.json"));
            std::fs::write(&config, mini(recipe).to_string()).with_context(|| config.display().to_string())?;
            run(&mut training(&embert, recipe, &corpus, self.steps, &config, &out))?;
            let trained = run(script("xtask/interop/training.py").arg("--run").arg(&out));
            let opened = run(script("xtask/interop/opens.py").arg("--model").arg(out.join("model")));
            wrong.extend(trained.err().into_iter().chain(opened.err()));
        }
        let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    }
}

fn training(embert: &Path, recipe: &str, corpus: &Path, steps: usize, config: &Path, out: &Path) -> Command {
    let steps = steps.to_string();
    let mut command = Command::new(embert);
    command
        .args(["pretrain", "--quiet", "--recipe", recipe, "--vocab-size", "4000", "--max-length", "128"])
        .args(["--steps", &steps, "--record-batches", &steps, "--batch-tokens", "2048", "--log-every", "1"])
        .args(["--validate-every", "1000", "--save-every", "1000"])
        .args(["--corpus".as_ref(), corpus.as_os_str(), "--model-config".as_ref(), config.as_os_str()])
        .args(["--out".as_ref(), out.as_os_str()]);
    command
}

/// A config.json of bert-mini's sizes, without dropout, whose masks no two libraries draw alike. The vocabulary and
/// the positions are those of the run.
fn mini(recipe: &str) -> Value {
    if recipe == "distilbert" {
        return json!({
            "model_type": recipe, "dim": 256, "n_layers": 4, "n_heads": 4, "hidden_dim": 1024,
            "dropout": 0.0, "attention_dropout": 0.0, "qa_dropout": 0.0, "seq_classif_dropout": 0.0,
        });
    }
    let mut config = json!({
        "model_type": recipe, "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4,
        "intermediate_size": 1024, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    });
    let own = match recipe {
        "roberta" => json!({"type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}),
        "albert" => json!({"embedding_size": 128, "classifier_dropout_prob": 0.0}),
        _ => json!({}),
    };
    if let (Value::Object(config), Value::Object(own)) = (&mut config, own) {
        config.extend(own);
    }
    config
}
