//! Files of a JSON object a line, each with its `step`.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::error::Error;

/// Such a file, which grows with a training and can be taken back to one of its steps.
#[derive(Debug)]
pub struct JsonLines {
    path: PathBuf,
    file: File,
}

impl JsonLines {
    /// Opens it, or makes it.
    ///
    /// # Errors
    /// Where it cannot be written to.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::options().create(true).append(true).open(path).map_err(refused(path))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Keeps the lines up to `step`; the others, and what is half written, are cut off.
    ///
    /// # Errors
    /// Where a line before them has no step, or the file cannot be written.
    pub fn rewind(&mut self, step: usize) -> Result<(), Error> {
        let (_, kept) = self.up_to(step)?;
        self.file.set_len(kept).map_err(refused(&self.path))
    }

    /// The whole lines.
    ///
    /// # Errors
    /// Where the file cannot be read, or a line has no step.
    pub fn lines(&self) -> Result<Vec<Value>, Error> {
        Ok(self.up_to(usize::MAX)?.0)
    }

    /// The lines up to `step`, and the bytes that they take.
    fn up_to(&self, step: usize) -> Result<(Vec<Value>, u64), Error> {
        let text = std::fs::read(&self.path).map_err(refused(&self.path))?;
        let mut kept = 0;
        let mut lines = Vec::new();
        for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if !line.ends_with(b"\n") {
                break;
            }
            let value: Option<Value> = serde_json::from_slice(line).ok();
            let at = value.as_ref().and_then(|line| line.get("step")?.as_u64());
            let (Some(value), Some(at)) = (value, at) else {
                return Err(Error::Line { file: self.path.clone(), line: index + 1 });
            };
            if at > step as u64 {
                break;
            }
            kept += line.len();
            lines.push(value);
        }
        Ok((lines, kept as u64))
    }

    /// Adds a line.
    ///
    /// # Errors
    /// Where the file cannot be written to.
    pub fn push(&mut self, line: &Value) -> Result<(), Error> {
        self.file.write_all(format!("{line}\n").as_bytes()).map_err(refused(&self.path))
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    /// Where the operating system refuses.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(refused(&self.path))
    }
}

fn refused(file: &Path) -> impl Fn(std::io::Error) -> Error + '_ {
    |source| Error::Io { file: file.to_owned(), source }
}
