//! What could stand where `[MASK]` stands.

use std::path::Path;

use burn::tensor::activation::softmax;
use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::Role;
use serde::Serialize;

use super::reader::{Numbered, Passage, ReadSettings, Reader, at, numbered};
use crate::{
    auto::AutoModelForMaskedLm,
    encode::floats,
    error::Error,
    open::{RunOn, open_with_head},
    schedule::Sequence,
};

/// A model that fills in masked words.
#[derive(Debug)]
pub struct FillMask {
    reader: Reader,
    model: Inference<AutoModelForMaskedLm>,
    mask_id: u32,
    mask: String,
}

/// A text, and where its masks are.
struct Masked {
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
#[derive(Clone, Debug, PartialEq)]
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

impl FillMask {
    /// Opens the model in `dir`.
    ///
    /// # Errors
    /// Where a file cannot be read, or the tokenizer has no mask.
    pub fn open(dir: &Path, settings: ReadSettings, on: impl Into<RunOn>) -> Result<(Self, Vec<String>), Error> {
        let (model, config, warnings) = open_with_head::<AutoModelForMaskedLm>(dir, &on.into())?;
        let reader = Reader::open(dir, &config, settings)?;
        let mask = reader.tokenizer.special_tokens().require(Role::Mask)?.clone();
        Ok((Self { reader, model, mask_id: mask.id, mask: mask.token }, warnings))
    }

    /// How many texts so far were longer than the model reads, and were cut.
    pub fn cut(&self) -> usize {
        self.reader.cut()
    }

    /// The `top_k` likeliest tokens for each mask of `text`, in the text's order.
    ///
    /// # Errors
    /// Where the text has no mask in what the model reads of it.
    pub fn fill(&self, text: &str, top_k: usize) -> Result<Vec<Filled>, Error> {
        let mut of_masks = Vec::new();
        self.fill_each([Ok(text)], top_k, |filled| {
            of_masks = filled;
            Ok::<_, Error>(())
        })?;
        Ok(of_masks)
    }

    /// Gives `sink` what [`fill`](Self::fill) gives, for each text, in the order of the texts, as they come: of any
    /// number of texts, only some are in memory at a time (see [`Schedule`](crate::Schedule)).
    ///
    /// # Errors
    /// The first of a text that cannot be read, one that cannot be filled in, and `sink`; the answers for the texts
    /// before have been given then.
    pub fn fill_each<T: AsRef<str> + Send, E: From<Error> + Send>(
        &self,
        texts: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
        top_k: usize,
        sink: impl FnMut(Vec<Filled>) -> Result<(), E>,
    ) -> Result<(), E> {
        let compute = |batch: &Batch, texts: &[Masked]| self.filled(batch, texts, top_k);
        let texts = numbered(texts.into_iter().map(|text| text.map(|text| text.as_ref().to_owned())));
        self.reader.settings.schedule.run(texts, |text| self.row(text), compute, sink)
    }

    fn row(&self, of: Numbered) -> Result<Vec<Sequence<Masked>>, Error> {
        let encodings = self.reader.row(&of)?;
        let Numbered { number, passage: Passage { text, .. } } = of;
        let places = (0..).zip(&encodings.ids).zip(&encodings.byte_offsets);
        let masks: Vec<Mask> = places
            .filter(|((_, id), _)| **id == self.mask_id)
            .map(|((position, _), &(start, end))| Mask { position, start, end })
            .collect();
        if masks.is_empty() {
            return Err(at(number, Error::NoMask { text, mask: self.mask.clone() }));
        }
        let about = Masked { text, masks };
        Ok(vec![Sequence { ids: encodings.ids, type_ids: encodings.type_ids, about }])
    }

    /// For each text, the answers for each of its masks.
    fn filled(&self, batch: &Batch, texts: &[Masked], top_k: usize) -> Result<Vec<Vec<Filled>>, Error> {
        let of_texts = batch.first_tokens().into_iter().zip(texts);
        let positions: Vec<u32> =
            of_texts.flat_map(|(first, text)| text.masks.iter().map(move |mask| first + mask.position)).collect();
        let logits = self.model.forward(batch, Some(&positions), &mut Pass::inference())?;
        let [_, vocab_size] = logits.dims();
        let probabilities = floats(softmax(logits, 1))?; // [masks of all texts, vocab_size]
        let mut scores = probabilities.chunks_exact(vocab_size);
        let answers = |text: &Masked| {
            let of_masks = text.masks.iter().zip(scores.by_ref());
            of_masks.map(|(mask, scores)| self.answers(&text.text, mask, scores, top_k)).collect()
        };
        Ok(texts.iter().map(answers).collect())
    }

    fn answers(&self, text: &str, mask: &Mask, scores: &[f32], top_k: usize) -> Filled {
        let fill = |id: u32| {
            let token = self.reader.tokenizer.id_to_token(id).unwrap_or_default();
            let decoded = self.reader.tokenizer.decode(&[id], false).unwrap_or_default();
            let before = joined(&text[..mask.start], &token, &decoded, self.reader.tokenizer.marks_spaces());
            Fill { score: scores[id as usize], text: before + &text[mask.end..], token }
        };
        Filled { fills: likeliest(scores, top_k).into_iter().map(fill).collect() }
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
