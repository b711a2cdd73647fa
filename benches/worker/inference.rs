//! Ids in, hidden states out.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, ensure};
use clap::Args;
use embert::{
    DeviceChoice,
    checkpoint::from_pretrained,
    core::{BertModel, Pass},
};
use embert_benches::batch;
use serde_json::{Value, json};

use crate::{Threads, gemm_peak::gemm_peak, protocol, works};

/// Answer with how long a model takes for a work.
#[derive(Debug, Args)]
pub(crate) struct Inference {
    /// A Hugging Face directory of BERT.
    #[arg(long)]
    model: PathBuf,
    /// f32, bf16 or int8.
    #[arg(long)]
    dtype: String,
    #[command(flatten)]
    threads: Threads,
}

impl Inference {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let before = protocol::memory_now();
        let model = open(&self.model, &self.dtype)?;
        protocol::serve("embert", &self.dtype, before, |work, output| match work {
            "gemm peak" => Ok(gemm_peak()),
            _ => forward(&model, work, output),
        })
    }
}

/// Opens the model, its weights as `dtype`.
fn open(dir: &Path, dtype: &str) -> anyhow::Result<BertModel> {
    ensure!(dtype == "f32", "no model is opened as {dtype}");
    let (model, _, _) = from_pretrained(dir, &DeviceChoice::Flex.open()?)?;
    Ok(model)
}

fn forward(model: &BertModel, work: &str, output: Option<&Path>) -> anyhow::Result<Value> {
    let lengths = works::batches(work).context("there is no such work")?.concat();
    let batch = batch(&lengths);
    let start = Instant::now();
    let hidden = model.forward(&batch, &mut Pass::inference())?.last_hidden_state.into_data();
    let ms = start.elapsed().as_secs_f64() * 1e3;
    if let Some(path) = output {
        protocol::write_hidden(path, hidden.as_slice()?)?;
    }
    Ok(json!({"ms": ms, "tokens": batch.tokens()}))
}
