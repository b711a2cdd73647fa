//! A task of fine-tuning, with its examples and what has to come of it.

use anyhow::Context;

use super::story::Story;

/// Stories that a model is judged by.
const HELD_OUT: usize = 400;
/// Stories that tell the best model of a run.
const VALIDATION: usize = 200;
/// Stories that there are, for a lesson to take those that it learns from.
pub(super) const STORIES: usize = HELD_OUT + VALIDATION + 2000;

pub(super) struct Lesson {
    /// As `--task` has it.
    pub(super) task: &'static str,
    /// Of its files' names.
    pub(super) extension: &'static str,
    pub(super) examples: Split<Examples>,
    /// How often the examples are gone through.
    pub(super) epochs: usize,
    /// As `--lr` has it.
    pub(super) learning_rate: &'static str,
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

/// What is learned from, what tells the best model of a run, and what that is judged by.
pub(super) struct Split<T> {
    pub(super) training: T,
    pub(super) validation: T,
    pub(super) held_out: T,
}

/// None of them is one that `embert quickstart` trains on.
pub(super) type Stories<'a> = Split<&'a [Story]>;

impl<'a> Stories<'a> {
    /// Of all stories, so many to learn from.
    pub(super) fn of(stories: &'a [Story], training: usize) -> anyhow::Result<Self> {
        let few = "too few stories";
        let (held_out, rest) = stories.split_at_checked(HELD_OUT).context(few)?;
        let (validation, rest) = rest.split_at_checked(VALIDATION).context(few)?;
        Ok(Self { training: rest.get(..training).context(few)?, validation, held_out })
    }
}

impl<T> Split<T> {
    pub(super) fn map<U>(self, mut make: impl FnMut(T) -> U) -> Split<U> {
        Split { training: make(self.training), validation: make(self.validation), held_out: make(self.held_out) }
    }
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
