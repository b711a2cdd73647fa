//! What could stand where `[MASK]` stands.

use std::path::Path;

use burn::tensor::{Device, activation::softmax};
use embert_checkpoint::from_pretrained;
use embert_core::{FamilyConfig, Pass};
use embert_tokenizer::{EncodeOptions, Role, Tokenizer};

use crate::{
    auto::AutoModelForMaskedLm,
    encode::{floats, to_batch},
    error::Error,
};

/// A model that fills in masked words.
#[derive(Debug)]
pub struct FillMask {
    tokenizer: Tokenizer,
    model: AutoModelForMaskedLm,
    positions: usize,
    mask_id: u32,
    mask: String,
}

/// The answers for one `[MASK]` of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// The likeliest first.
    pub fills: Vec<Fill>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    /// The token, as the vocabulary has it.
    pub token: String,
    /// Its probability.
    pub score: f32,
    /// The text with this mask, and no other, filled in.
    pub text: String,
}

impl FillMask {
    /// Opens the model in `dir`.
    ///
    /// # Errors
    /// Where a file cannot be read, or the tokenizer has no mask.
    pub fn open(dir: &Path, device: &Device) -> Result<(Self, Vec<String>), Error> {
        let tokenizer = Tokenizer::from_dir(dir)?;
        let mask = tokenizer.special_tokens().require(Role::Mask)?.clone();
        let (model, config, report) = from_pretrained::<AutoModelForMaskedLm>(dir, device)?;
        let warnings = report.but_for_heads(config.family().layout).warnings();
        let positions = config.longest_sequence();
        Ok((Self { tokenizer, model, positions, mask_id: mask.id, mask: mask.token }, warnings))
    }

    /// The `top_k` likeliest tokens for each mask of `text`, in the text's order.
    ///
    /// # Errors
    /// Where the text has no mask, or is longer than the model's positions.
    pub fn fill(&self, text: &str, top_k: usize) -> Result<Vec<Filled>, Error> {
        let encodings = self.tokenizer.encode(text, &EncodeOptions::default())?;
        if encodings.ids.len() > self.positions {
            return Err(Error::TooLong { tokens: encodings.ids.len(), positions: self.positions });
        }
        let rows: Vec<_> = encodings.rows().collect();
        let batch = to_batch(&rows)?;
        let masks: Vec<usize> =
            (0..encodings.ids.len()).filter(|&position| encodings.ids[position] == self.mask_id).collect();
        if masks.is_empty() {
            return Err(Error::NoMask { text: text.into(), mask: self.mask.clone() });
        }

        let positions: Vec<u32> = masks.iter().map(|&position| position as u32).collect();
        let logits = self.model.forward(&batch, Some(&positions), &mut Pass::inference())?;
        let [_, vocab_size] = logits.dims();
        let probabilities = floats(softmax(logits, 1))?; // [masks, vocab_size]
        let answers = masks.iter().zip(probabilities.chunks_exact(vocab_size));
        Ok(answers
            .map(|(&position, scores)| {
                let (start, end) = encodings.byte_offsets[position];
                let fill = |id: u32| {
                    let token = self.tokenizer.id_to_token(id).unwrap_or_default();
                    let decoded = self.tokenizer.decode(&[id], false).unwrap_or_default();
                    let before = joined(&text[..start], &token, &decoded, self.tokenizer.marks_spaces());
                    Fill { score: scores[id as usize], text: before + &text[end..], token }
                };
                Filled { fills: likeliest(scores, top_k).into_iter().map(fill).collect() }
            })
            .collect())
    }
}

/// `before`, and then what `token` stands for, which is `decoded`: a word of
/// its own, or the rest of one.
fn joined(before: &str, token: &str, decoded: &str, marks_spaces: bool) -> String {
    if let Some(rest) = token.strip_prefix("##") {
        return format!("{}{rest}", before.trim_end());
    }
    if !marks_spaces {
        return format!("{before}{decoded}");
    }
    // The mask of such a tokenizer takes the space before it along.
    let (before, word) = (before.trim_end(), decoded.trim_start());
    let space = if token.starts_with(['Ġ', '▁']) && !before.is_empty() { " " } else { "" };
    format!("{before}{space}{word}")
}

/// The indices of the `k` highest scores, the highest first, the lower index
/// first where scores are equal.
fn likeliest(scores: &[f32], k: usize) -> Vec<u32> {
    let mut ids: Vec<u32> = (0..scores.len() as u32).collect();
    let higher = |a: &u32, b: &u32| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b));
    let k = k.min(ids.len());
    if k > 0 && k < ids.len() {
        ids.select_nth_unstable_by(k - 1, higher);
    }
    ids.truncate(k);
    ids.sort_by(higher);
    ids
}
