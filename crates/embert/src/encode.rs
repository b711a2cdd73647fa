//! What the pipelines share: a model directory's kind, and the way from a
//! tokenizer's rows to a model's batch and from a tensor to numbers.

use std::path::Path;

use burn::tensor::Tensor;
use embert_checkpoint::{CONFIG_FILE, ModelConfig, read_json};
use embert_core::{Batch, BertConfig, InputError};
use embert_tokenizer::Row;
use serde::Deserialize;

use crate::error::Error;

/// What the tensors of a head, and of the pooler, begin with: no news to one who wants something else of the model.
pub(crate) const HEADS: [&str; 6] =
    ["bert.pooler.", "classifier.", "cls.", "pooler.", "qa_outputs.", "sop_classifier."];

/// The keys of a config.json that say what kind of model it is of.
#[derive(Debug, Deserialize)]
pub(crate) struct Architecture {
    pub(crate) model_type: Option<String>,
    pub(crate) architectures: Option<Vec<String>>,
}

/// Reads what kind of model is in `dir`, and refuses one that is not known here.
pub(crate) fn read_architecture(dir: &Path) -> Result<Architecture, Error> {
    let architecture: Architecture = read_json(&dir.join(CONFIG_FILE))?;
    match architecture.model_type.as_deref() {
        None | Some(BertConfig::MODEL_TYPE) => Ok(architecture),
        Some(found) => Err(Error::File {
            file: dir.join(CONFIG_FILE),
            message: format!("model_type is {found}; {} is expected", BertConfig::MODEL_TYPE),
        }),
    }
}

/// Lays rows of a tokenizer end to end.
pub(crate) fn to_batch(rows: &[Row<'_>]) -> Result<Batch, InputError> {
    Batch::new(
        rows.iter().flat_map(|row| row.ids).copied().collect(),
        rows.iter().flat_map(|row| row.type_ids).copied().collect(),
        rows.iter().map(|row| row.ids.len()).collect(),
    )
}

/// The values of a tensor, row after row.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.try_into_data_as::<f32>()?;
    Ok(data.try_into_vec().unwrap_or_default())
}
