//! Examples as they come out of a file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::Error;
use crate::records::{Record, Records, no_column};

/// Where an example stands, for errors that are found later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub path: Arc<Path>,
    /// The line in which it begins, from 1.
    pub line: u64,
}

/// The examples of one file, read as they are asked for.
///
/// An error is the last item. A file without an example is one.
pub struct Examples<T> {
    path: Arc<Path>,
    next: Option<Box<Next<T>>>,
    is_empty: bool, // as far as it has been read
}

type Next<T> = dyn FnMut() -> Result<Option<T>, Error> + Send;

impl<T> Examples<T> {
    pub(crate) fn new(path: Arc<Path>, next: impl FnMut() -> Result<Option<T>, Error> + Send + 'static) -> Self {
        Self { path, next: Some(Box::new(next)), is_empty: true }
    }

    /// The examples of a table or of JSON lines: `check` says what is wrong with the columns of a table, and `example`
    /// makes one of a record, or passes it over.
    pub(crate) fn of_records(
        mut records: Records,
        check: impl FnOnce(&[String]) -> Result<(), String>,
        mut example: impl FnMut(Record, &Arc<Path>) -> Result<Option<T>, Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let path = Arc::clone(records.path());
        if let Some(columns) = records.columns() {
            check(columns).map_err(|expected| no_column(&path, Some(1), expected, columns))?;
        }
        Ok(Self::new(Arc::clone(&path), move || {
            while let Some(record) = records.next()? {
                if let Some(example) = example(record, &path)? {
                    return Ok(Some(example));
                }
            }
            Ok(None)
        }))
    }
}

impl<T> Iterator for Examples<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next.as_mut()?();
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
    let Origin { path, line } = origin(lacking);
    Err(Error::Record {
        path: path.to_path_buf(),
        line: *line,
        expected: format!("a {name}, as other examples have"),
        found: "none".into(),
    })
}
