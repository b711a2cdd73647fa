//! The model that every system opens.

use std::path::PathBuf;

use clap::Args;
use embert::{
    DeviceChoice,
    checkpoint::save_pretrained,
    core::{BertConfig, BertModel},
};

/// Write a bert-base with random weights, the same at every call, as a Hugging Face directory.
#[derive(Debug, Args)]
pub(crate) struct MakeModel {
    dir: PathBuf,
}

impl MakeModel {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let config = BertConfig::default();
        let model = BertModel::new(&config, &DeviceChoice::Flex.open()?, 0);
        Ok(save_pretrained(&model, &config, &self.dir)?)
    }
}
