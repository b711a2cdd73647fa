//! The names of classes and their ids.

use std::collections::{BTreeSet, HashMap};

use super::Origin;
use crate::Error;
use crate::value::{listed, quoted};

/// Class names in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSet {
    names: Vec<String>,
    ids: HashMap<String, u32>,
}

impl LabelSet {
    /// These names, the one with id 0 first, as a model's `id2label` has them. `LABEL_0` is what transformers calls a class
    /// that has no name: the number alone, which files have, means it too.
    ///
    /// # Errors
    /// A name that stands twice.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, Error> {
        let mut set = Self::default();
        for (id, name) in (0..).zip(names) {
            let name = name.into();
            if set.ids.insert(name.clone(), id).is_some() {
                return Err(Error::RepeatedLabel { label: name });
            }
            set.names.push(name);
        }
        for (id, name) in (0..).zip(&set.names) {
            if *name == format!("LABEL_{id}") {
                // Where that is another's name, it is that one's.
                set.ids.entry(id.to_string()).or_insert(id);
            }
        }
        Ok(set)
    }

    /// These names in the order of their ids in `other`, if they are all that it has.
    pub fn in_order_of(&self, other: &Self) -> Option<Self> {
        let mut names = self.names.iter().map(|name| Some((other.id(name)?, name))).collect::<Option<Vec<_>>>()?;
        names.sort_unstable();
        let are_all = names.len() == other.len() && (0..).zip(&names).all(|(id, (of_other, _))| id == *of_other);
        are_all.then(|| Self::new(names.into_iter().map(|(_, name)| name.as_str())).ok()).flatten()
    }

    /// The names that stand in data, each once: as numbers ascending if all are whole numbers, else sorted as texts. So
    /// the ids do not depend on the order of the data.
    ///
    /// ```
    /// use embert_data::tasks::LabelSet;
    ///
    /// assert_eq!(LabelSet::of(["10", "9", "-1", "9"]).names(), ["-1", "9", "10"]);
    /// assert_eq!(LabelSet::of(["O", "B-PER", "10", "9"]).names(), ["10", "9", "B-PER", "O"]);
    /// ```
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = names.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        // A number that could be written otherwise ("+1", "01") is a name like any other.
        let number = |name: &str| name.parse::<i64>().ok().filter(|number| number.to_string() == name);
        if names.iter().all(|name| number(name).is_some()) {
            names.sort_by_key(|name| number(name));
        }
        let ids = (0..).zip(&names).map(|(id, name)| ((*name).to_string(), id)).collect();
        Self { names: names.into_iter().map(str::to_string).collect(), ids }
    }

    /// The names, in the order of their ids.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The id of a name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.ids.get(name).copied()
    }

    /// The name of an id.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.names.get(id as usize).map(String::as_str)
    }

    /// The id of a name that stands in a file.
    pub(crate) fn require(&self, name: &str, origin: &Origin) -> Result<u32, Error> {
        self.id(name).ok_or_else(|| Error::UnknownLabel {
            path: origin.path.to_path_buf(),
            place: origin.place,
            label: quoted(name),
            expected: listed(self.names.iter().map(String::as_str)),
        })
    }
}
