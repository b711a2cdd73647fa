//! What every config of the family has to hold to.

use embert_checkpoint::ConfigError;
use serde_json::{Map, Value};

use crate::labels::Labels;

/// The most that a size can be. Each is bounded, so that no product of them
/// overflows and no allocation follows a number that nobody can have meant.
pub mod most {
    /// Words, and positions.
    pub const ROWS: usize = 1 << 24;
    /// A vector's width, heads, segments, classes.
    pub const WIDTH: usize = 1 << 16;
    /// The feed-forward network's width.
    pub const INTERMEDIATE: usize = 1 << 18;
    /// Layers, and groups of layers.
    pub const LAYERS: usize = 1 << 10;
}

/// `model_type` is that of the family.
///
/// # Errors
/// Where it is another's.
pub fn model_type(found: &str, expected: &str) -> Result<(), ConfigError> {
    if found == expected { Ok(()) } else { Err(ConfigError::value("model_type", found, expected.into())) }
}

/// Each size, under its key, lies between 1 and the most that it can be.
///
/// # Errors
/// Names the first that does not.
pub fn sizes<const N: usize>(sizes: [(&'static str, usize, usize); N]) -> Result<(), ConfigError> {
    sizes.into_iter().try_for_each(|(key, found, most)| between(key, found, 1, most))
}

/// The number of layers; a model without any is its embeddings.
///
/// # Errors
/// Where there are more than anyone can have meant.
pub fn layers(key: &'static str, found: usize) -> Result<(), ConfigError> {
    between(key, found, 0, most::LAYERS)
}

fn between(key: &'static str, found: usize, least: usize, most: usize) -> Result<(), ConfigError> {
    if (least..=most).contains(&found) {
        Ok(())
    } else {
        Err(ConfigError::value(key, found, format!("{least} to {most}")))
    }
}

/// `found` divides another size.
///
/// # Errors
/// Where it does not.
pub fn divides(key: &'static str, found: usize, of: (&'static str, usize)) -> Result<(), ConfigError> {
    if of.1.is_multiple_of(found) {
        Ok(())
    } else {
        Err(ConfigError::value(key, found, format!("a divisor of {} ({})", of.0, of.1)))
    }
}

/// Dropout rates lie in `[0, 1]`.
///
/// # Errors
/// Names the first that does not.
pub fn rates<const N: usize>(rates: [(&'static str, f64); N]) -> Result<(), ConfigError> {
    match rates.into_iter().find(|(_, found)| !(0.0..=1.0).contains(found)) {
        Some((key, found)) => Err(ConfigError::value(key, found, "0 to 1".into())),
        None => Ok(()),
    }
}

/// Numbers that are 0 or more, such as an epsilon.
///
/// # Errors
/// Names the first that is not.
pub fn not_negative<const N: usize>(numbers: [(&'static str, f64); N]) -> Result<(), ConfigError> {
    match numbers.into_iter().find(|(_, found)| !(*found >= 0.0 && found.is_finite())) {
        Some((key, found)) => Err(ConfigError::value(key, found, "0 or more".into())),
        None => Ok(()),
    }
}

/// The padding's id is a word's.
///
/// # Errors
/// Where it is past the vocabulary.
pub fn pad_token(pad_token_id: Option<u32>, vocab_size: usize) -> Result<(), ConfigError> {
    match pad_token_id.filter(|&pad| pad as usize >= vocab_size) {
        Some(pad) => Err(ConfigError::value("pad_token_id", pad, format!("less than vocab_size ({vocab_size})"))),
        None => Ok(()),
    }
}

/// A classifier has a class, and no more than anyone can have meant.
///
/// # Errors
/// Where it has none, or too many.
pub fn labels(labels: &Labels) -> Result<(), ConfigError> {
    between("num_labels", labels.num_labels, 1, most::WIDTH)
}

/// No key asks for what would compute something else than an encoder of this
/// family does.
///
/// # Errors
/// Names the key that does.
pub fn encoder_only(other: &Map<String, Value>) -> Result<(), ConfigError> {
    for (key, expected) in [
        ("is_decoder", Value::Bool(false)),
        ("add_cross_attention", Value::Bool(false)),
        ("position_embedding_type", Value::from("absolute")),
    ] {
        if let Some(found) = other.get(key).filter(|&found| *found != expected) {
            return Err(ConfigError::value(key, found, expected.to_string()));
        }
    }
    Ok(())
}
