//! The classes of a classifier, in config.json.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

/// `id2label`: the name of each class, by its number from 0.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct ClassNames(Vec<String>);

impl ClassNames {
    /// The names, the class with id 0 first.
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names, the class with id 0 first.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl TryFrom<BTreeMap<String, String>> for ClassNames {
    type Error = String;

    fn try_from(mut by_id: BTreeMap<String, String>) -> Result<Self, String> {
        let classes = by_id.len();
        let name = |id: usize| {
            by_id.remove(&id.to_string()).ok_or_else(|| {
                format!("class {id} of {classes} has no name; \"0\" to \"{}\" are expected", classes - 1)
            })
        };
        (0..classes).map(name).collect::<Result<_, _>>().map(Self)
    }
}

impl Serialize for ClassNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(id, name)| (id.to_string(), name)))
    }
}

/// `problem_type`: what a sequence classifier's scores are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemType {
    /// One number or more; mean squared error.
    Regression,
    /// One class of several; cross-entropy.
    SingleLabelClassification,
    /// Each class by itself; binary cross-entropy.
    MultiLabelClassification,
}

/// The keys of config.json that every classifier has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Scores of a classifier: as many as `id2label` names, else `num_labels`, else 2.
    pub num_labels: usize,
    /// Where it is absent, the labels' number and type decide.
    pub problem_type: Option<ProblemType>,
}

impl Labels {
    /// From the keys of those names.
    pub fn new(id2label: &Option<ClassNames>, num_labels: Option<usize>, problem_type: Option<ProblemType>) -> Self {
        let named = id2label.as_ref().map(|names| names.names().len());
        Self { num_labels: named.or(num_labels).unwrap_or(2), problem_type }
    }
}
