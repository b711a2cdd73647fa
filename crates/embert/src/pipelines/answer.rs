//! Where in a text the answer to a question stands.

use std::{collections::HashMap, path::Path, sync::Arc};

use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::{Row, Strategy};
use serde::Serialize;

use super::places::Places;
use super::reader::{Numbered, Passage, ReadSettings, Reader, numbered};
use crate::{
    auto::AutoModelForQuestionAnswering,
    encode::floats,
    error::Error,
    open::{RunOn, open_with_head},
    schedule::Sequence,
};

/// The most tokens of a window, and of those that the next one has too: as in transformers' pipeline.
const LONGEST_WINDOW: usize = 384;
const MOST_SHARED: usize = 128;

/// How questions are answered.
#[derive(Clone, Copy, Debug)]
pub struct AnswerSettings {
    /// Answers to a question, at most.
    pub top_k: usize,
    /// Tokens of an answer, at most.
    pub longest: usize,
    /// Whether a question may have no answer: then one without text is among them, by its score.
    pub may_be_none: bool,
    /// How texts are read.
    pub read: ReadSettings,
}

impl Default for AnswerSettings {
    fn default() -> Self {
        Self { top_k: 1, longest: 15, may_be_none: false, read: ReadSettings::default() }
    }
}

/// A model that finds answers in texts.
#[derive(Debug)]
pub struct Answerer {
    reader: Reader,
    model: Inference<AutoModelForQuestionAnswering>,
    settings: AnswerSettings,
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
struct Window {
    text: Arc<String>,
    is_last: bool,
    words: Vec<Word>,
}

/// What was found in a window.
struct Found {
    text: Arc<String>,
    is_last: bool,
    spans: Vec<Span>,
    no_answer_score: f32,
}

impl Answerer {
    /// Opens the model in `dir`.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn open(dir: &Path, settings: AnswerSettings, on: impl Into<RunOn>) -> Result<(Self, Vec<String>), Error> {
        let (model, config, warnings) = open_with_head(dir, &on.into())?;
        let mut reader = Reader::open(dir, &config, settings.read)?;
        reader.max_length = reader.max_length.min(LONGEST_WINDOW);
        Ok((Self { reader, model, settings }, warnings))
    }

    /// The answers to each question in the text beside it.
    ///
    /// # Errors
    /// Where a question or a text cannot be encoded, or the question alone fills what the model reads.
    pub fn answer<Q: AsRef<str>, T: AsRef<str>>(&self, questions: &[(Q, T)]) -> Result<Vec<Answers>, Error> {
        let passages: Vec<Passage> =
            questions.iter().map(|(question, text)| (question.as_ref(), text.as_ref()).into()).collect();
        let mut all = Vec::with_capacity(passages.len());
        self.answer_each(passages.into_iter().map(Ok), |answers| {
            all.push(answers);
            Ok::<_, Error>(())
        })?;
        Ok(all)
    }

    /// Gives `sink` what [`answer`](Self::answer) gives, for each question and the text that is its pair, in their order,
    /// as they come: of any number, only some are in memory at a time. A text that is longer than the model reads goes
    /// through it in windows.
    ///
    /// # Errors
    /// The first of a question that cannot be read, one that cannot be encoded, and `sink`.
    pub fn answer_each<T: Into<Passage>, E: From<Error> + Send>(
        &self,
        questions: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
        mut sink: impl FnMut(Answers) -> Result<(), E>,
    ) -> Result<(), E> {
        let schedule = self.reader.settings.schedule;
        let (mut spans, mut no_answer_score) = (Vec::new(), f32::INFINITY);
        let compute = |batch: &Batch, windows: &[Window]| self.found(batch, windows);
        schedule.run(
            numbered(questions),
            |question| self.rows(question),
            compute,
            |found| {
                spans.extend(found.spans);
                no_answer_score = no_answer_score.min(found.no_answer_score);
                if !found.is_last {
                    return Ok(());
                }
                let none = std::mem::replace(&mut no_answer_score, f32::INFINITY);
                sink(self.answers(&std::mem::take(&mut spans), none, &found.text))
            },
        )
    }

    fn rows(&self, of: Numbered) -> Result<Vec<Sequence<Window>>, Error> {
        let shared = (self.reader.max_length / 2).min(MOST_SHARED);
        let encodings = self.reader.windows_by(&of, shared, Strategy::OnlySecond)?;
        let (text, count) = (Arc::new(of.passage.pair.unwrap_or_default()), encodings.lengths.len());
        let row = |(number, row): (usize, Row<'_>)| Sequence {
            ids: row.ids.to_vec(),
            type_ids: row.type_ids.to_vec(),
            about: Window { text: Arc::clone(&text), is_last: number + 1 == count, words: words(&row) },
        };
        Ok(encodings.rows().enumerate().map(row).collect())
    }

    fn found(&self, batch: &Batch, windows: &[Window]) -> Result<Vec<Found>, Error> {
        let scores = floats(self.model.forward(batch, &mut Pass::inference())?)?; // [tokens, 2]
        let of_window = |(window, first): (&Window, u32)| {
            let of = |column: usize| -> Vec<f32> {
                let all = scores.iter().skip(2 * first as usize + column).step_by(2);
                probabilities(&all.copied().take(window.words.len()).collect::<Vec<_>>(), &window.words)
            };
            let (starts, ends) = (of(0), of(1));
            let no_answer_score = starts.first().zip(ends.first()).map_or(0.0, |(start, end)| start * end);
            let spans = self.spans(&starts, &ends, &window.words);
            Found { text: Arc::clone(&window.text), is_last: window.is_last, spans, no_answer_score }
        };
        Ok(windows.iter().zip(batch.first_tokens()).map(of_window).collect())
    }

    /// The likeliest stretches of a window, as words.
    fn spans(&self, starts: &[f32], ends: &[f32], words: &[Word]) -> Vec<Span> {
        let from = |first: usize| {
            let span = move |last: usize| {
                let ((start, _), (_, end)) = ((*words.get(first)?)?, (*words.get(last)?)?);
                let score = starts.get(first)? * ends.get(last)?;
                (score > 0.0).then_some(Span { start, end, score })
            };
            (first..words.len().min(first + self.settings.longest)).filter_map(span)
        };
        let mut spans: Vec<Span> = (0..words.len()).flat_map(from).collect();
        spans.sort_by(|a, b| b.score.total_cmp(&a.score));
        // Of several tokens of one word, what they say is added up.
        spans.truncate(2 * self.settings.top_k + 10);
        spans
    }

    fn answers(&self, spans: &[Span], no_answer_score: f32, text: &str) -> Answers {
        let (mut answers, mut alike, places) = (Vec::<Answer>::new(), HashMap::new(), Places::of(text));
        for &Span { start, end, score } in spans {
            let found = places.between(start, end);
            let place = *alike.entry(found.to_lowercase()).or_insert(answers.len());
            match answers.get_mut(place) {
                Some(answer) => answer.score += score,
                None => answers.push(Answer { text: found.to_owned(), score, start, end }),
            }
        }
        if self.settings.may_be_none {
            answers.push(Answer { text: String::new(), score: no_answer_score, start: 0, end: 0 });
        }
        answers.sort_by(|a, b| b.score.total_cmp(&a.score));
        answers.truncate(self.settings.top_k);
        Answers { answers, no_answer_score }
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
