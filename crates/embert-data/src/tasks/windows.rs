//! A question with as much of its context as fits, as often as it takes.
//!
//! The rules are those of `prepare_train_features` in Hugging Face's `run_qa.py`: the question comes first and stays
//! whole, the context is cut into windows that overlap, and a window has the positions of the answer's first and last
//! token if all of the answer stands in it, else those of `[CLS]`. Where the original's first position comes after its
//! last (an answer that begins with the last token of a window, or that is one character of several tokens), this has
//! them in order.

use embert_tokenizer::{EncodeOptions, Encodings, Input, Padded, Padding, Role, Row, Strategy, Tokenizer, Truncation};

use super::answers::{Answer, AnswerExample};
use crate::Error;

/// How windows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowOptions {
    /// No window is longer than this, question and special tokens included.
    pub max_length: usize,
    /// How many tokens of the context a window shares with the one before.
    pub stride: usize,
}

impl Default for WindowOptions {
    /// Those of `run_qa.py`.
    fn default() -> Self {
        Self { max_length: 384, stride: 128 }
    }
}

/// What a model gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFeatures {
    /// A row a window, without padding.
    pub encodings: Encodings,
    /// What belongs to each row.
    pub windows: Vec<Window>,
}

/// What belongs to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The number of its example among those that were encoded.
    pub example: usize,
    /// The position of the answer's first token, or of `[CLS]`.
    pub start_position: usize,
    /// The position of the answer's last token, or of `[CLS]`.
    pub end_position: usize,
    /// The position of `[CLS]`, which stands for no answer.
    pub cls_position: usize,
    /// Where each token stands in the context, in code points; none for those of the question and special ones.
    pub context_offsets: Vec<Option<(usize, usize)>>,
}

impl Window {
    /// The context from one token's beginning to another's end, if both are of the context and in that order.
    pub fn text<'c>(&self, context: &'c str, start_position: usize, end_position: usize) -> Option<&'c str> {
        let (start, _) = (*self.context_offsets.get(start_position)?)?;
        let (_, end) = (*self.context_offsets.get(end_position)?)?;
        let bytes = context.char_indices().map(|(byte, _)| byte).chain([context.len()]);
        let mut bytes = bytes.skip(start);
        let first = bytes.next()?;
        let last = match end.checked_sub(start)? {
            0 => first,
            length => bytes.nth(length - 1)?,
        };
        context.get(first..last)
    }

    /// Moves everything behind `left` more tokens, and adds tokens up to `length`.
    fn pad(&mut self, left: usize, length: usize) {
        for position in [&mut self.start_position, &mut self.end_position, &mut self.cls_position] {
            *position += left;
        }
        self.context_offsets.splice(..0, vec![None; left]);
        self.context_offsets.resize(length, None);
    }
}

impl AnswerFeatures {
    /// The rows padded to a common length, and the windows with positions that count the padding on the left.
    ///
    /// # Errors
    /// A tokenizer without a padding token.
    pub fn pad(self, tokenizer: &Tokenizer, padding: &Padding) -> Result<(Padded, Vec<Window>), Error> {
        let padded = tokenizer.pad(self.encodings, padding)?;
        let mut windows = self.windows;
        let mut mask = padded.attention_mask.as_slice();
        for (window, &length) in windows.iter_mut().zip(&padded.encodings.lengths) {
            let (row, rest) = mask.split_at_checked(length).unwrap_or((mask, &[]));
            window.pad(row.iter().take_while(|&&is_token| !is_token).count(), length);
            mask = rest;
        }
        Ok((padded, windows))
    }
}

/// Cuts questions and contexts into windows. The space before a question is left out, as some files have much of it.
///
/// # Errors
/// A question that leaves no room for its context, or less than the stride.
pub fn features(
    tokenizer: &Tokenizer,
    examples: &[AnswerExample],
    options: &WindowOptions,
) -> Result<AnswerFeatures, Error> {
    let truncation =
        Truncation { strategy: Strategy::OnlySecond, stride: options.stride, ..Truncation::new(options.max_length) };
    let encode = EncodeOptions { truncation: Some(truncation), overflow_windows: true, ..Default::default() };
    let inputs: Vec<Input> =
        examples.iter().map(|example| Input::from((example.question.trim_start(), &*example.context))).collect();
    let encodings = tokenizer.encode_batch(&inputs, &encode).map_err(|error| {
        // Of many, find the one that fails.
        let failing = |input: &&Input| tokenizer.encode(Input::clone(input), &encode).is_err();
        match inputs.iter().zip(examples).find(|(input, _)| failing(input)) {
            Some((_, AnswerExample { path, id, .. })) => {
                Error::Question { path: path.to_path_buf(), id: id.clone(), source: Box::new(error) }
            }
            None => error.into(),
        }
    })?;
    let cls_id = tokenizer.special_tokens().get(Role::Cls).map(|token| token.id);
    let windows = encodings.rows().map(|row| window(row, cls_id, examples.get(row.input))).collect();
    Ok(AnswerFeatures { encodings, windows })
}

fn window(row: Row<'_>, cls_id: Option<u32>, example: Option<&AnswerExample>) -> Window {
    let is_cls = |(&id, &special): (&u32, &bool)| special && Some(id) == cls_id;
    let cls_position = row.ids.iter().zip(row.special_tokens_mask).position(is_cls).unwrap_or(0);
    let context_offsets: Vec<_> = row
        .sequence_ids
        .iter()
        .zip(row.offsets)
        .map(|(sequence, &offsets)| (*sequence == Some(1)).then_some(offsets))
        .collect();
    let answer = example.and_then(|example| example.answers.first());
    let span = answer.and_then(|answer| span(&context_offsets, answer));
    let (start_position, end_position) = span.unwrap_or((cls_position, cls_position));
    Window { example: row.input, start_position, end_position, cls_position, context_offsets }
}

/// The positions of an answer's first and last token, if all of it stands among these.
fn span(offsets: &[Option<(usize, usize)>], answer: &Answer) -> Option<(usize, usize)> {
    let (start, end) = (answer.start, answer.start.saturating_add(answer.text.chars().count()));
    let tokens = || (0..).zip(offsets).filter_map(|(position, token)| Some((position, (*token)?)));
    let (_, (from, _)) = tokens().next()?;
    let (_, (_, to)) = tokens().last()?;
    if from > start || to < end {
        return None;
    }
    let (first, _) = tokens().take_while(|&(_, (from, _))| from <= start).last()?;
    let (last, _) = tokens().find(|&(_, (_, to))| to >= end)?;
    Some((first.min(last), first.max(last)))
}
