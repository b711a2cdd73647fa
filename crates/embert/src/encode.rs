//! What the pipelines share: the way from text to a model's words, and from a tensor to numbers.

use std::path::Path;

use burn::tensor::Tensor;
use embert_core::FamilyConfig;
use embert_kernels::read_floats;
use embert_tokenizer::Tokenizer;

use crate::{AutoConfig, error::Error};

/// The tokenizer in `dir`, of whose words the model there has every one.
///
/// # Errors
/// Where it cannot be read, or has words that the model has not.
pub(crate) fn tokenizer_of(dir: &Path, config: &AutoConfig) -> Result<Tokenizer, Error> {
    let tokenizer = Tokenizer::from_dir(dir)?;
    let (words, rows) = (tokenizer.vocab_size(), config.heads().masked_lm.vocab_size);
    if words > rows {
        let message = format!("its tokenizer has {words} words; the model has {rows}, and no more are expected");
        return Err(Error::File { file: dir.to_owned(), message });
    }
    Ok(tokenizer)
}

/// The values of a tensor, row after row.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    Ok(read_floats(tensor)?)
}
