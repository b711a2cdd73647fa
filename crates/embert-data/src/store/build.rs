//! Documents to shards, on all cores.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;

use embert_objectives::random::stream;
use embert_tokenizer::Tokenizer;
use rand::Rng;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::blocks::Blocks;
use super::shard::{self, ShardWriter};
use super::{DATASET, FORMAT, MaskingTime, PLAN, Settings, TOKENIZER, UNFINISHED, shard_path, temporary_file};
use crate::document::tokenize;
use crate::{Document, Error, Form, Template, vocabulary_of};

const LOCK: &str = ".lock";

/// What a build has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Documents read.
    pub documents: usize,
    /// Bytes of text in them.
    pub bytes: usize,
    /// Examples on disk.
    pub examples: usize,
    /// Shards on disk.
    pub shards: usize,
    /// Those of them that an earlier build had made.
    pub kept: usize,
}

/// Makes a data set of `documents` in the folder `out`, or goes on with one that was interrupted.
///
/// `source` says what the documents are, such as the names and sizes of their files: a folder that was begun with other
/// settings, another tokenizer or another source is not gone on with. Shards that are there and whole are kept. The folder is
/// locked while this runs, by the operating system, so that the lock ends with the process.
///
/// # Errors
/// Settings that no example can follow, a document that cannot be read, too few documents, or a folder that is in use,
/// holds something else, or cannot be written.
pub fn build(
    documents: impl Iterator<Item = Result<Document, Error>>,
    source: Value,
    tokenizer: &Tokenizer,
    settings: &Settings,
    out: &Path,
    mut on_progress: impl FnMut(Progress),
) -> Result<Progress, Error> {
    settings.check()?;
    let maker = Maker {
        form: settings.form(Template::of(tokenizer)?),
        vocabulary: vocabulary_of(tokenizer)?,
        tokenizer,
        settings,
        out,
    };
    // What is wrong with the lengths is known before the first document.
    match maker.form.examples(&[], settings.seed, 0) {
        Ok(_) | Err(Error::TooFewDocuments { .. }) => {}
        Err(error) => return Err(error),
    }
    let _lock = lock(out)?;
    agree(out, tokenizer, json!({ "format": FORMAT, "settings": settings, "source": source }))?;
    delete_unfinished(out)?;

    let mut progress = Progress::default();
    let mut counts: Vec<usize> = Vec::new();
    let mut blocks = Blocks::new(documents, maker.form.fewest_documents());
    loop {
        let some: Vec<(usize, Vec<Document>)> = (counts.len()..)
            .zip(blocks.by_ref().take(rayon::current_num_threads()))
            .map(|(shard, block)| Ok((shard, block?)))
            .collect::<Result<_, Error>>()?;
        if some.is_empty() {
            break;
        }
        let read = some.iter().flat_map(|(_, block)| block);
        progress.documents += read.clone().count();
        progress.bytes += read.flat_map(|document| &document.sentences).map(String::len).sum::<usize>();
        let made: Vec<Made> =
            some.into_par_iter().map(|(shard, block)| maker.shard(shard, block)).collect::<Result<_, _>>()?;
        for Made { examples, is_kept } in made {
            counts.push(examples);
            progress.examples += examples;
            progress.kept += usize::from(is_kept);
        }
        progress.shards = counts.len();
        on_progress(progress);
    }
    if progress.examples == 0 {
        return Err(Error::EmptyCorpus);
    }
    write(out, DATASET, &json!({ "format": FORMAT, "shards": counts }))?;
    Ok(progress)
}

/// What every shard is made with.
struct Maker<'a> {
    form: Form,
    vocabulary: embert_objectives::masking::MaskingVocabulary,
    tokenizer: &'a Tokenizer,
    settings: &'a Settings,
    out: &'a Path,
}

struct Made {
    examples: usize,
    is_kept: bool,
}

impl Maker<'_> {
    /// Makes shard number `shard` of its documents, unless it is there.
    fn shard(&self, shard: usize, documents: Vec<Document>) -> Result<Made, Error> {
        let path = shard_path(self.out, shard);
        // One that cannot be read, after a crash of the machine, is made again.
        if let Ok(examples) = shard::check_all(&path) {
            return Ok(Made { examples, is_kept: true });
        }
        let documents = tokenize(&documents, self.tokenizer)?;
        // Random numbers of its own, whatever was made before.
        let seed: u64 = stream(b"shards  ", self.settings.seed, 0, shard as u64).random();
        let (duplicates, is_static) = match self.settings.masking_time {
            MaskingTime::Static { duplicates } => (duplicates, true),
            MaskingTime::Dynamic => (1, false),
        };
        let mut file = ShardWriter::create(self.out)?;
        for duplicate in 0..duplicates {
            let mut examples = self.form.examples(&documents, seed, duplicate)?;
            if is_static {
                for (index, example) in (0..).zip(&mut examples) {
                    let mut random = stream(b"masking ", seed, duplicate, index);
                    example.mask(&self.settings.masking, &self.vocabulary, &mut random);
                }
            }
            file.write(&path, &examples)?;
        }
        Ok(Made { examples: file.finish(&path)?, is_kept: false })
    }
}

/// The folder for this build alone.
fn lock(out: &Path) -> Result<File, Error> {
    let refused = |source| Error::Io { path: out.to_owned(), source };
    fs::create_dir_all(out).map_err(refused)?;
    let path = out.join(LOCK);
    let is_new = fs::read_dir(out).map_err(refused)?.next().is_none();
    if !is_new && !out.join(PLAN).exists() && !path.exists() {
        return Err(Error::NotADataset { path: out.to_owned() });
    }
    let file = File::create(&path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { path: out.to_owned() }),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

/// Writes the plan and the tokenizer, or compares them with those that are there.
fn agree(out: &Path, tokenizer: &Tokenizer, plan: Value) -> Result<(), Error> {
    let path = out.join(PLAN);
    let folder = out.join(TOKENIZER);
    // A plan of which nothing came yet binds nobody.
    if !path.exists() || !has_shard(out)? {
        tokenizer.save(&folder)?;
        return write(out, PLAN, &plan);
    }
    let there = read_json(&path)?;
    let mut keys = Vec::new();
    differences("", &there, &plan, &mut keys);
    if !is_the_same(tokenizer, &folder, out)? {
        keys.push("tokenizer".to_owned());
    }
    if keys.is_empty() { Ok(()) } else { Err(Error::OtherPlan { path: out.to_owned(), keys: keys.join(", ") }) }
}

/// Whether any shard is there: they are made side by side, so it need not be the first.
fn has_shard(out: &Path) -> Result<bool, Error> {
    let entries = fs::read_dir(out).map_err(|source| Error::Io { path: out.to_owned(), source })?;
    Ok(entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "parquet")))
}

/// Whether a saved tokenizer is this one, by what it would be saved as.
fn is_the_same(tokenizer: &Tokenizer, saved: &Path, out: &Path) -> Result<bool, Error> {
    let refused = |source| Error::Io { path: out.to_owned(), source };
    let beside = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(out).map_err(refused)?;
    tokenizer.save(beside.path())?;
    let file = "tokenizer.json";
    let now = fs::read(beside.path().join(file)).map_err(refused)?;
    Ok(fs::read(saved.join(file)).is_ok_and(|saved| saved == now))
}

/// The keys, such as `settings.seed`, in which two plans differ.
fn differences(key: &str, there: &Value, here: &Value, keys: &mut Vec<String>) {
    match (there, here) {
        (Value::Object(there), Value::Object(here)) => {
            let all: Map<String, Value> = there.iter().chain(here).map(|(key, _)| (key.clone(), Value::Null)).collect();
            for inner in all.keys() {
                let key = if key.is_empty() { inner.clone() } else { format!("{key}.{inner}") };
                let of = |object: &Map<String, Value>| object.get(inner).cloned().unwrap_or_default();
                differences(&key, &of(there), &of(here), keys);
            }
        }
        _ if there == here => {}
        _ => keys.push(key.to_owned()),
    }
}

fn delete_unfinished(out: &Path) -> Result<(), Error> {
    let refused = |source| Error::Io { path: out.to_owned(), source };
    for entry in fs::read_dir(out).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.map_err(refused)?;
        }
    }
    Ok(())
}

pub(super) fn read_json(path: &Path) -> Result<Value, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    serde_json::from_slice(&bytes).map_err(|error| Error::store(path, &error))
}

/// Writes a file beside its place and renames it.
fn write(out: &Path, name: &str, value: &Value) -> Result<(), Error> {
    let path = out.join(name);
    let refused = |source| Error::Io { path: path.clone(), source };
    let mut beside = temporary_file(out).map_err(refused)?;
    writeln!(beside, "{value:#}").map_err(refused)?;
    beside.as_file().sync_all().map_err(refused)?;
    beside.persist(&path).map_err(|error| refused(error.error))?;
    Ok(())
}
