//! The classes of a classifier, in config.json.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// `id2label`: the names of classes, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>")]
pub struct ClassNames(BTreeMap<usize, String>);

impl ClassNames {
    /// The names, the class with id 0 first.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().enumerate().collect())
    }

    /// How many classes have names.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no class has a name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of the class with that id.
    pub fn name(&self, id: usize) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}

impl TryFrom<BTreeMap<String, Value>> for ClassNames {
    type Error = String;

    fn try_from(by_id: BTreeMap<String, Value>) -> Result<Self, String> {
        let named = by_id.into_iter().map(|(id, name)| {
            let id = id.parse().map_err(|_| format!("{id:?} is no class; a number from 0 is expected"))?;
            let name = match name {
                Value::String(name) => name,
                other => other.to_string(),
            };
            Ok((id, name))
        });
        named.collect::<Result<_, String>>().map(Self)
    }
}

impl Serialize for ClassNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, name)| (id.to_string(), name)))
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
    /// Scores of a classifier: `num_labels`, else as many as `id2label` names, else 2.
    pub num_labels: usize,
    /// Where it is absent, the labels' number and type decide.
    pub problem_type: Option<ProblemType>,
}

impl Labels {
    /// From the keys of those names.
    pub fn new(id2label: &Option<ClassNames>, num_labels: Option<usize>, problem_type: Option<ProblemType>) -> Self {
        let named = id2label.as_ref().map(ClassNames::len);
        Self { num_labels: num_labels.or(named).unwrap_or(2), problem_type }
    }
}

/// Reads `null` as what an absent key stands for: `"architectures": null`.
///
/// # Errors
/// Where there is something of another type.
pub fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}
