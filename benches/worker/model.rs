//! The models that every system opens.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use embert::{
    Backend,
    checkpoint::save_pretrained,
    core::{BertConfig, BertForMaskedLm, BertModel},
    distilbert::{DistilBertForMaskedLm, student_config},
};

/// Write a model with random weights, the same at every call, as a Hugging Face directory.
#[derive(Debug, Args)]
pub(crate) struct MakeModel {
    /// A BERT of a published size.
    #[arg(long)]
    preset: String,
    /// What is made of it.
    #[arg(long, value_enum)]
    kind: Kind,
    dir: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// It, without a head that was trained.
    Base,
    /// It, with the head that fills in masked words.
    MaskedLm,
    /// A DistilBERT of half its layers, with that head.
    Student,
}

impl MakeModel {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self { preset, kind, dir } = self;
        let device = Backend::Flex.open()?;
        let config = BertConfig::preset(&preset).with_context(|| format!("{preset}: no published size"))?;
        match kind {
            Kind::Base => save_pretrained(&BertModel::new(&config, &device, 0), &config, &dir)?,
            Kind::MaskedLm => save_pretrained(&BertForMaskedLm::new(&config, &device, 0), &config, &dir)?,
            Kind::Student => {
                let config = student_config(&config, config.num_hidden_layers / 2);
                save_pretrained(&DistilBertForMaskedLm::new(&config, &device, 0), &config, &dir)?;
            }
        }
        Ok(())
    }
}
