//! From a model and examples of a task to a model of the task.
//!
//! What is [`Said`](crate::run::Said) of a run becomes [`Settings`], and with a folder a [`Run`], as in
//! [`pretrain`](crate::pretrain). The model begins as the one that it is given, with a fresh head where that has none for
//! the task and its classes, by their names. The folder's `best` is the model of the best figure on the held-out examples.

mod scribe;
mod settings;
mod training;

use std::time::Duration;

use embert_core::ProblemType;

use crate::run;

pub use settings::{BatchSettings, DataSettings, Settings};
pub use training::{Run, follow};

/// What has happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The examples are there.
    Data {
        /// Rows to train on.
        training: usize,
        /// Rows held out.
        held_out: usize,
        /// Rows of both files that annotators gave no label, and that are left out.
        passed_over: usize,
        /// What the labels of sequences are.
        problem: Option<ProblemType>,
        /// The names of the classes, where there are any.
        labels: Vec<String>,
        /// Time that it took.
        elapsed: Duration,
    },
    /// Nothing is left to be chosen.
    Plan(Box<Settings>),
    /// The model was read that it begins as.
    Begun {
        /// What was drawn, since the model has none of it: the head.
        drawn: Vec<String>,
    },
    /// In the training itself.
    Training(run::Event),
}
