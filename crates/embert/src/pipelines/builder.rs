//! How a pipeline is opened.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert_checkpoint::Pretrained;
use embert_core::{ComputeType, ForInference, Inference};

use super::{
    pipeline::{Opened, Pipeline, Task},
    reader::{ReadSettings, Reader},
};
use crate::{
    auto::AutoConfig,
    device::DeviceChoice,
    error::Error,
    open::{RunOn, open_with_head},
    pretrained::{Wanted, find_pretrained},
    schedule::Schedule,
};

/// A pipeline that is to be opened, with what was said of how; what nobody says is as in Python's libraries.
///
/// ```no_run
/// use embert::{Tagger, core::ComputeType};
///
/// let tagger = Tagger::builder("dslim/bert-base-NER").compute(ComputeType::Bf16).no_truncate(true).open()?;
/// # Ok::<(), embert::Error>(())
/// ```
#[derive(Debug)]
pub struct Builder<T: Task> {
    model: PathBuf,
    device: Option<Device>,
    compute: ComputeType,
    read: ReadSettings,
    pub(super) options: T::Options,
}

impl<T: Task> Builder<T> {
    pub(super) fn new(model: &Path) -> Self {
        Self {
            model: model.to_owned(),
            device: None,
            compute: ComputeType::F32,
            read: ReadSettings::default(),
            options: T::Options::default(),
        }
    }

    /// Where it runs; on the best device that is there, unless it is said.
    pub fn device(mut self, device: Device) -> Self {
        self.device = Some(device);
        self
    }

    /// What its linear maps are computed with: f32, unless it is said.
    pub fn compute(mut self, compute: ComputeType) -> Self {
        self.compute = compute;
        self
    }

    /// How much of a long input is in memory, and how much is computed, at a time.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.read.schedule = schedule;
        self
    }

    /// Whether an input that is longer than the model reads is an error; else it is cut, or goes through it in windows
    /// where the task has them.
    pub fn no_truncate(mut self, no_truncate: bool) -> Self {
        self.read.no_truncate = no_truncate;
        self
    }

    /// Opens it; a model that is no directory comes from the hub, where the feature `hub` is on and its cache does not
    /// have it.
    ///
    /// # Errors
    /// Where there is no such model, a file of it cannot be read, or it has no head for the task.
    pub fn open(self) -> Result<Pipeline<T>, Error> {
        let (dir, of_the_hub) = find_pretrained(&self.model, Wanted::Model, &mut |_, _, _| ())?;
        let device = self.device.map_or_else(|| DeviceChoice::Auto.open(), Ok)?;
        let on = RunOn { device, compute: self.compute };
        let opening = Opening { dir: &dir, on, read: self.read };
        let Opened { task, reader, warnings } = T::open(&opening, self.options)?;
        Ok(Pipeline::new(Opened { task, reader, warnings: of_the_hub.into_iter().chain(warnings).collect() }))
    }
}

/// What a task is opened from.
#[doc(hidden)]
pub struct Opening<'a> {
    pub(super) dir: &'a Path,
    pub(super) on: RunOn,
    pub(super) read: ReadSettings,
}

impl Opening<'_> {
    /// The model with its head, the reader of its texts, and what a person should know of.
    pub(super) fn model<M: Pretrained<Config = AutoConfig> + ForInference>(
        &self,
    ) -> Result<(Inference<M>, AutoConfig, Opened<()>), Error> {
        let (model, config, warnings) = open_with_head(self.dir, &self.on)?;
        let reader = Reader::open(self.dir, &config, self.read)?;
        Ok((model, config, Opened { task: (), reader, warnings }))
    }
}

impl Opened<()> {
    pub(super) fn with<T>(self, task: T) -> Opened<T> {
        Opened { task, reader: self.reader, warnings: self.warnings }
    }
}
