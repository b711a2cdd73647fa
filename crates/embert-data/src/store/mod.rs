//! Training examples on disk, made once and read by position.
//!
//! A data set is a folder:
//!
//! | file | what |
//! | --- | --- |
//! | `plan.json` | the [`Settings`] and the files that the examples are made of; written first |
//! | `tokenizer/` | the tokenizer, a Hugging Face directory |
//! | `shard-000000.parquet` … | the examples, some megabytes of text each; see `input_ids`, `token_type_ids`, `masked_positions`, `masked_labels` and `sentence_pair_label` |
//! | `dataset.json` | how many examples each shard has; written last, so that what has one is whole |
//!
//! [`build`] makes it: each shard from its own documents and its own random numbers, on all cores, beside its place and
//! then renamed. So what was interrupted goes on with the shards that are missing, and neither that nor the number of
//! cores changes a byte. [`Dataset`] reads it, in an order drawn from a seed, for one reader or several, from any
//! position on.
//!
//! Not-next segments are taken from the documents of the same shard, as in Google's code, whose inputs are cut into files.

mod blocks;
mod build;
mod dataset;
mod settings;
mod shard;

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{Corpus, CorpusOptions, Error};

pub use build::{Progress, build};
pub use dataset::{Dataset, Epoch, Masks};
pub use settings::{FormName, MaskingTime, Settings};

/// What is not whole yet, and may be deleted by the next build.
const UNFINISHED: &str = ".unfinished-";

/// A file that is written beside its place. A temporary file is its owner's alone; these are everyone's to read, as the
/// umask allows.
fn temporary_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
/// The version of the format.
const FORMAT: u64 = 1;
const PLAN: &str = "plan.json";
const DATASET: &str = "dataset.json";
const TOKENIZER: &str = "tokenizer";

/// What the documents of a corpus are, for [`build`]: its files with their sizes and ages, and how they are read.
///
/// # Errors
/// A file that is not there any more.
pub fn source_of(corpus: &Corpus) -> Result<Value, Error> {
    let file = |path: &Path| {
        let refused = |source| Error::Io { path: path.to_owned(), source };
        let metadata = path.metadata().map_err(refused)?;
        let since = metadata.modified().map_err(refused)?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified = since.as_secs_f64();
        Ok(json!({ "file": path.to_string_lossy(), "bytes": metadata.len(), "modified": modified }))
    };
    let files = corpus.files().map(file).collect::<Result<Vec<_>, Error>>()?;
    let CorpusOptions { text_column, lossy } = corpus.options();
    Ok(json!({ "files": files, "text_column": text_column, "lossy": lossy }))
}

fn shard_path(dir: &Path, shard: usize) -> PathBuf {
    dir.join(format!("shard-{shard:06}.parquet"))
}
