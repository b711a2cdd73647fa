//! Candle's BERT as a worker of `cargo xtask bench inference`. Its threads are those that `RAYON_NUM_THREADS` names.

#[path = "../../../worker/protocol.rs"]
mod protocol;
#[path = "../../../worker/works.rs"]
mod works;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use serde_json::json;

fn main() -> anyhow::Result<()> {
    let before = protocol::memory_now();
    let model = open(&PathBuf::from(std::env::args_os().nth(1).context("the model's directory is expected")?))?;
    protocol::serve("candle", "f32", before, |work, output| {
        let batches = works::batches(work).context("there is no such work")?;
        let batches: Vec<Padded> = batches.into_iter().map(Padded::new).collect::<anyhow::Result<_>>()?;
        let start = Instant::now();
        let hidden: Vec<Tensor> = batches
            .iter()
            .map(|batch| model.forward(&batch.ids, &batch.types, batch.mask.as_ref()))
            .collect::<candle_core::Result<_>>()?;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        if let Some(path) = output {
            let mut real = Vec::new();
            for (batch, hidden) in batches.iter().zip(&hidden) {
                for (row, &length) in batch.lengths.iter().enumerate() {
                    real.extend(hidden.i((row, ..length))?.flatten_all()?.to_vec1::<f32>()?);
                }
            }
            protocol::write_hidden(path, &real)?;
        }
        let tokens: usize = batches.iter().flat_map(|batch| &batch.lengths).sum();
        Ok(json!({"ms": ms, "tokens": tokens}))
    })
}

fn open(dir: &Path) -> anyhow::Result<BertModel> {
    let config: Config = serde_json::from_slice(&std::fs::read(dir.join("config.json"))?)?;
    let weights = std::fs::read(dir.join("model.safetensors"))?;
    let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
    Ok(BertModel::load(weights, &config)?)
}

/// A batch as long as its longest sequence.
struct Padded {
    lengths: Vec<usize>,
    ids: Tensor,
    types: Tensor,
    /// None where nothing is padded.
    mask: Option<Tensor>,
}

impl Padded {
    fn new(lengths: Vec<usize>) -> anyhow::Result<Self> {
        let longest = lengths.iter().copied().max().context("a batch without a sequence")?;
        let shape = (lengths.len(), longest);
        let mut ids = Vec::new();
        let mut mask = Vec::new();
        let mut token = 0;
        for &length in &lengths {
            ids.extend((token..token + length as u32).map(|token| 1000 + token * 7 % 20_000));
            ids.resize(ids.len() + longest - length, 0);
            mask.extend((0..longest).map(|place| u32::from(place < length)));
            token += length as u32;
        }
        let is_padded = mask.contains(&0);
        Ok(Self {
            lengths,
            ids: Tensor::from_vec(ids, shape, &Device::Cpu)?,
            types: Tensor::zeros(shape, DType::U32, &Device::Cpu)?,
            mask: is_padded.then(|| Tensor::from_vec(mask, shape, &Device::Cpu)).transpose()?,
        })
    }
}
