//! What the words of a text are.

use std::{path::Path, sync::Arc};

use burn::tensor::activation::softmax;
use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::{Role, Row};
use serde::Serialize;

use super::{
    entities::{Aggregation, Piece, Stretch, aggregate},
    places::Places,
    reader::{Numbered, Passage, ReadSettings, Reader, numbered},
};
use crate::{
    auto::AutoModelForTokenClassification,
    encode::floats,
    error::Error,
    open::{RunOn, open_with_head},
    schedule::Sequence,
};

/// The part of a window that the next one has too: a quarter.
const SHARED: usize = 4;
/// The label of what is nothing.
const OUTSIDE: &str = "O";

/// How texts are tagged.
#[derive(Clone, Copy, Debug, Default)]
pub struct TagSettings {
    /// What becomes of the labels of pieces.
    pub aggregation: Aggregation,
    /// How texts are read.
    pub read: ReadSettings,
}

/// A model that says what the words of a text are.
#[derive(Debug)]
pub struct Tagger {
    reader: Reader,
    model: Inference<AutoModelForTokenClassification>,
    labels: Vec<String>,
    aggregation: Aggregation,
}

/// What stands in a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entity {
    /// As the model has it, without `B-` and `I-` where pieces were put together.
    pub label: String,
    /// A probability.
    pub score: f32,
    /// Where it begins, in code points.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What stands there.
    pub text: String,
}

/// A window of a text, before and after it was computed.
struct Window {
    text: Arc<String>,
    is_last: bool,
    tokens: Vec<Token>,
}

/// A token that is not special.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Token {
    /// Its place in its row.
    position: usize,
    start: usize,
    end: usize,
    is_continuation: bool,
}

/// What a model says of a window.
struct Found {
    text: Arc<String>,
    is_last: bool,
    tokens: Vec<Token>,
    /// For each token, the probability of each label.
    scores: Vec<f32>,
}

impl Tagger {
    /// Opens the model in `dir`.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(dir: &Path, settings: TagSettings, on: impl Into<RunOn>) -> Result<(Self, Vec<String>), Error> {
        let (model, config, warnings) = open_with_head(dir, &on.into())?;
        let reader = Reader::open(dir, &config, settings.read)?;
        let labels = config.class_names();
        Ok((Self { reader, model, labels, aggregation: settings.aggregation }, warnings))
    }

    /// What stands in each text, in the order of the text, but for what is labelled `O`.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn tag(&self, texts: &[impl AsRef<str> + Sync]) -> Result<Vec<Vec<Entity>>, Error> {
        let mut all = Vec::with_capacity(texts.len());
        self.tag_each(texts.iter().map(|text| Ok(text.as_ref())), |entities| {
            all.push(entities);
            Ok::<_, Error>(())
        })?;
        Ok(all)
    }

    /// Gives `sink` what [`tag`](Self::tag) gives, for each text, in the order of the texts, as they come: of any number of
    /// texts, only some are in memory at a time. A text that is longer than the model reads goes through it in windows.
    ///
    /// # Errors
    /// The first of a text that cannot be read, one that cannot be encoded, and `sink`.
    pub fn tag_each<T: Into<String>, E: From<Error> + Send>(
        &self,
        texts: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
        mut sink: impl FnMut(Vec<Entity>) -> Result<(), E>,
    ) -> Result<(), E> {
        let schedule = self.reader.settings.schedule;
        let texts = texts.into_iter().map(|text| text.map(|text| Passage { text: text.into(), pair: None }));
        let (mut tokens, mut scores) = (Vec::new(), Vec::new());
        let compute = |batch: &Batch, windows: &[Window]| self.found(batch, windows);
        schedule.run(
            numbered(texts),
            |text| self.rows(text),
            compute,
            |found| {
                tokens.extend(found.tokens);
                scores.extend(found.scores);
                if !found.is_last {
                    return Ok(());
                }
                sink(self.entities(&std::mem::take(&mut tokens), &std::mem::take(&mut scores), &found.text))
            },
        )
    }

    fn rows(&self, text: Numbered) -> Result<Vec<Sequence<Window>>, Error> {
        let stride = self.reader.max_length / SHARED;
        let encodings = self.reader.windows(&text, stride)?;
        let text = Arc::new(text.passage.text);
        let places: Vec<char> = if self.reader.tokenizer.marks_spaces() { text.chars().collect() } else { Vec::new() };
        let mut windows: Vec<Vec<Token>> = encodings.rows().map(|row| self.tokens(&row, &places)).collect();
        for first in 1..windows.len() {
            if let [.., before, after] = &mut windows[..=first] {
                share(before, after, stride);
            }
        }
        let count = windows.len();
        let row = |(number, (row, tokens)): (usize, (Row<'_>, Vec<Token>))| Sequence {
            ids: row.ids.to_vec(),
            type_ids: row.type_ids.to_vec(),
            about: Window { text: Arc::clone(&text), is_last: number + 1 == count, tokens },
        };
        Ok(encodings.rows().zip(windows).enumerate().map(row).collect())
    }

    fn tokens(&self, row: &Row<'_>, text: &[char]) -> Vec<Token> {
        let unknown = self.reader.tokenizer.special_tokens().get(Role::Unk).map(|unknown| unknown.id);
        let marks_spaces = self.reader.tokenizer.marks_spaces();
        let of = |position: usize| {
            let (&id, &(start, end)) = (row.ids.get(position)?, row.offsets.get(position)?);
            let is_special = row.special_tokens_mask.get(position).copied().unwrap_or(true);
            let is_continuation = if Some(id) == unknown {
                false
            } else if marks_spaces {
                // Such a tokenizer has no words: it is one where there is no space before.
                start > 0 && !text.get(start - 1..(start + 1).min(text.len())).unwrap_or_default().contains(&' ')
            } else {
                let token = self.reader.tokenizer.id_to_token(id).unwrap_or_default();
                token.chars().count() != end - start
            };
            (!is_special).then_some(Token { position, start, end, is_continuation })
        };
        (0..row.ids.len()).filter_map(of).collect()
    }

    fn found(&self, batch: &Batch, windows: &[Window]) -> Result<Vec<Found>, Error> {
        let logits = self.model.forward(batch, &mut Pass::inference())?; // [tokens, num_labels]
        let [_, labels] = logits.dims();
        let probabilities = floats(softmax(logits, 1))?;
        let of_window = |(window, first): (&Window, u32)| {
            let of_token = |token: &Token| {
                let at = (first as usize + token.position) * labels;
                probabilities.get(at..at + labels).unwrap_or_default()
            };
            let scores = window.tokens.iter().flat_map(of_token).copied().collect();
            Found { text: Arc::clone(&window.text), is_last: window.is_last, tokens: window.tokens.clone(), scores }
        };
        Ok(windows.iter().zip(batch.first_tokens()).map(of_window).collect())
    }

    fn entities(&self, tokens: &[Token], scores: &[f32], text: &str) -> Vec<Entity> {
        let piece = |(token, scores): (&Token, _)| {
            let Token { start, end, is_continuation, .. } = *token;
            Piece { start, end, is_continuation, scores }
        };
        let pieces: Vec<Piece> = tokens.iter().zip(scores.chunks_exact(self.labels.len().max(1))).map(piece).collect();
        let mut stretches = aggregate(&pieces, &self.labels, self.aggregation);
        stretches.retain(|(label, _)| label != OUTSIDE);
        let places = Places::of(text);
        let entity = |(label, Stretch { score, start, end, .. })| Entity {
            label,
            score,
            start,
            end,
            text: places.between(start, end).to_owned(),
        };
        stretches.into_iter().map(entity).collect()
    }
}

/// Lets each of two windows keep those of the tokens that both have which stand deeper in it, in whole words where that
/// can be: the last `shared` of one are the first of the other.
fn share(before: &mut Vec<Token>, after: &mut Vec<Token>, shared: usize) {
    let shared = shared.min(before.len()).min(after.len());
    let middle = shared / 2;
    let begins_a_word = |at: &usize| after.get(*at).is_some_and(|token| !token.is_continuation);
    let cut = (0..=shared).filter(begins_a_word).min_by_key(|at| at.abs_diff(middle)).unwrap_or(middle);
    before.truncate(before.len() - shared + cut);
    after.drain(..cut);
}

#[cfg(test)]
mod tests {
    use super::{Token, share};

    /// Tokens from a number on; those that are said to be go on with a word.
    fn tokens(from: usize, to: usize, continuations: &[usize]) -> Vec<Token> {
        let token =
            |at: usize| Token { position: 0, start: at, end: at + 1, is_continuation: continuations.contains(&at) };
        (from..to).map(token).collect()
    }

    /// Where the second window begins, with both together the whole.
    fn cut(continuations: &[usize]) -> usize {
        let (mut before, mut after) = (tokens(0, 10, continuations), tokens(6, 16, continuations));
        share(&mut before, &mut after, 4);
        let cut = after[0].start;
        assert_eq!([before, after].concat(), tokens(0, 16, continuations));
        cut
    }

    #[test]
    fn two_windows_are_parted_in_the_middle_of_what_they_share() {
        assert_eq!(cut(&[]), 8);
    }

    #[test]
    fn no_word_is_parted_where_another_place_is_shared() {
        assert_eq!(cut(&[8]), 7);
        assert_eq!(cut(&[7, 8]), 9);
        assert_eq!(cut(&[6, 7, 8, 9, 10]), 8, "a word longer than all that is shared");
    }
}
