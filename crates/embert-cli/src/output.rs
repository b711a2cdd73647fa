//! Lines on their way in, and vectors on their way out.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write, stdout},
    path::Path,
    str::FromStr,
};

use anyhow::{Context, bail};
use embert::checkpoint::{NamedTensor, Values, tensor_bytes, write_beside};
use serde::Serialize;

/// A line, or the news that it is not text.
pub(crate) type Line = Result<String, NotUtf8>;

/// A line that is not UTF-8.
#[derive(Debug)]
pub(crate) struct NotUtf8 {
    name: String,
    number: usize,
}

impl std::fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: it is not UTF-8", self.name, self.number)
    }
}

impl std::error::Error for NotUtf8 {}

/// What a file to read is called, in errors.
pub(crate) fn name_of(input: &Path) -> String {
    if input == Path::new("-") { "standard input".to_owned() } else { input.display().to_string() }
}

/// Lets `tell` write a file, whole or not at all, or to standard output.
pub(crate) fn write_to(
    output: Option<&Path>,
    tell: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let tell = |out: &mut dyn Write| {
        tell(out)?;
        Ok(out.flush()?)
    };
    match output {
        Some(path) => write_beside(path, |file| tell(&mut BufWriter::new(file))),
        None => tell(&mut BufWriter::new(stdout().lock())),
    }
}

/// The lines of a file, or of standard input where it is `-`. A line ends at
/// `\n` alone, so that there are as many results as lines.
pub(crate) fn lines(input: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Line>> + Send + use<>> {
    let name = name_of(input);
    let mut reader: Box<dyn BufRead + Send> = if input == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin())) // its lock is one thread's
    } else {
        Box::new(BufReader::new(File::open(input).with_context(|| name.clone())?))
    };
    let mut number = 0;
    Ok(std::iter::from_fn(move || {
        let mut line = Vec::new();
        number += 1;
        match reader.read_until(b'\n', &mut line).with_context(|| name.clone()) {
            Ok(0) => None,
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Some(Ok(String::from_utf8(line).map_err(|_| NotUtf8 { name: name.clone(), number })))
            }
            Err(error) => Some(Err(error)),
        }
    }))
}

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `{"embedding": […]}`, a line each.
    JsonLines,
    /// NumPy's format, f32 `[n, width]`.
    Npy,
    /// A tensor `embeddings`, f32 `[n, width]`.
    Safetensors,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "jsonl" => Ok(Self::JsonLines),
            "npy" => Ok(Self::Npy),
            "safetensors" => Ok(Self::Safetensors),
            _ => Err(format!("{name:?} is no format; jsonl, npy or safetensors is expected")),
        }
    }
}

/// A line of a vector's own numbers: no digit more than an f32 needs.
#[derive(Serialize)]
struct EmbeddingLine<'a> {
    embedding: &'a [f32],
}

/// Writes vectors as they come where the format lets it, else at the end.
pub(crate) struct VectorWriter<'a> {
    format: Format,
    out: &'a mut dyn Write,
    width: usize,
    rows: usize,
    values: Vec<f32>,
}

impl<'a> VectorWriter<'a> {
    pub(crate) fn new(format: Format, width: usize, out: &'a mut dyn Write) -> Self {
        Self { format, out, width, rows: 0, values: Vec::new() }
    }

    pub(crate) fn write(&mut self, vector: &[f32]) -> std::io::Result<()> {
        self.rows += 1;
        match self.format {
            Format::JsonLines => {
                serde_json::to_writer(&mut *self.out, &EmbeddingLine { embedding: vector })?;
                self.out.write_all(b"\n")?;
            }
            Format::Npy | Format::Safetensors => self.values.extend(vector),
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> anyhow::Result<()> {
        match self.format {
            Format::JsonLines => {}
            Format::Npy => {
                self.out.write_all(&npy_header(self.rows, self.width)?)?;
                for value in &self.values {
                    self.out.write_all(&value.to_le_bytes())?;
                }
            }
            Format::Safetensors => {
                let (name, shape) = ("embeddings".into(), vec![self.rows, self.width]);
                let tensor = NamedTensor { name, shape, values: Values::Float(self.values) };
                self.out.write_all(&tensor_bytes(&[tensor])?)?;
            }
        }
        Ok(self.out.flush()?)
    }
}

/// Version 1.0 of the format: magic, version, length, a Python dictionary
/// padded with spaces to a multiple of 64 bytes and ended by a line feed
/// (numpy.lib.format).
fn npy_header(rows: usize, width: usize) -> anyhow::Result<Vec<u8>> {
    let mut dictionary = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}");
    let prefix = 10;
    let padding = 63 - (prefix + dictionary.len()) % 64;
    dictionary.extend(std::iter::repeat_n(' ', padding));
    dictionary.push('\n');
    let Ok(length) = u16::try_from(dictionary.len()) else { bail!("the shape ({rows}, {width}) is too large for npy") };
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend(length.to_le_bytes());
    header.extend(dictionary.into_bytes());
    Ok(header)
}

/// Writes a line to standard error. Nobody to read it is no reason to stop.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// An error and its causes in one line, without those that it already tells of.
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        _ if told.contains(&cause) => told,
        _ => format!("{told}: {cause}"),
    })
}
