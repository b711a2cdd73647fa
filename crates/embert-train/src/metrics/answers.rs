//! Answers that are stretches of a text, compared as SQuAD's own scripts do it: `evaluate-v1.1.py` (Rajpurkar et al.
//! 2016) and `evaluate-v2.0.py` (Rajpurkar et al. 2018).

use std::collections::HashMap;

use super::{
    characters::{is_space, is_word},
    report::Metrics,
};

const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// A question's answers.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// What the model says; nothing (`""`) where it says that there is no answer.
    pub predicted: &'a str,
    /// The answers, each of which is right; none where the question has no answer.
    pub truths: &'a [String],
}

/// An answer without what does not count: in lower case, without ASCII punctuation and without the words `a`, `an` and
/// `the`, one space between words.
pub fn normalize_answer(answer: &str) -> String {
    let lower: String = answer.to_lowercase().chars().filter(|letter| !letter.is_ascii_punctuation()).collect();
    let words = without_articles(&lower);
    words.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `exact_match` and `f1` of SQuAD 1.1, in percent, each the best over the right answers; NaN of no questions.
///
/// A question without an answer has 0, which the script has no figure for.
pub fn squad(questions: &[Answered]) -> Metrics {
    let scores = questions.iter().map(|question| best(question.truths.iter().map(String::as_str), question, false));
    let Total { exact, f1, .. } = Total::of(scores);
    Metrics::new([("exact_match", exact), ("f1", f1)])
}

/// `exact`, `f1` and `total` of SQuAD 2.0, then the same of the questions that have an answer (`HasAns_`) and of those
/// that have none (`NoAns_`), where there are any. In percent, but for the totals; NaN of no questions.
///
/// Nothing is the right answer to a question that has none, and to one whose answers are nothing but articles and
/// punctuation.
pub fn squad_v2(questions: &[Answered]) -> Metrics {
    let scores: Vec<(bool, Score)> =
        questions.iter().map(|question| (!question.truths.is_empty(), score_v2(question))).collect();
    let all = Total::of(scores.iter().map(|(_, score)| *score));
    let part = |has: bool| Total::of(scores.iter().filter(|(answered, _)| *answered == has).map(|(_, score)| *score));
    let (has, none) = (part(true), part(false));
    let mut figures = vec![("exact", all.exact), ("f1", all.f1), ("total", all.questions)];
    if has.questions > 0.0 {
        figures.extend([("HasAns_exact", has.exact), ("HasAns_f1", has.f1), ("HasAns_total", has.questions)]);
    }
    if none.questions > 0.0 {
        figures.extend([("NoAns_exact", none.exact), ("NoAns_f1", none.f1), ("NoAns_total", none.questions)]);
    }
    Metrics::new(figures)
}

/// Of one question: whether the answer is right, 0 or 1, and how many of its words are, in `[0, 1]`.
#[derive(Clone, Copy, Default)]
struct Score {
    exact: f64,
    f1: f64,
}

fn score_v2(question: &Answered) -> Score {
    let mut truths =
        question.truths.iter().map(String::as_str).filter(|truth| !normalize_answer(truth).is_empty()).peekable();
    match truths.peek() {
        Some(_) => best(truths, question, true),
        None => best([""].into_iter(), question, true),
    }
}

/// The best exact match and the best F1 over the truths, which need not be of the same truth; 0 over none.
///
/// Between two answers without words, F1 is 0 in SQuAD 1.1, and 1 in 2.0, where `nothing_is_nothing`.
fn best<'a>(truths: impl Iterator<Item = &'a str>, question: &Answered, nothing_is_nothing: bool) -> Score {
    let predicted = normalize_answer(question.predicted);
    truths.map(normalize_answer).fold(Score::default(), |best, truth| {
        let is_same = predicted == truth;
        let f1 = if truth.is_empty() && is_same && nothing_is_nothing { 1.0 } else { f1(&predicted, &truth) };
        Score { exact: best.exact.max(f64::from(u8::from(is_same))), f1: best.f1.max(f1) }
    })
}

/// F1 of the words of two normalised answers, each word as often as it is in both.
fn f1(predicted: &str, truth: &str) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    let mut words = 0;
    for word in truth.split_whitespace() {
        *left.entry(word).or_default() += 1;
        words += 1;
    }
    let mut common = 0;
    for word in predicted.split_whitespace() {
        words += 1;
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    if common == 0 { 0.0 } else { f64::from(2 * common) / f64::from(words) }
}

/// Means over questions, in percent.
struct Total {
    exact: f64,
    f1: f64,
    questions: f64,
}

impl Total {
    fn of(scores: impl Iterator<Item = Score>) -> Self {
        let mut sum = Self { exact: 0.0, f1: 0.0, questions: 0.0 };
        for score in scores {
            sum.exact += score.exact;
            sum.f1 += score.f1;
            sum.questions += 1.0;
        }
        let percent = |sum_of: f64| 100.0 * sum_of / sum.questions;
        Self { exact: percent(sum.exact), f1: percent(sum.f1), questions: sum.questions }
    }
}

/// A space in place of each article: Python's `re.sub(r"\b(a|an|the)\b", " ", text)`.
fn without_articles(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (between, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|letter| !is_word(letter)).unwrap_or(from.len()));
        kept.push_str(between);
        kept.push_str(if ARTICLES.contains(&word) { " " } else { word });
        rest = after;
    }
    kept + rest
}
