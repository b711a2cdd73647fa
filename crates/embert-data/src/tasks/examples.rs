//! Examples as they come out of a file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::records::{Misfit, Record, Records};
use crate::value::listed;
use crate::{Error, Place};

/// Where an example stands, for errors that are found later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub path: Arc<Path>,
    /// Where in it.
    pub place: Place,
}

/// The examples of one file, read as they are asked for.
///
/// An error is the last item. A file without an example is one.
pub struct Examples<T> {
    path: Arc<Path>,
    next: Option<Box<Next<T>>>,
    is_empty: bool, // as far as it has been read
    passed_over: usize,
}

/// Gives the next example, and counts the records that were passed over before it.
type Next<T> = dyn FnMut(&mut usize) -> Result<Option<T>, Error> + Send;

impl<T> Examples<T> {
    pub(crate) fn new(path: Arc<Path>, mut next: impl FnMut() -> Result<Option<T>, Error> + Send + 'static) -> Self {
        Self::counted(path, move |_| next())
    }

    fn counted(path: Arc<Path>, next: impl FnMut(&mut usize) -> Result<Option<T>, Error> + Send + 'static) -> Self {
        Self { path, next: Some(Box::new(next)), is_empty: true, passed_over: 0 }
    }

    /// Records that say nothing, and were passed over so far.
    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// Those of a file's records, but for records of which there is none.
    pub(crate) fn of_records(
        mut records: Records,
        mut example: impl FnMut(Record, &Arc<Path>) -> Result<Option<T>, Error> + Send + 'static,
    ) -> Self {
        let path = Arc::clone(records.path());
        Self::counted(Arc::clone(&path), move |passed_over| {
            while let Some(record) = records.next()? {
                if let Some(example) = example(record, &path)? {
                    return Ok(Some(example));
                }
                *passed_over += 1;
            }
            Ok(None)
        })
    }
}

/// The fields that values are taken from. Every line of a file has those that its first example has: one would else be
/// read otherwise than another, without a word.
#[derive(Default)]
pub(crate) struct Steady {
    first: Option<(Place, Vec<String>)>,
}

impl Steady {
    pub(crate) fn check(
        &mut self,
        record: &Record,
        positions: impl IntoIterator<Item = usize>,
        path: &Path,
    ) -> Result<(), Error> {
        let names: Vec<&str> =
            positions.into_iter().filter_map(|position| record.names().get(position)).map(String::as_str).collect();
        let Some((place, first)) = &self.first else {
            self.first = Some((record.place, names.into_iter().map(str::to_owned).collect()));
            return Ok(());
        };
        let is_same = |(name, first): (&&str, &String)| name.eq_ignore_ascii_case(first);
        if names.len() == first.len() && names.iter().zip(first).all(is_same) {
            return Ok(());
        }
        let expected = format!("the fields {}, as {place} has", listed(first.iter().map(String::as_str)));
        let found = listed(names.into_iter());
        Err(record.misfit(path, Misfit::Several { expected, found }))
    }
}

impl<T> Iterator for Examples<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next.as_mut()?(&mut self.passed_over);
        match next {
            Ok(Some(example)) => {
                self.is_empty = false;
                return Some(Ok(example));
            }
            Ok(None) if !self.is_empty => self.next = None,
            Ok(None) => {
                self.next = None;
                return Some(Err(Error::NoExamples { path: self.path.to_path_buf() }));
            }
            Err(error) => {
                self.next = None;
                return Some(Err(error));
            }
        }
        None
    }
}

impl<T> fmt::Debug for Examples<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examples").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The values of all examples, or none if none of them has one.
pub(crate) fn all_or_none<'e, E, T>(
    examples: &'e [E],
    name: &str,
    value: impl Fn(&'e E) -> Option<T>,
    origin: impl Fn(&E) -> &Origin,
) -> Result<Option<Vec<T>>, Error> {
    let values: Vec<T> = examples.iter().filter_map(&value).collect();
    if values.is_empty() {
        return Ok(None);
    }
    let Some(lacking) = examples.iter().find(|example| value(example).is_none()) else { return Ok(Some(values)) };
    let Origin { path, place } = origin(lacking);
    Err(Error::Record {
        path: path.to_path_buf(),
        place: *place,
        expected: format!("a {name}, as other examples have"),
        found: "none".into(),
    })
}
