//! From text to vectors: 10,000 real sentences with all-MiniLM-L6-v2, from the first line that is read to the file that
//! is closed. What opening the model takes is left out.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

use super::{
    Settings,
    accuracy::{lowest_cosine, read_embeddings},
    bench_worker,
    contest::{Contestant, Measurement, Outputs, measure},
    folder, on_threads,
    peers::Peers,
    row::Row,
};
use crate::shell::{run, rust_docs};

const ROUNDS: usize = 3;
pub(crate) const SENTENCES: usize = 10_000;
pub(super) const WORK: &str = "10,000 sentences";
/// Sentences of a batch, for systems that do not choose it themselves.
const BATCHES: [&str; 2] = ["32", "64"];
const WORKS: [&str; 3] = [WORK, BATCHES[0], BATCHES[1]];

/// The system that others are compared with.
pub(super) const PEER: &str = "sentence-transformers";
const WITH_PYTORCH: &str = "sentence-transformers, torch";
const WITH_ONNX: &str = "sentence-transformers, onnx";

/// The toolchain's own, in English. Its reference is not among them: much of that is grammar, and no sentences.
const BOOKS: [&str; 7] = ["book", "cargo", "edition-guide", "nomicon", "rust-by-example", "rustc", "rustdoc"];

pub(super) fn rows(settings: &Settings) -> anyhow::Result<Vec<Row>> {
    let worker = bench_worker()?;
    let sentences = sentences(&worker)?;
    let peers = Peers::find(settings)?;
    let model = peers.minilm()?;
    let onnx = folder().join("minilm-onnx");
    let exported = peers.export(&model, &onnx);
    let reads = |mut command: Command| {
        command.arg("--model").arg(&model).arg("--input").arg(&sentences);
        command
    };
    let with_onnx = exported.and_then(|()| peers.script("sentences.py")).map(|mut command| {
        command.arg("--onnx").arg(onnx.join("f32.onnx"));
        command
    });
    let contestant = |system, works: &[&'static str], command: Result<Command, String>| Contestant {
        system,
        dtype: "f32",
        works: works.to_vec(),
        command: command.map(reads),
    };
    let contestants = vec![
        contestant("embert", &[WORK], Ok(on_threads(&worker, settings.threads, "embed"))),
        contestant(WITH_PYTORCH, &BATCHES, peers.script("sentences.py")),
        contestant(WITH_ONNX, &BATCHES, with_onnx),
    ];
    let measurements = measure(contestants, &WORKS, settings.rounds.map_or(ROUNDS, Into::into), Outputs::OfAll)?;

    let reference = measurements.iter().find(|of| of.system == WITH_PYTORCH).and_then(|of| of.output(BATCHES[0]));
    let reference = reference.map(read_embeddings).transpose()?;
    let weights = weights_bytes(&model)?;
    Ok(measurements.iter().filter_map(|of| best(rows_of(of, weights, reference.as_deref()))).collect())
}

/// The sentences, one a line, made at the first call.
pub(crate) fn sentences(worker: &Path) -> anyhow::Result<PathBuf> {
    let file = folder().join("sentences.txt");
    if !file.exists() {
        std::fs::create_dir_all(folder()).with_context(|| folder().display().to_string())?;
        let books = BOOKS.map(rust_docs).into_iter().collect::<anyhow::Result<Vec<PathBuf>>>()?;
        let mut command = Command::new(worker);
        command.args(["make-sentences", "--count", &SENTENCES.to_string(), "--out"]).arg(&file);
        run(command.arg("--from").args(books))?;
    }
    Ok(file)
}

fn rows_of(measurement: &Measurement, weights: u64, reference: Option<&[Vec<f32>]>) -> Vec<Row> {
    let memory = measurement.memory;
    measurement.rows(|measured, row| {
        let found = reference.map(|reference| lowest_cosine(&read_embeddings(&measured.output)?, reference));
        let (accuracy, error) = match found.transpose() {
            Ok(accuracy) => (accuracy, None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        let batch = BATCHES.contains(&measured.work).then(|| format!("{} a batch", measured.work));
        Row {
            work: WORK.into(),
            // What the process has before its model is no part of what embedding takes.
            peak_bytes: memory.peak_bytes.zip(memory.before_bytes).map(|(peak, before)| peak.saturating_sub(before)),
            accounted_bytes: measured.answer.accounted_bytes.map(|activations| weights + activations),
            accuracy,
            note: error.or(batch),
            ..row
        }
    })
}

/// The fastest; a system's batches are as large as suits it best.
fn best(rows: Vec<Row>) -> Option<Row> {
    let time = |row: &Row| row.median().unwrap_or(f64::INFINITY);
    rows.into_iter().min_by(|a, b| time(a).total_cmp(&time(b)))
}

/// What a model's weights take, as its file says: all that follows the header, whose length stands before it.
fn weights_bytes(model: &Path) -> anyhow::Result<u64> {
    let file = model.join("model.safetensors");
    let name = || file.display().to_string();
    let mut opened = File::open(&file).with_context(name)?;
    let mut length = [0; 8];
    opened.read_exact(&mut length).with_context(name)?;
    let header = u64::from_le_bytes(length).checked_add(8);
    let bytes = opened.metadata().with_context(name)?.len();
    header.and_then(|header| bytes.checked_sub(header)).with_context(|| format!("{}: no safetensors", name()))
}
