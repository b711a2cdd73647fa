//! What the words of a text are.

use std::sync::Arc;

use burn::tensor::activation::softmax;
use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::{Role, Row, Strategy, Tokenizer};
use serde::Serialize;

use super::{
    builder::{Builder, Opening},
    entities::{Aggregation, Piece, Stretch, aggregate},
    pipeline::{Opened, Pipeline, Task},
    places::Places,
    reader::{Numbered, Reader},
};
use crate::{auto::AutoModelForTokenClassification, encode::floats, error::Error, schedule::Sequence};

/// The part of a window that the next one has too: a quarter.
const SHARED: usize = 4;
/// The label of what is nothing.
const OUTSIDE: &str = "O";

/// A model that says what the words of a text are.
///
/// Its answers are what stands in a text, in the order of the text, but for what is labelled `O`. A text that is longer
/// than the model reads goes through it in windows.
pub type Tagger = Pipeline<Tagging>;

/// Texts to entities: what a [`Tagger`] does.
#[derive(Debug)]
pub struct Tagging {
    model: Inference<AutoModelForTokenClassification>,
    tokenizer: Tokenizer,
    labels: Vec<String>,
    aggregation: Aggregation,
}

impl Builder<Tagging> {
    /// What becomes of the labels of a word's pieces.
    pub fn aggregation(mut self, aggregation: Aggregation) -> Self {
        self.options = aggregation;
        self
    }
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

/// A window of a text: the tokens that it says something of.
pub struct Window {
    text: Arc<String>,
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
pub struct Found {
    text: Arc<String>,
    tokens: Vec<Token>,
    /// For each token, the probability of each label.
    scores: Vec<f32>,
}

impl Found {
    fn pieces(&self, labels: usize) -> impl Iterator<Item = Piece<'_>> {
        self.tokens.iter().zip(self.scores.chunks_exact(labels.max(1))).map(|(token, scores)| {
            let Token { start, end, is_continuation, .. } = *token;
            Piece { start, end, is_continuation, scores }
        })
    }
}

impl Task for Tagging {
    type Options = Aggregation;
    type Input = String;
    type Output = Vec<Entity>;
    type About = Window;
    type Part = Found;

    fn open(of: &Opening<'_>, aggregation: Aggregation) -> Result<Opened<Self>, Error> {
        let (model, config, opened) = of.model()?;
        let tokenizer = opened.reader.tokenizer.clone();
        Ok(opened.with(Self { model, tokenizer, labels: config.class_names(), aggregation }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<String>) -> Result<Vec<Sequence<Window>>, Error> {
        let stride = reader.max_length / SHARED;
        let encodings = reader.windows(of.number, &of.input, stride, Strategy::default())?;
        let text = Arc::new(of.input);
        let places: Vec<char> = if self.tokenizer.marks_spaces() { text.chars().collect() } else { Vec::new() };
        let mut windows: Vec<Vec<Token>> = encodings.rows().map(|row| self.tokens(&row, &places)).collect();
        for first in 1..windows.len() {
            if let [.., before, after] = &mut windows[..=first] {
                share(before, after, stride);
            }
        }
        let row = |(row, tokens): (Row<'_>, Vec<Token>)| Sequence {
            ids: row.ids.to_vec(),
            type_ids: row.type_ids.to_vec(),
            about: Window { text: Arc::clone(&text), tokens },
        };
        Ok(encodings.rows().zip(windows).map(row).collect())
    }

    fn compute(&self, batch: &Batch, windows: &[Window]) -> Result<Vec<Found>, Error> {
        let logits = self.model.forward(batch, &mut Pass::inference())?; // [tokens, num_labels]
        let [_, labels] = logits.dims();
        let probabilities = floats(softmax(logits, 1))?;
        let of_window = |(window, first): (&Window, u32)| {
            let of_token = |token: &Token| {
                let at = (first as usize + token.position) * labels;
                probabilities.get(at..at + labels).unwrap_or_default()
            };
            let scores = window.tokens.iter().flat_map(of_token).copied().collect();
            Found { text: Arc::clone(&window.text), tokens: window.tokens.clone(), scores }
        };
        Ok(windows.iter().zip(batch.first_tokens()).map(of_window).collect())
    }

    fn output(&self, windows: Vec<Found>) -> Vec<Entity> {
        let text = windows.first().map(|window| Arc::clone(&window.text)).unwrap_or_default();
        let pieces: Vec<Piece> = windows.iter().flat_map(|window| window.pieces(self.labels.len())).collect();
        let mut stretches = aggregate(&pieces, &self.labels, self.aggregation);
        stretches.retain(|(label, _)| label != OUTSIDE);
        let places = Places::of(&text);
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

impl Pipeline<Tagging> {
    /// The labels, in the model's order.
    pub fn labels(&self) -> &[String] {
        &self.task().labels
    }

    /// What stands in each text, in the order of the text, but for what is labelled `O`.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn tag(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vec<Entity>>, Error> {
        self.run(texts.iter().map(AsRef::as_ref))
    }
}

impl Tagging {
    fn tokens(&self, row: &Row<'_>, text: &[char]) -> Vec<Token> {
        let unknown = self.tokenizer.special_tokens().get(Role::Unk).map(|unknown| unknown.id);
        let marks_spaces = self.tokenizer.marks_spaces();
        let of = |position: usize| {
            let (&id, &(start, end)) = (row.ids.get(position)?, row.offsets.get(position)?);
            let is_special = row.special_tokens_mask.get(position).copied().unwrap_or(true);
            let is_continuation = if Some(id) == unknown {
                false
            } else if marks_spaces {
                // Such a tokenizer has no words: it is one where there is no space before.
                start > 0 && !text.get(start - 1..(start + 1).min(text.len())).unwrap_or_default().contains(&' ')
            } else {
                let token = self.tokenizer.id_to_token(id).unwrap_or_default();
                token.chars().count() != end - start
            };
            (!is_special).then_some(Token { position, start, end, is_continuation })
        };
        (0..row.ids.len()).filter_map(of).collect()
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
