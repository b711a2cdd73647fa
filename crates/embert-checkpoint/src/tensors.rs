//! The safetensors format: a header of names, types, shapes and offsets, then
//! the bytes (<https://github.com/huggingface/safetensors>).

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use half::{bf16, f16};
use safetensors::{
    Dtype, View,
    tensor::{Metadata, TensorInfo},
};

use crate::{error::Error, files::write_beside};

/// The format allows 100 MB of header, and transformers no more either.
const LONGEST_HEADER: u64 = 100_000_000;

/// An open file whose header has been read and found sound.
///
/// Tensors are read by position, one at a time, into a buffer of their own.
/// There is no memory map: a file that is cut short meanwhile is an error of
/// one read, not a signal that ends the process.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    file: File,
    data_start: u64,
    header: Metadata,
}

/// The values of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Floating-point numbers of any width.
    Float(Vec<f32>),
    /// Integers of any width.
    Int(Vec<i64>),
}

impl TensorFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Where the header is no header, or disagrees with the file's length.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let refused = |source| Error::Io { file: path.to_owned(), source };
        let wrong = |message: String| Error::Format { file: path.to_owned(), message };
        let mut file = File::open(path).map_err(refused)?;
        let length = file.metadata().map_err(refused)?.len();

        let mut size = [0; 8];
        if length < 8 {
            return Err(wrong(format!("it has {length} bytes; its header's length alone takes 8")));
        }
        file.read_exact(&mut size).map_err(refused)?;
        let size = u64::from_le_bytes(size);
        if size > LONGEST_HEADER || size > length - 8 {
            return Err(wrong(format!("its header is said to have {size} bytes, the file has {length}")));
        }
        let mut header = vec![0; size as usize];
        file.read_exact(&mut header).map_err(refused)?;
        let header: Metadata =
            serde_json::from_slice(&header).map_err(|error| wrong(format!("its header: {error}")))?;

        let data_start = 8 + size;
        let expected = data_start + header.data_len() as u64;
        if expected != length {
            return Err(wrong(format!("its header describes {expected} bytes, the file has {length}")));
        }
        Ok(Self { path: path.to_owned(), file, data_start, header })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensors' names, in the order of their bytes.
    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// The shape of a tensor, where there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.header.info(name).map(|tensor| tensor.shape.as_slice())
    }

    /// Reads a tensor, where there is one of that name; f16, bf16 and f64
    /// become f32, and every kind of integer i64.
    ///
    /// # Errors
    /// Where the file cannot be read or the type is none of these.
    pub fn read(&mut self, name: &str) -> Result<Option<Values>, Error> {
        let Some(TensorInfo { dtype, shape, data_offsets: (start, _) }) = self.header.info(name) else {
            return Ok(None);
        };
        let (dtype, length, start) = (*dtype, shape.iter().product(), *start as u64);
        let refused = |source| Error::Io { file: self.path.clone(), source };
        self.file.seek(SeekFrom::Start(self.data_start + start)).map_err(refused)?;

        let values = match dtype {
            Dtype::F32 => Values::Float(self.numbers(length)?),
            Dtype::F16 => Values::Float(converted::<f16, _>(self.numbers(length)?)),
            Dtype::BF16 => Values::Float(converted::<bf16, _>(self.numbers(length)?)),
            Dtype::F64 => {
                let wide: Vec<f64> = self.numbers(length)?;
                Values::Float(wide.into_iter().map(|value| value as f32).collect())
            }
            Dtype::I64 => Values::Int(self.numbers(length)?),
            Dtype::I32 => Values::Int(converted::<i32, _>(self.numbers(length)?)),
            Dtype::I16 => Values::Int(converted::<i16, _>(self.numbers(length)?)),
            Dtype::I8 => Values::Int(converted::<i8, _>(self.numbers(length)?)),
            Dtype::U8 | Dtype::BOOL => Values::Int(converted::<u8, _>(self.numbers(length)?)),
            other => {
                return Err(Error::Type {
                    file: self.path.clone(),
                    tensor: name.to_owned(),
                    found: format!("{other:?}"),
                    expected: "a float, or a signed integer",
                });
            }
        };
        Ok(Some(values))
    }

    /// The header vouches for `length`: the file has that many bytes.
    fn numbers<T: bytemuck::Pod>(&mut self, length: usize) -> Result<Vec<T>, Error> {
        let mut numbers = vec![T::zeroed(); length];
        self.file
            .read_exact(bytemuck::cast_slice_mut(&mut numbers))
            .map_err(|source| Error::Io { file: self.path.clone(), source })?;
        Ok(numbers)
    }
}

fn converted<From, To: std::convert::From<From>>(numbers: Vec<From>) -> Vec<To> {
    numbers.into_iter().map(To::from).collect()
}

/// A tensor that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, row after row; written as f32 or i64.
    pub values: Values,
}

/// Writes a safetensors file beside `path` and renames it into place.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_tensors(path: &Path, tensors: &[NamedTensor]) -> Result<(), Error> {
    write_beside(path, |file| {
        safetensors::serialize_to_file(by_name(tensors), metadata(), file.path())
            .map_err(|error| not_written(path, &error))
    })
}

/// A safetensors file, in memory.
///
/// # Errors
/// Where two tensors have one name.
pub fn tensor_bytes(tensors: &[NamedTensor]) -> Result<Vec<u8>, Error> {
    safetensors::serialize(by_name(tensors), metadata()).map_err(|error| not_written(Path::new("-"), &error))
}

fn by_name(tensors: &[NamedTensor]) -> impl Iterator<Item = (&str, &NamedTensor)> {
    tensors.iter().map(|tensor| (tensor.name.as_str(), tensor))
}

/// transformers refuses a file that does not say what it was made for.
fn metadata() -> Option<HashMap<String, String>> {
    Some(HashMap::from([("format".to_owned(), "pt".to_owned())]))
}

fn not_written(file: &Path, error: &safetensors::SafeTensorError) -> Error {
    Error::Format { file: file.to_owned(), message: error.to_string() }
}

impl View for &NamedTensor {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::Float(_) => Dtype::F32,
            Values::Int(_) => Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(match &self.values {
            Values::Float(values) => bytemuck::cast_slice(values),
            Values::Int(values) => bytemuck::cast_slice(values),
        })
    }

    fn data_len(&self) -> usize {
        match &self.values {
            Values::Float(values) => size_of_val(values.as_slice()),
            Values::Int(values) => size_of_val(values.as_slice()),
        }
    }
}
