//! Vectors in one block, behind a header that says how many there are.

use std::{
    fs::File,
    io::{BufWriter, Seek, Write},
};

use anyhow::bail;
use serde_json::json;

use super::Format;

/// Collects vectors in a file of its own, in as little memory for a million as for one, until their number is known.
pub(crate) struct VectorWriter {
    format: Format,
    width: usize,
    rows: usize,
    values: BufWriter<File>,
}

impl VectorWriter {
    pub(crate) fn new(format: Format, width: usize) -> anyhow::Result<Self> {
        Ok(Self { format, width, rows: 0, values: BufWriter::new(tempfile::tempfile()?) })
    }

    pub(crate) fn write(&mut self, vector: &[f32]) -> anyhow::Result<()> {
        self.rows += 1;
        Ok(vector.iter().try_for_each(|value| self.values.write_all(&value.to_le_bytes()))?)
    }

    /// Writes the header, and all vectors after it.
    pub(crate) fn finish(self, out: &mut dyn Write) -> anyhow::Result<()> {
        let header = match self.format {
            Format::Npy => npy_header(self.rows, self.width)?,
            _ => safetensors_header(self.rows, self.width),
        };
        out.write_all(&header)?;
        let mut values = self.values.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        values.rewind()?;
        std::io::copy(&mut values, out)?;
        Ok(())
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

/// The length of what follows, and a JSON object padded with spaces to a multiple of 8 bytes. By hand, since the library
/// wants all values in memory.
fn safetensors_header(rows: usize, width: usize) -> Vec<u8> {
    let end = rows * width * size_of::<f32>();
    let tensor = json!({ "dtype": "F32", "shape": [rows, width], "data_offsets": [0, end] });
    let mut names = json!({ "embeddings": tensor }).to_string();
    names.extend(std::iter::repeat_n(' ', names.len().next_multiple_of(8) - names.len()));
    [&(names.len() as u64).to_le_bytes(), names.as_bytes()].concat()
}
