//! Answers on their way out, one after another.

use std::{io::Write, path::Path, str::FromStr};

use arrow_schema::Field;
use serde::Serialize;

use super::parquet::ParquetWriter;

/// What is said of one input.
pub(crate) trait Told: Serialize {
    /// The columns that it is in Parquet: as many as it has keys in JSON.
    fn columns() -> Vec<Field>;

    /// Writes it for a person to read, in one line or several.
    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()>;
}

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object a line.
    JsonLines,
    /// A row for each.
    Parquet,
    /// NumPy's format, f32 `[n, width]`: of vectors alone.
    Npy,
    /// A tensor `embeddings`, f32 `[n, width]`: of vectors alone.
    Safetensors,
}

impl Format {
    /// Each by the name that files and flags have for it.
    pub(crate) const NAMES: [(&'static str, Self); 4] = [
        ("jsonl", Self::JsonLines),
        ("parquet", Self::Parquet),
        ("npy", Self::Npy),
        ("safetensors", Self::Safetensors),
    ];

    /// What a file's name says: JSON lines, unless it ends as one of another format.
    pub(crate) fn of(output: Option<&Path>) -> Self {
        let extension = output.and_then(Path::extension).unwrap_or_default();
        extension.to_string_lossy().to_lowercase().parse().unwrap_or(Self::JsonLines)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(name, _)| name).join(", ");
        named.map(|(_, format)| format).ok_or_else(|| format!("{name:?} is no format; one of {names} is expected"))
    }
}

/// Writes answers as they come.
pub(crate) enum Answers<'a> {
    /// For people.
    Pretty(&'a mut dyn Write),
    /// For machines.
    JsonLines(&'a mut dyn Write),
    /// For machines that have many of them.
    Parquet(Box<ParquetWriter<'a>>),
}

impl<'a> Answers<'a> {
    pub(crate) fn parquet<T: Told>(out: &'a mut (dyn Write + Send)) -> anyhow::Result<Self> {
        Ok(Self::Parquet(Box::new(ParquetWriter::new(T::columns(), out)?)))
    }

    pub(crate) fn write<T: Told>(&mut self, answer: &T) -> anyhow::Result<()> {
        match self {
            Self::Pretty(out) => Ok(answer.tell(out)?),
            Self::JsonLines(out) => {
                // As the error that writing alone gives, by which a reader that went away is told.
                serde_json::to_writer(&mut **out, answer).map_err(std::io::Error::from)?;
                Ok(out.write_all(b"\n")?)
            }
            Self::Parquet(writer) => writer.write(answer),
        }
    }

    pub(crate) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Parquet(writer) => writer.finish(),
            Self::Pretty(_) | Self::JsonLines(_) => Ok(()),
        }
    }
}
