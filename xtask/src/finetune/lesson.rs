//! A task of fine-tuning, with its examples and what has to come of it.

use super::story::Story;

pub(super) struct Lesson {
    /// As `--task` has it.
    pub(super) task: &'static str,
    /// Of its files' names.
    pub(super) extension: &'static str,
    pub(super) training: Examples,
    pub(super) held_out: Examples,
    /// How often the examples are gone through.
    pub(super) epochs: usize,
    /// The figure that counts, and what it is when everything is right.
    pub(super) figure: (&'static str, f64),
    pub(super) baseline: Baseline,
    /// The share of what is possible that has to be reached.
    pub(super) needed: f64,
}

/// The text of a file, and how many examples it has.
#[derive(Default)]
pub(super) struct Examples {
    pub(super) text: String,
    pub(super) count: usize,
}

/// What is reached without a model that has learned the task.
pub(super) enum Baseline {
    /// By such a rule.
    Rule(&'static str, f64),
    /// By the model that the lesson begins with.
    ModelBefore,
}

/// Stories that are learned from, and others.
pub(super) struct Stories<'a> {
    pub(super) training: &'a [Story],
    pub(super) held_out: &'a [Story],
}

impl Examples {
    /// An example a line, under a header where there is one.
    pub(super) fn of_lines(header: &str, lines: impl IntoIterator<Item = String>) -> Self {
        let mut examples = Self { text: header.to_owned(), count: 0 };
        for line in lines {
            examples.text += &line;
            examples.text.push('\n');
            examples.count += 1;
        }
        examples
    }
}

/// How many of so many.
pub(super) fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}
