//! A model that is opened to be run.

use std::path::Path;

use burn::tensor::Device;
use embert_checkpoint::{LoadReport, Pretrained, from_pretrained};
use embert_core::{ComputeType, FamilyConfig, ForInference, Inference};

use crate::{AutoConfig, error::Error};

/// Where a model runs, and what it computes with.
#[derive(Clone, Debug)]
pub struct RunOn {
    /// The device.
    pub device: Device,
    /// The numbers of its linear maps.
    pub compute: ComputeType,
}

impl From<Device> for RunOn {
    fn from(device: Device) -> Self {
        Self { device, compute: ComputeType::F32 }
    }
}

impl From<&Device> for RunOn {
    fn from(device: &Device) -> Self {
        device.clone().into()
    }
}

/// Opens a model whose answers are asked for, with what a person should know of.
///
/// # Errors
/// As [`open`], and where the model has no such head: of one that is freshly drawn the answers would be chance.
pub(crate) fn open_with_head<M: Pretrained<Config = AutoConfig> + ForInference>(
    dir: &Path,
    on: &RunOn,
) -> Result<(Inference<M>, AutoConfig, Vec<String>), Error> {
    let (model, config, report) = open::<M>(dir, on)?;
    check_head::<M>(&config, &report)?;
    let warnings = report.but_for_heads(config.family().layout).warnings();
    Ok((model, config, warnings))
}

/// Heads whose tensors have one name in some family, and do not do the same.
const NAMESAKES: [&str; 3] = ["ForSequenceClassification", "ForTokenClassification", "ForMultipleChoice"];

/// Whether a model that was read has the head that was asked for.
///
/// # Errors
/// Where its file has not, or `architectures` says that what is called so is another.
pub(crate) fn check_head<M: Pretrained<Config = AutoConfig>>(
    config: &AutoConfig,
    report: &LoadReport,
) -> Result<(), Error> {
    let class = M::architecture(config);
    let wrong = |message| Err(Error::File { file: report.file.clone(), message });
    if !report.missing.is_empty() {
        let missing = report.missing.join(", ");
        return wrong(format!("the model has no head for that: a {class} has {missing}, which it has not"));
    }
    let is_namesake = |class: &str| NAMESAKES.iter().any(|namesake| class.ends_with(namesake));
    match config.architectures().first() {
        Some(found) if *found != class && is_namesake(found) && is_namesake(&class) => {
            wrong(format!("the model has no head for that: it is a {found}; a {class} is expected"))
        }
        _ => Ok(()),
    }
}

/// Opens the model in `dir` to be run and nothing else: its layers are packed for the processor.
///
/// # Errors
/// Where the model cannot be read, or cannot be computed so on the device.
pub fn open<M: Pretrained + ForInference>(
    dir: &Path,
    on: &RunOn,
) -> Result<(Inference<M>, M::Config, LoadReport), Error> {
    let (model, config, report) = from_pretrained::<M>(dir, &on.device)?;
    let model = model.for_inference(on.compute)?;
    Ok((model, config, report))
}
