//! What a model is fine-tuned for, and judged by: from files of examples to an objective and its rows.

mod answers;
mod choices;
mod embedding;
mod sequence;
mod tokens;

use std::{fmt, path::Path, str::FromStr};

use embert_core::ProblemType;
use embert_data::tasks::{Examples, LabelSet};
use embert_tokenizer::Tokenizer;
use embert_train::Objective;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    AutoConfig,
    config_keys::{from_json, to_json},
    error::Error,
    run::wrong,
};

pub(crate) use answers::answers;
pub(crate) use choices::choices;
pub(crate) use embedding::embedding;
pub(crate) use sequence::sequence;
pub(crate) use tokens::tokens;

/// What a model is fine-tuned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskName {
    /// A class, several, or a number for a text or a pair of texts.
    SequenceClassification,
    /// A class for each word.
    TokenClassification,
    /// Where in a text the answer to a question stands.
    QuestionAnswering,
    /// Which of several answers is right.
    MultipleChoice,
    /// Vectors that are alike for texts that belong together.
    Embedding,
}

impl TaskName {
    /// Every task by its name.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::SequenceClassification, "sequence-classification"),
        (Self::TokenClassification, "token-classification"),
        (Self::QuestionAnswering, "question-answering"),
        (Self::MultipleChoice, "multiple-choice"),
        (Self::Embedding, "embedding"),
    ];

    /// Its name, as `--task` has it.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(task, _)| *task == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TaskName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|(_, known)| *known == name);
        let names = Self::ALL.map(|(_, name)| name).join(", ");
        named.map(|(task, _)| task).ok_or_else(|| format!("{name:?} is no such task; {names} is expected"))
    }
}

/// Where the values of an example stand, where nobody would guess it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The column of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The column of the second text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// The column of the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The names of all columns, of a table that has no header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Vec<String>>,
}

impl Columns {
    /// # Errors
    /// Where columns are named for a task whose files have their own.
    fn none_for(&self, task: TaskName) -> Result<(), Error> {
        if *self == Self::default() {
            return Ok(());
        }
        Err(wrong("data.columns", &format!("it is said; the files of {task} have columns of their own")))
    }
}

/// The files of a task, and how they are read.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    /// None where a model is judged alone.
    pub(crate) training: Option<&'a Path>,
    pub(crate) held_out: &'a Path,
    pub(crate) columns: &'a Columns,
    /// Tokens of a row, at most.
    pub(crate) max_length: usize,
}

/// The model that a task begins with.
pub(crate) struct Beginning<'a> {
    pub(crate) config: &'a AutoConfig,
    /// Whether its head is the task's already, so that its classes are those of the examples.
    pub(crate) has_head: bool,
    pub(crate) tokenizer: &'a Tokenizer,
}

/// A task with its examples, ready to be trained or judged.
pub(crate) struct Ready<O: Objective> {
    pub(crate) objective: O,
    /// The model's, with the head of the task.
    pub(crate) config: AutoConfig,
    pub(crate) training: Vec<O::Example>,
    pub(crate) held_out: Vec<O::Example>,
    /// Examples that are held out; one may have several rows.
    pub(crate) examples: usize,
    /// The classes, where there are any.
    pub(crate) labels: Vec<String>,
    /// Whether the model that it begins with has the same, so that its head, if it is of the task, goes on.
    pub(crate) has_own_labels: bool,
    /// Rows without a label that are left out, of both files.
    pub(crate) passed_over: usize,
}

/// What stands in both files.
struct Read<T> {
    training: Vec<T>,
    held_out: Vec<T>,
    passed_over: usize,
}

/// The examples of both files.
fn both<T>(
    files: &Files<'_>,
    read: impl Fn(&Path) -> Result<Examples<T>, embert_data::Error>,
) -> Result<Read<T>, Error> {
    let mut passed_over = 0;
    let mut all = |file: &Path| -> Result<Vec<T>, Error> {
        let mut examples = read(file)?;
        let all = examples.by_ref().collect::<Result<_, _>>()?;
        passed_over += examples.passed_over();
        Ok(all)
    };
    let training = files.training.map_or_else(|| Ok(Vec::new()), &mut all)?;
    let held_out = all(files.held_out)?;
    Ok(Read { training, held_out, passed_over })
}

/// The config with a head for such classes.
fn with_labels(config: &AutoConfig, names: &[String], problem: Option<ProblemType>) -> Result<AutoConfig, Error> {
    let mut keys = to_json(config)?;
    let by_id: Map<String, Value> = names.iter().enumerate().map(|(id, name)| (id.to_string(), json!(name))).collect();
    let by_name: Map<String, Value> = names.iter().enumerate().map(|(id, name)| (name.clone(), json!(id))).collect();
    forget_labels(&mut keys);
    (keys["id2label"], keys["label2id"]) = (by_id.into(), by_name.into());
    if let Some(problem) = problem {
        keys["problem_type"] = json!(problem);
    }
    from_json(keys)
}

/// The config of a model whose head has no classes. Those of the model that it was would say something else: to
/// transformers, that a head that finds answers has as many scores.
fn without_labels(config: &AutoConfig) -> Result<AutoConfig, Error> {
    let mut keys = to_json(config)?;
    forget_labels(&mut keys);
    from_json(keys)
}

fn forget_labels(keys: &mut Value) {
    let of_labels = ["id2label", "label2id", "num_labels", "problem_type"];
    if let Value::Object(keys) = keys {
        keys.retain(|key, _| !of_labels.contains(&key.as_str()));
    }
}

/// The classes of training data, or the model's own where they count; in the model's order where they are the same. And
/// whether they are.
fn labels(of: &Beginning<'_>, found: LabelSet, file: Option<&Path>) -> Result<(LabelSet, bool), Error> {
    let own = labels_of(of.config)?;
    if of.has_head {
        return Ok((own, true));
    }
    if let Some(ordered) = found.in_order_of(&own) {
        return Ok((ordered, true));
    }
    let (file, found_instead) = match (file, found.names()) {
        (Some(file), []) => (file, "it has no label".to_owned()),
        (Some(file), [one]) => (file, format!("its labels are {one}")),
        _ => return Ok((found, false)),
    };
    Err(Error::File { file: file.to_owned(), message: format!("{found_instead}; two or more are expected") })
}

/// The names of a model's classes, of which no two are the same.
fn labels_of(config: &AutoConfig) -> Result<LabelSet, Error> {
    Ok(LabelSet::new(config.class_names())?)
}
