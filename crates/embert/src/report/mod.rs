//! What a run has come to, made from the lines of its `metrics.jsonl`: a page to read, and a file for TensorBoard.

mod charts;
mod html;
pub mod tensorboard;

pub use charts::sparkline;
pub(crate) use html::escaped as escaped_in_html;
pub use html::html;

use serde_json::Value;

/// What stands in a sample where a word is to be guessed: BERT's and ALBERT's token, and RoBERTa's.
const MASKS: [&str; 2] = ["[MASK]", "<mask>"];

/// A stretch of a sample.
enum Piece<'a> {
    /// Words that the model was given.
    Given(&'a str),
    /// A word that the model filled in, and the one that was there.
    Guessed { guess: &'a str, original: &'a str },
}

/// The lines of one event, in their order.
fn of_event<'a>(lines: &'a [Value], event: &str) -> impl DoubleEndedIterator<Item = &'a Value> {
    lines.iter().filter(move |line| line.get("event").and_then(Value::as_str) == Some(event))
}

/// The samples of a line about a validation, each in its pieces; none for a line without samples.
fn samples(validated: &Value) -> impl Iterator<Item = Vec<Piece<'_>>> {
    validated.get("samples").and_then(Value::as_array).into_iter().flatten().map(pieces)
}

/// The text of a sample with its answers in place of its masks. Where there are not as many masks as answers,
/// because the corpus itself has that word, the answers come after the text.
fn pieces(sample: &Value) -> Vec<Piece<'_>> {
    let text = sample.get("text").and_then(Value::as_str).unwrap_or_default();
    let answers = sample.get("answers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mask = MASKS.into_iter().find(|mask| text.matches(mask).count() == answers.len());
    let mut given: Vec<&str> = mask.map_or_else(|| vec![text], |mask| text.split(mask).collect());
    given.resize(answers.len() + 1, " ");
    let mut pieces = Vec::new();
    for (index, given) in given.into_iter().enumerate() {
        pieces.push(Piece::Given(given));
        if let Some(answer) = answers.get(index) {
            let word = |key| answer.get(key).and_then(Value::as_str).unwrap_or("?");
            pieces.push(Piece::Guessed { guess: word("guess"), original: word("original") });
        }
    }
    pieces
}

/// The name of a part of the objective as a reader knows it.
fn part_name(part: &str) -> String {
    match part {
        "mlm" => "masked words".to_owned(),
        "nsp" => "next sentence".to_owned(),
        "sop" => "sentence order".to_owned(),
        other => other.replace('_', " "),
    }
}

/// Text with its special letters as character references, which HTML and Markdown read nothing into.
fn escaped(text: &str, special: fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if special(letter) {
            escaped += &format!("&#{};", u32::from(letter));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}
