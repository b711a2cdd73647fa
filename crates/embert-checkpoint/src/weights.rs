//! The weights of a model directory, in whichever files they lie.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::{Component, Path, PathBuf},
};

use pytorch_reader::{DType, PytorchReader};
use safetensors::Dtype;
use serde::Deserialize;

use crate::{
    WEIGHTS_FILE,
    config::read_json,
    error::Error,
    tensors::{TensorFile, Values, decode, unreadable_type},
};

/// The index of weights in several safetensors files.
pub(crate) const INDEX_FILE: &str = "model.safetensors.index.json";

/// The files that a directory may have its weights in, each with the one that names several instead; the first that is
/// there counts. After safetensors it is PyTorch's own format.
pub const WEIGHT_FILES: [(&str, &str); 2] =
    [(WEIGHTS_FILE, INDEX_FILE), ("pytorch_model.bin", "pytorch_model.bin.index.json")];

/// The tensors of a model directory: of `model.safetensors`, of the files that
/// `model.safetensors.index.json` names, of `pytorch_model.bin`, or of those
/// that its index names, the first of these that is there.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    files: Vec<WeightFile>,
    /// The file of each tensor.
    place: BTreeMap<String, usize>,
}

#[derive(Debug)]
enum WeightFile {
    Safetensors(TensorFile),
    PyTorch { path: PathBuf, reader: PytorchReader },
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Weights {
    /// Opens what is in `dir` and reads its headers.
    ///
    /// # Errors
    /// Where there are no weights, or a file is not in its format.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        for (single, index) in WEIGHT_FILES {
            let (single, index) = (dir.join(single), dir.join(index));
            if single.exists() {
                return Self::of_files(single.clone(), [single]);
            }
            if index.exists() {
                let files = files_of_index(dir, &index)?;
                return Self::of_files(index, files);
            }
        }
        // The file that a person expects is the one to name.
        Self::of_files(dir.join(WEIGHTS_FILE), [dir.join(WEIGHTS_FILE)])
    }

    fn of_files(path: PathBuf, files: impl IntoIterator<Item = PathBuf>) -> Result<Self, Error> {
        let files = files.into_iter().map(|file| WeightFile::open(&file)).collect::<Result<Vec<_>, _>>()?;
        let mut place = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            place.extend(file.names().into_iter().map(|name| (name, number)));
        }
        Ok(Self { path, files, place })
    }

    /// The file that was opened, or the index of several.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensors' names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.place.keys().map(String::as_str)
    }

    /// Whether there is a tensor of that name.
    pub fn has(&self, name: &str) -> bool {
        self.place.contains_key(name)
    }

    fn file(&self, name: &str) -> Option<&WeightFile> {
        self.place.get(name).and_then(|&number| self.files.get(number))
    }

    /// The file that holds the tensor of that name.
    pub fn path_of(&self, name: &str) -> &Path {
        match self.file(name) {
            Some(WeightFile::Safetensors(file)) => file.path(),
            Some(WeightFile::PyTorch { path, .. }) => path,
            None => &self.path,
        }
    }

    /// The shape of a tensor, where there is one of that name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        match self.file(name)? {
            WeightFile::Safetensors(file) => file.shape(name),
            WeightFile::PyTorch { reader, .. } => reader.get(name).map(|tensor| tensor.shape()),
        }
    }

    /// The type of a tensor, where there is one of that name.
    pub fn dtype(&self, name: &str) -> Option<Dtype> {
        match self.file(name)? {
            WeightFile::Safetensors(file) => file.dtype(name),
            WeightFile::PyTorch { reader, .. } => reader.get(name).map(|tensor| dtype(tensor.dtype())),
        }
    }

    /// Reads a tensor, where there is one of that name; floats become f32,
    /// integers i64. Several threads can read at once.
    ///
    /// # Errors
    /// Where the file cannot be read or the type is none of these.
    pub fn read(&self, name: &str) -> Result<Option<Values>, Error> {
        match self.file(name) {
            Some(WeightFile::Safetensors(file)) => file.read(name),
            Some(WeightFile::PyTorch { path, reader }) => {
                let Some(tensor) = reader.get(name) else { return Ok(None) };
                let refused = |source| Error::Io { file: path.clone(), source };
                let bytes = tensor.read().map_err(refused)?;
                let dtype = dtype(tensor.dtype());
                let mut rest = bytes.as_slice();
                let values = decode(dtype, tensor.num_elements(), |buffer| rest.read_exact(buffer));
                values.map_err(refused)?.ok_or_else(|| unreadable_type(path, name, dtype)).map(Some)
            }
            None => Ok(None),
        }
    }
}

impl WeightFile {
    fn open(path: &Path) -> Result<Self, Error> {
        if path.extension().is_some_and(|extension| extension == "bin") {
            let reader = PytorchReader::new(path).map_err(|error| match error {
                pytorch_reader::PytorchError::Io(source) => Error::Io { file: path.to_owned(), source },
                error => Error::PyTorch { file: path.to_owned(), message: error.to_string() },
            })?;
            return Ok(Self::PyTorch { path: path.to_owned(), reader });
        }
        TensorFile::open(path).map(Self::Safetensors)
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Safetensors(file) => file.names(),
            Self::PyTorch { reader, .. } => reader.keys(),
        }
    }
}

/// The files that an index in `dir` names, which lie beside it.
///
/// # Errors
/// Where the index cannot be read, or names a file that is elsewhere.
pub fn files_of_index(dir: &Path, file: &Path) -> Result<Vec<PathBuf>, Error> {
    let index: Index = read_json(file)?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    let beside = |name: String| {
        let mut parts = Path::new(&name).components();
        match (parts.next(), parts.next()) {
            (Some(Component::Normal(_)), None) => Ok(dir.join(name)),
            _ => Err(Error::Json {
                file: file.to_owned(),
                key: "weight_map".into(),
                message: format!("{name:?} is no name of a file beside this one"),
            }),
        }
    };
    names.into_iter().map(beside).collect()
}

fn dtype(dtype: DType) -> Dtype {
    match dtype {
        DType::F64 => Dtype::F64,
        DType::F32 => Dtype::F32,
        DType::F16 => Dtype::F16,
        DType::BF16 => Dtype::BF16,
        DType::I64 => Dtype::I64,
        DType::I32 => Dtype::I32,
        DType::I16 => Dtype::I16,
        DType::I8 => Dtype::I8,
        DType::U64 => Dtype::U64,
        DType::U32 => Dtype::U32,
        DType::U16 => Dtype::U16,
        DType::U8 => Dtype::U8,
        DType::Bool => Dtype::BOOL,
    }
}
