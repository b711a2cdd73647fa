//! What a model is asked for.

use std::{path::Path, str::FromStr};

use embert_checkpoint::{CONFIG_FILE, Weights, has_head, read_config};
use embert_core::FamilyConfig;

use crate::{auto::AutoConfig, device::of_outlines, error::Error};

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `last_hidden_state`, and `pooler_output` where there is a pooler.
    Base,
    /// `logits` of each token over the vocabulary.
    MaskedLm,
    /// `logits` of each row: B follows A, or not.
    NextSentence,
    /// `prediction_logits`, and `seq_relationship_logits` (BERT) or `sop_logits` (ALBERT).
    PreTraining,
    /// `logits` of each row over the classes.
    SequenceClassification,
    /// `logits` of each token over the classes.
    TokenClassification,
    /// `start_logits` and `end_logits` of each token.
    QuestionAnswering,
    /// `logits` of each question over its answers.
    MultipleChoice,
}

/// Does the same with the class of models of any task.
macro_rules! any_task {
    ($task:expr, $model:ident => $do:expr) => {{
        use $crate::auto::*;
        match $task {
            Task::Base => {
                type $model = AutoModel;
                $do
            }
            Task::MaskedLm => {
                type $model = AutoModelForMaskedLm;
                $do
            }
            Task::NextSentence => {
                type $model = AutoModelForNextSentencePrediction;
                $do
            }
            Task::PreTraining => {
                type $model = AutoModelForPreTraining;
                $do
            }
            Task::SequenceClassification => {
                type $model = AutoModelForSequenceClassification;
                $do
            }
            Task::TokenClassification => {
                type $model = AutoModelForTokenClassification;
                $do
            }
            Task::QuestionAnswering => {
                type $model = AutoModelForQuestionAnswering;
                $do
            }
            Task::MultipleChoice => {
                type $model = AutoModelForMultipleChoice;
                $do
            }
        }
    }};
}
pub(crate) use any_task;

impl Task {
    /// Its name, as `--task` has it.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(task, ..)| *task == self).map_or("base", |(_, name, _)| name)
    }

    /// Every task: the name that `--task` has for it, and what its class in
    /// `architectures` is called after the family's prefix.
    pub const ALL: [(Self, &'static str, &'static str); 8] = [
        (Self::Base, "base", "Model"),
        (Self::MaskedLm, "masked-lm", "ForMaskedLM"),
        (Self::NextSentence, "next-sentence", "ForNextSentencePrediction"),
        (Self::PreTraining, "pretraining", "ForPreTraining"),
        (Self::SequenceClassification, "sequence-classification", "ForSequenceClassification"),
        (Self::TokenClassification, "token-classification", "ForTokenClassification"),
        (Self::QuestionAnswering, "question-answering", "ForQuestionAnswering"),
        (Self::MultipleChoice, "multiple-choice", "ForMultipleChoice"),
    ];

    /// What the model in `dir` was saved for: the `architectures` of its
    /// config decide, without them the heads in its file, else `base`.
    ///
    /// # Errors
    /// Where the directory cannot be read, or was saved from a class that
    /// there is no task for.
    pub fn of(dir: &Path) -> Result<Self, Error> {
        let file = dir.join(CONFIG_FILE);
        let config: AutoConfig = read_config(&file)?;
        let Some(found) = config.architectures().first() else {
            return Self::of_heads(&Weights::open(dir)?, &config);
        };
        let prefix = config.family().class_prefix;
        let named = |(_, _, class): &(Self, &str, &str)| found.strip_prefix(prefix) == Some(class);
        match Self::ALL.into_iter().find(named) {
            Some((task, ..)) => Ok(task),
            None => Err(Error::File {
                file,
                message: format!(
                    "architectures is {found}; one of {} is expected, or a task by name",
                    Self::ALL.map(|(_, _, class)| format!("{prefix}{class}")).join(", ")
                ),
            }),
        }
    }

    /// The first task whose whole head is there, those with the larger heads before.
    fn of_heads(weights: &Weights, config: &AutoConfig) -> Result<Self, Error> {
        let device = of_outlines()?;
        for task in [
            Self::PreTraining,
            Self::MaskedLm,
            Self::NextSentence,
            Self::QuestionAnswering,
            Self::SequenceClassification,
            Self::MultipleChoice,
            Self::TokenClassification,
        ] {
            if any_task!(task, M => has_head::<M>(weights, config, &device)?) {
                return Ok(task);
            }
        }
        Ok(Self::Base)
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|(_, known, _)| *known == name);
        named
            .map(|(task, ..)| task)
            .ok_or_else(|| format!("{name:?} is no task; {} is expected", Self::ALL.map(|(_, n, _)| n).join(", ")))
    }
}
