//! Ids in, hidden states out.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use embert::{
    DeviceChoice, RunOn,
    core::{BertModel, ComputeType, Inference as Packed, Pass},
    kernels::read_floats,
    open,
};
use embert_benches::batch;
use serde_json::{Value, json};

use crate::{Threads, device_peak::device_peak, gemm_peak::gemm_peak, protocol, works};

/// Answer with how long a model takes for a work.
#[derive(Debug, Args)]
pub(crate) struct Inference {
    /// A Hugging Face directory of BERT.
    #[arg(long)]
    model: PathBuf,
    /// f32, f16, bf16 or int8.
    #[arg(long)]
    dtype: ComputeType,
    /// As `embert --device` has it.
    #[arg(long, default_value = "flex")]
    device: DeviceChoice,
    #[command(flatten)]
    threads: Threads,
}

impl Inference {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let before = protocol::memory_now();
        let device = self.device.open()?;
        let on = RunOn { device: device.clone(), compute: self.dtype };
        let (model, ..) = open::<BertModel>(&self.model, &on)?;
        let memory = || protocol::Memory::of(before, device.memory_pool_usage().map(|usage| usage.bytes_reserved));
        protocol::serve("embert", &self.dtype.to_string(), memory, |work, output| match work {
            "gemm peak" => gemm_peak(),
            "device peak" => device_peak(&device, self.dtype),
            _ => forward(&model, work, output),
        })
    }
}

fn forward(model: &Packed<BertModel>, work: &str, output: Option<&Path>) -> anyhow::Result<Value> {
    let lengths = works::batches(work).context("there is no such work")?.concat();
    let batch = batch(&lengths);
    let start = Instant::now();
    let hidden = model.forward(&batch, &mut Pass::inference())?.last_hidden_state;
    let hidden = read_floats(hidden)?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    if let Some(path) = output {
        protocol::write_hidden(path, &hidden)?;
    }
    Ok(json!({"ms": ms, "tokens": batch.tokens()}))
}
