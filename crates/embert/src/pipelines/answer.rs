//! Where in a text the answer to a question stands.

use std::{collections::HashMap, sync::Arc};

use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::{Row, Strategy};
use serde::Serialize;

use super::{
    builder::{Builder, Opening},
    pipeline::{Opened, Pipeline, Task},
    places::Places,
    reader::{Numbered, Passage, Reader},
};
use crate::{auto::AutoModelForQuestionAnswering, encode::floats, error::Error, schedule::Sequence};

/// The most tokens of a window, and of those that the next one has too: as in transformers' pipeline.
const LONGEST_WINDOW: usize = 384;
const MOST_SHARED: usize = 128;

/// A model that finds answers in texts.
///
/// What goes in is a question, and the text as its pair. A text that is longer than the model reads goes through it in
/// windows.
pub type Answerer = Pipeline<Answering>;

/// Questions to answers: what an [`Answerer`] does.
#[derive(Debug)]
pub struct Answering {
    model: Inference<AutoModelForQuestionAnswering>,
    options: AnsweringOptions,
}

/// How questions are answered.
#[derive(Debug)]
pub struct AnsweringOptions {
    top_k: usize,
    longest: usize,
    may_be_none: bool,
}

impl Default for AnsweringOptions {
    fn default() -> Self {
        Self { top_k: 1, longest: 15, may_be_none: false }
    }
}

impl Builder<Answering> {
    /// Answers to a question, at most: 1, unless it is said.
    pub fn top_k(mut self, top_k: usize) -> Self {
        self.options.top_k = top_k;
        self
    }

    /// Tokens of an answer, at most: 15, unless it is said.
    pub fn longest(mut self, longest: usize) -> Self {
        self.options.longest = longest;
        self
    }

    /// Whether a question may have no answer: then one without text is among them, by its score.
    pub fn may_be_none(mut self, may_be_none: bool) -> Self {
        self.options.may_be_none = may_be_none;
        self
    }
}

/// The answers to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answers {
    /// The likeliest first.
    pub answers: Vec<Answer>,
    /// How likely it is that there is none, in the window where that is least likely.
    pub no_answer_score: f32,
}

/// An answer, and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// As the text has it.
    pub text: String,
    /// The product of the probabilities that it begins and ends there, added up over all that read alike.
    pub score: f32,
    /// Where it begins, in code points.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Where the word stands that a token is of; nothing for a token that is none of the text's.
type Word = Option<(usize, usize)>;

/// A stretch of a text that may be the answer.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    score: f32,
}

/// A window of a question's text.
pub struct Window {
    text: Arc<String>,
    words: Vec<Word>,
}

/// What was found in a window.
pub struct Found {
    text: Arc<String>,
    spans: Vec<Span>,
    no_answer_score: f32,
}

impl Task for Answering {
    type Options = AnsweringOptions;
    type Input = Passage;
    type Output = Answers;
    type About = Window;
    type Part = Found;

    fn open(of: &Opening<'_>, options: AnsweringOptions) -> Result<Opened<Self>, Error> {
        let (model, _, mut opened) = of.model()?;
        opened.reader.max_length = opened.reader.max_length.min(LONGEST_WINDOW);
        Ok(opened.with(Self { model, options }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<Passage>) -> Result<Vec<Sequence<Window>>, Error> {
        let shared = (reader.max_length / 2).min(MOST_SHARED);
        let encodings = reader.windows(of.number, &of.input, shared, Strategy::OnlySecond)?;
        let text = Arc::new(of.input.pair.unwrap_or_default());
        let row = |row: Row<'_>| Sequence {
            ids: row.ids.to_vec(),
            type_ids: row.type_ids.to_vec(),
            about: Window { text: Arc::clone(&text), words: words(&row) },
        };
        Ok(encodings.rows().map(row).collect())
    }

    fn compute(&self, batch: &Batch, windows: &[Window]) -> Result<Vec<Found>, Error> {
        let scores = floats(self.model.forward(batch, &mut Pass::inference())?)?; // [tokens, 2]
        let of_window = |(window, first): (&Window, u32)| {
            let of = |column: usize| -> Vec<f32> {
                let all = scores.iter().skip(2 * first as usize + column).step_by(2);
                probabilities(&all.copied().take(window.words.len()).collect::<Vec<_>>(), &window.words)
            };
            let (starts, ends) = (of(0), of(1));
            let no_answer_score = starts.first().zip(ends.first()).map_or(0.0, |(start, end)| start * end);
            let spans = self.spans(&starts, &ends, &window.words);
            Found { text: Arc::clone(&window.text), spans, no_answer_score }
        };
        Ok(windows.iter().zip(batch.first_tokens()).map(of_window).collect())
    }

    fn output(&self, windows: Vec<Found>) -> Answers {
        let text = windows.first().map(|window| Arc::clone(&window.text)).unwrap_or_default();
        let no_answer_score = windows.iter().map(|window| window.no_answer_score).fold(f32::INFINITY, f32::min);
        let (mut answers, mut alike, places) = (Vec::<Answer>::new(), HashMap::new(), Places::of(&text));
        for Span { start, end, score } in windows.into_iter().flat_map(|window| window.spans) {
            let found = places.between(start, end);
            let place = *alike.entry(found.to_lowercase()).or_insert(answers.len());
            match answers.get_mut(place) {
                Some(answer) => answer.score += score,
                None => answers.push(Answer { text: found.to_owned(), score, start, end }),
            }
        }
        if self.options.may_be_none {
            answers.push(Answer { text: String::new(), score: no_answer_score, start: 0, end: 0 });
        }
        answers.sort_by(|a, b| b.score.total_cmp(&a.score));
        answers.truncate(self.options.top_k);
        Answers { answers, no_answer_score }
    }
}

impl Pipeline<Answering> {
    /// The answers to each question in the text beside it.
    ///
    /// # Errors
    /// Where a question or a text cannot be encoded, or the question alone fills what the model reads.
    pub fn answer<Q: AsRef<str>, T: AsRef<str>>(&self, questions: &[(Q, T)]) -> Result<Vec<Answers>, Error> {
        self.run(questions.iter().map(|(question, text)| (question.as_ref(), text.as_ref())))
    }
}

impl Answering {
    /// The likeliest stretches of a window, as words.
    fn spans(&self, starts: &[f32], ends: &[f32], words: &[Word]) -> Vec<Span> {
        let from = |first: usize| {
            let span = move |last: usize| {
                let ((start, _), (_, end)) = ((*words.get(first)?)?, (*words.get(last)?)?);
                let score = starts.get(first)? * ends.get(last)?;
                (score > 0.0).then_some(Span { start, end, score })
            };
            (first..words.len().min(first + self.options.longest)).filter_map(span)
        };
        let mut spans: Vec<Span> = (0..words.len()).flat_map(from).collect();
        spans.sort_by(|a, b| b.score.total_cmp(&a.score));
        // Of several tokens of one word, what they say is added up.
        spans.truncate(2 * self.options.top_k + 10);
        spans
    }
}

/// For each token of the text the word that it is of, as far as the window has it.
fn words(row: &Row<'_>) -> Vec<Word> {
    let is_text = |at: &usize| row.sequence_ids.get(*at).copied().flatten() == Some(1);
    let word_of = |at: usize| row.word_ids.get(at).copied().flatten();
    let mut words: HashMap<u32, (usize, usize)> = HashMap::new();
    for at in (0..row.ids.len()).filter(is_text) {
        let (Some(word), Some(&(start, end))) = (word_of(at), row.offsets.get(at)) else { continue };
        let whole = words.entry(word).or_insert((start, end));
        *whole = (whole.0.min(start), whole.1.max(end));
    }
    let of = |at: usize| {
        let own = row.offsets.get(at).copied();
        is_text(&at).then(|| word_of(at).and_then(|word| words.get(&word).copied()).or(own)).flatten()
    };
    (0..row.ids.len()).map(of).collect()
}

/// That each token is the one, of those of the text and the first, which stands for no answer.
fn probabilities(scores: &[f32], words: &[Word]) -> Vec<f32> {
    let counts = |at: usize| at == 0 || words.get(at).copied().flatten().is_some();
    let of_counted = scores.iter().enumerate().filter(|(at, _)| counts(*at)).map(|(_, score)| *score);
    let highest = of_counted.fold(f32::NEG_INFINITY, f32::max);
    let mut all: Vec<f32> =
        scores.iter().enumerate().map(|(at, score)| if counts(at) { (score - highest).exp() } else { 0.0 }).collect();
    let sum: f32 = all.iter().sum();
    all.iter_mut().for_each(|probability| *probability /= sum);
    all
}
