//! A training on disk: a Hugging Face directory, and beside it what the next step needs.
//!
//! | file | what |
//! | --- | --- |
//! | `config.json`, `model.safetensors`, the tokenizer's | the model, for every tool of the ecosystem |
//! | `training/first_moment/`, `training/second_moment/` | the optimiser's moments, under the weights' names |
//! | `training/state.json` | steps, tokens, the place in the data, sums that are not reported yet |

use std::path::Path;

use burn::tensor::Device;
use embert_checkpoint::{Pretrained, from_pretrained, read_json, save_pretrained, write_file};

use crate::{
    error::Error,
    events::Snapshot,
    optimizer::{Moment, Optimizer, OptimizerSettings},
    training::{Progress, State},
};

/// The folder of a checkpoint that is not the model's: what the next step needs.
pub const TRAINING: &str = "training";
pub(crate) const STATE: &str = "state.json";
const MOMENTS: [(&str, Moment); 2] = [("first_moment", Moment::First), ("second_moment", Moment::Second)];

/// Writes the model of a checkpoint, and in its folder `training` what the next step needs. The tokenizer is the caller's.
///
/// # Errors
/// Where a file cannot be written.
pub fn save_state<M: Pretrained>(snapshot: Snapshot<'_, M>, config: &M::Config, dir: &Path) -> Result<(), Error> {
    let Snapshot { model, optimizer, progress } = snapshot;
    save_pretrained(model, config, dir)?;
    let training = dir.join(TRAINING);
    for (name, moment) in MOMENTS {
        save_pretrained(&optimizer.moments(model, moment), config, &training.join(name))?;
    }
    let state = serde_json::to_string_pretty(progress).map_err(|error| Error::State { message: error.to_string() })?;
    Ok(write_file(&training.join(STATE), state.as_bytes())?)
}

/// How far the training in a checkpoint has come.
///
/// # Errors
/// Where its file cannot be read.
pub fn read_progress(dir: &Path) -> Result<Progress, Error> {
    Ok(read_json(&dir.join(TRAINING).join(STATE))?)
}

/// Reads what [`save_state`] wrote: the same bits.
///
/// # Errors
/// Where a file is not there, or is not what was written.
pub fn load_state<M: Pretrained>(
    dir: &Path,
    settings: OptimizerSettings,
    device: &Device,
) -> Result<(State<M>, M::Config), Error> {
    let (model, config, _) = from_pretrained::<M>(dir, device)?;
    let training = dir.join(TRAINING);
    let progress = read_progress(dir)?;
    let [first, second] = MOMENTS.map(|(name, _)| from_pretrained::<M>(&training.join(name), device));
    let (first, second) = (first?.0, second?.0);
    let optimizer = Optimizer::restore(&model, settings, progress.step, [&first, &second]);
    Ok((State { model, optimizer, progress }, config))
}
