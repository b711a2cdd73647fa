//! The safetensors format: a header of names, types, shapes and offsets, then
//! the bytes (<https://github.com/huggingface/safetensors>).

use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use half::{bf16, f16};
use safetensors::{
    Dtype,
    tensor::{Metadata, TensorInfo},
};

use crate::{error::Error, files::write_beside};

/// The format allows 100 MB of header, and transformers no more either.
const LONGEST_HEADER: u64 = 100_000_000;

/// How many numbers are turned into others at a time, when they are read and when they are written.
const PIECE: usize = 1 << 16;

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
    pub fn read(&self, name: &str) -> Result<Option<Values>, Error> {
        let Some(TensorInfo { dtype, shape, data_offsets: (start, _) }) = self.header.info(name) else {
            return Ok(None);
        };
        let mut start = self.data_start + *start as u64;
        let refused = |source| Error::Io { file: self.path.clone(), source };
        // The header vouches for the number of elements: the file has their bytes.
        let values = decode(*dtype, shape.iter().product(), |bytes| {
            read_at(&self.file, bytes, start)?;
            start += bytes.len() as u64;
            Ok(())
        });
        values.map_err(refused)?.ok_or_else(|| unreadable_type(&self.path, name, *dtype)).map(Some)
    }

    /// The type of a tensor, where there is one of that name.
    pub fn dtype(&self, name: &str) -> Option<Dtype> {
        self.header.info(name).map(|tensor| tensor.dtype)
    }
}

pub(crate) fn unreadable_type(file: &Path, name: &str, dtype: Dtype) -> Error {
    Error::Type {
        file: file.to_owned(),
        tensor: name.to_owned(),
        found: format!("{dtype:?}"),
        expected: "a float, or a signed integer",
    }
}

/// `length` numbers of type `dtype`, whose bytes `fill` gives, some after others; none where the type is none that can be
/// read here.
pub(crate) fn decode(
    dtype: Dtype,
    length: usize,
    fill: impl FnMut(&mut [u8]) -> std::io::Result<()>,
) -> std::io::Result<Option<Values>> {
    fn numbers<T: bytemuck::Pod>(
        length: usize,
        mut fill: impl FnMut(&mut [u8]) -> std::io::Result<()>,
    ) -> std::io::Result<Vec<T>> {
        let mut numbers = vec![T::zeroed(); length];
        fill(bytemuck::cast_slice_mut(&mut numbers))?;
        Ok(numbers)
    }
    /// A piece at a time: what is stored is not in memory beside what it becomes.
    fn converted<From: bytemuck::Pod, To>(
        length: usize,
        mut fill: impl FnMut(&mut [u8]) -> std::io::Result<()>,
        convert: impl Fn(From) -> To,
    ) -> std::io::Result<Vec<To>> {
        let mut converted = Vec::with_capacity(length);
        while converted.len() < length {
            let piece: Vec<From> = numbers(PIECE.min(length - converted.len()), &mut fill)?;
            converted.extend(piece.into_iter().map(&convert));
        }
        Ok(converted)
    }
    Ok(Some(match dtype {
        Dtype::F32 => Values::Float(numbers(length, fill)?),
        Dtype::F16 => Values::Float(converted(length, fill, f16::to_f32)?),
        Dtype::BF16 => Values::Float(converted(length, fill, bf16::to_f32)?),
        Dtype::F64 => Values::Float(converted(length, fill, |value: f64| value as f32)?),
        Dtype::I64 => Values::Int(numbers(length, fill)?),
        Dtype::I32 => Values::Int(converted::<i32, _>(length, fill, i64::from)?),
        Dtype::I16 => Values::Int(converted::<i16, _>(length, fill, i64::from)?),
        Dtype::I8 => Values::Int(converted::<i8, _>(length, fill, i64::from)?),
        Dtype::U8 | Dtype::BOOL => Values::Int(converted::<u8, _>(length, fill, i64::from)?),
        _ => return Ok(None),
    }))
}

/// Reads by position, without moving the file's own: several threads can.
#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], start: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut start: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, start)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = &mut bytes[read..];
                start += read as u64;
            }
        }
    }
    Ok(())
}

/// Where nothing reads by position, and there is one thread (WebAssembly).
#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &File, bytes: &mut [u8], start: u64) -> std::io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(bytes)
}

/// What floating-point numbers are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WeightType {
    /// IEEE single precision.
    #[default]
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of single precision.
    Bf16,
}

impl WeightType {
    /// What config.json calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
        }
    }

    /// The type that `dtype` is, if it is one of these.
    pub fn of(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::F32 => Some(Self::F32),
            Dtype::F16 => Some(Self::F16),
            Dtype::BF16 => Some(Self::Bf16),
            _ => None,
        }
    }

    /// Whether a number becomes an infinity as one of these.
    pub fn overflows(self, value: f32) -> bool {
        let rounded = match self {
            Self::F32 => value,
            Self::F16 => f16::from_f32(value).to_f32(),
            Self::Bf16 => bf16::from_f32(value).to_f32(),
        };
        value.is_finite() && !rounded.is_finite()
    }

    fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::Bf16 => Dtype::BF16,
        }
    }
}

/// A tensor that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, row after row; integers are written as i64.
    pub values: Values,
}

impl NamedTensor {
    /// Elements.
    pub(crate) fn len(&self) -> usize {
        match &self.values {
            Values::Float(values) => values.len(),
            Values::Int(values) => values.len(),
        }
    }

    fn dtype(&self, weight_type: WeightType) -> Dtype {
        match self.values {
            Values::Float(_) => weight_type.dtype(),
            Values::Int(_) => Dtype::I64,
        }
    }

    /// Bytes in a file where floats are written as `weight_type`.
    pub(crate) fn stored_bytes(&self, weight_type: WeightType) -> usize {
        self.len() * self.dtype(weight_type).bitsize() / 8
    }

    fn write(&self, out: &mut impl Write, weight_type: WeightType) -> std::io::Result<()> {
        match (&self.values, weight_type) {
            (Values::Int(values), _) => out.write_all(bytemuck::cast_slice(values)),
            (Values::Float(values), WeightType::F32) => out.write_all(bytemuck::cast_slice(values)),
            (Values::Float(values), WeightType::F16) => write_rounded(out, values, f16::from_f32),
            (Values::Float(values), WeightType::Bf16) => write_rounded(out, values, bf16::from_f32),
        }
    }
}

/// A piece at a time: a rounded copy of the whole would be as large as half the model.
fn write_rounded<T: bytemuck::Pod>(out: &mut impl Write, values: &[f32], round: fn(f32) -> T) -> std::io::Result<()> {
    values.chunks(PIECE).try_for_each(|piece| {
        let rounded: Vec<T> = piece.iter().copied().map(round).collect();
        out.write_all(bytemuck::cast_slice(&rounded))
    })
}

/// Writes a safetensors file as [`write_beside`] writes files.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_tensors(path: &Path, tensors: &[NamedTensor]) -> Result<(), Error> {
    write_tensors_as(path, tensors, WeightType::F32)
}

/// As [`write_tensors`] does, floats as `weight_type`.
pub(crate) fn write_tensors_as<'a>(
    path: &Path,
    tensors: impl IntoIterator<Item = &'a NamedTensor>,
    weight_type: WeightType,
) -> Result<(), Error> {
    write_beside(path, |file| {
        let mut file = BufWriter::new(file);
        write_to(&mut file, tensors, weight_type)
            .and_then(|()| file.flush())
            .map_err(|source| Error::Io { file: path.to_owned(), source })
    })
}

/// A safetensors file, in memory.
///
/// # Errors
/// Where two tensors have one name.
pub fn tensor_bytes(tensors: &[NamedTensor]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    write_to(&mut bytes, tensors, WeightType::F32).map_err(|source| Error::Io { file: PathBuf::from("-"), source })?;
    Ok(bytes)
}

/// The header, then the tensors: the widest types first, so that each is aligned, then by name, as the library does.
fn write_to<'a>(
    out: &mut impl Write,
    tensors: impl IntoIterator<Item = &'a NamedTensor>,
    weight_type: WeightType,
) -> std::io::Result<()> {
    let mut tensors: Vec<&NamedTensor> = tensors.into_iter().collect();
    let dtype = |tensor: &NamedTensor| tensor.dtype(weight_type);
    tensors.sort_by(|a, b| dtype(b).cmp(&dtype(a)).then(a.name.cmp(&b.name)));
    let mut end = 0;
    let infos = tensors.iter().map(|tensor| {
        let start = end;
        end += tensor.stored_bytes(weight_type);
        let info = TensorInfo { dtype: dtype(tensor), shape: tensor.shape.clone(), data_offsets: (start, end) };
        (tensor.name.clone(), info)
    });
    // transformers refuses a file that does not say what it was made for.
    let made_for = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let header = Metadata::new(Some(made_for), infos.collect()).map_err(std::io::Error::other)?;
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    tensors.into_iter().try_for_each(|tensor| tensor.write(out, weight_type))
}
