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

pub use build::{Progress, build};
pub use dataset::{Dataset, Epoch};
pub use settings::{FormName, MaskingTime, Settings};

/// What is not whole yet, and may be deleted by the next build.
const UNFINISHED: &str = ".unfinished-";
const PLAN: &str = "plan.json";
const DATASET: &str = "dataset.json";
const TOKENIZER: &str = "tokenizer";

fn shard_path(dir: &Path, shard: usize) -> PathBuf {
    dir.join(format!("shard-{shard:06}.parquet"))
}
