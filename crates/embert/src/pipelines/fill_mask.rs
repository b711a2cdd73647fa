//! What could stand where `[MASK]` stands.

use burn::tensor::activation::softmax;
use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::{Role, Strategy, Tokenizer};
use serde::Serialize;

use super::{
    builder::{Builder, Opening},
    pipeline::{Opened, Pipeline, Task},
    reader::{Numbered, Reader, at},
};
use crate::{auto::AutoModelForMaskedLm, encode::floats, error::Error, schedule::Sequence};

/// A model that fills in masked words.
///
/// Its answers are, for each mask of a text, the likeliest tokens. A text without a mask in what the model reads of it is
/// an error.
pub type FillMask = Pipeline<MaskFilling>;

/// Masked texts to words: what a [`FillMask`] does.
#[derive(Debug)]
pub struct MaskFilling {
    model: Inference<AutoModelForMaskedLm>,
    tokenizer: Tokenizer,
    mask_id: u32,
    mask: String,
    top_k: usize,
}

/// How masks are filled in.
#[derive(Debug)]
pub struct MaskFillingOptions {
    top_k: usize,
}

impl Default for MaskFillingOptions {
    fn default() -> Self {
        Self { top_k: 5 }
    }
}

impl Builder<MaskFilling> {
    /// Answers for each mask, at most: 5, unless it is said.
    pub fn top_k(mut self, top_k: usize) -> Self {
        self.options.top_k = top_k;
        self
    }
}

/// A text, and where its masks are.
pub struct Masked {
    text: String,
    masks: Vec<Mask>,
}

struct Mask {
    /// Its place among the text's tokens.
    position: u32,
    /// Its place in the text, in bytes.
    start: usize,
    end: usize,
}

/// The answers for one `[MASK]` of a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filled {
    /// The likeliest first.
    pub fills: Vec<Fill>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fill {
    /// The token, as the vocabulary has it.
    pub token: String,
    /// Its probability.
    pub score: f32,
    /// The text with this mask, and no other, filled in.
    pub text: String,
}

impl Task for MaskFilling {
    type Options = MaskFillingOptions;
    type Input = String;
    type Output = Vec<Filled>;
    type About = Masked;
    type Part = Vec<Filled>;

    fn open(of: &Opening<'_>, options: MaskFillingOptions) -> Result<Opened<Self>, Error> {
        let (model, _, opened) = of.model()?;
        let tokenizer = opened.reader.tokenizer.clone();
        let mask = tokenizer.special_tokens().require(Role::Mask)?.clone();
        Ok(opened.with(Self { model, tokenizer, mask_id: mask.id, mask: mask.token, top_k: options.top_k }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<String>) -> Result<Vec<Sequence<Masked>>, Error> {
        let Numbered { number, input: text } = of;
        let (encodings, is_cut) = reader.row(number, &text, Strategy::default())?;
        reader.count_cut(is_cut);
        let places = (0..).zip(&encodings.ids).zip(&encodings.byte_offsets);
        let masks: Vec<Mask> = places
            .filter(|((_, id), _)| **id == self.mask_id)
            .map(|((position, _), &(start, end))| Mask { position, start, end })
            .collect();
        if masks.is_empty() {
            let (text, mask) = (beginning(text), self.mask.clone());
            return Err(at(number, Error::NoMask { text, mask, tokens: encodings.ids.len() }));
        }
        let about = Masked { text, masks };
        Ok(vec![Sequence { ids: encodings.ids, type_ids: encodings.type_ids, about }])
    }

    /// For each text, the answers for each of its masks.
    fn compute(&self, batch: &Batch, texts: &[Masked]) -> Result<Vec<Vec<Filled>>, Error> {
        let of_texts = batch.first_tokens().into_iter().zip(texts);
        let positions: Vec<u32> =
            of_texts.flat_map(|(first, text)| text.masks.iter().map(move |mask| first + mask.position)).collect();
        let logits = self.model.forward(batch, Some(&positions), &mut Pass::inference())?;
        let [_, vocab_size] = logits.dims();
        let probabilities = floats(softmax(logits, 1))?; // [masks of all texts, vocab_size]
        let mut scores = probabilities.chunks_exact(vocab_size);
        let answers = |text: &Masked| {
            let of_masks = text.masks.iter().zip(scores.by_ref());
            of_masks.map(|(mask, scores)| self.answers(&text.text, mask, scores)).collect()
        };
        Ok(texts.iter().map(answers).collect())
    }

    fn output(&self, parts: Vec<Vec<Filled>>) -> Vec<Filled> {
        parts.into_iter().flatten().collect()
    }
}

impl Pipeline<MaskFilling> {
    /// For each text, the likeliest tokens for each of its masks, in the text's order.
    ///
    /// # Errors
    /// Where a text has no mask in what the model reads of it.
    pub fn fill(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vec<Filled>>, Error> {
        self.run(texts.iter().map(AsRef::as_ref))
    }
}

impl MaskFilling {
    fn answers(&self, text: &str, mask: &Mask, scores: &[f32]) -> Filled {
        let fill = |id: u32| {
            let token = self.tokenizer.id_to_token(id).unwrap_or_default();
            let decoded = self.tokenizer.decode(&[id], false).unwrap_or_default();
            let before = joined(&text[..mask.start], &token, &decoded, self.tokenizer.marks_spaces());
            Fill { score: scores[id as usize], text: before + &text[mask.end..], token }
        };
        Filled { fills: likeliest(scores, self.top_k).into_iter().map(fill).collect() }
    }
}

/// As much of a text as an error can tell.
fn beginning(text: String) -> String {
    const MOST: usize = 60; // characters
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
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
