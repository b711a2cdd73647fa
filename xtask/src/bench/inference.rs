//! From ids to hidden states: bert-base with random weights, one directory that every system opens.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::ensure;

use super::{
    Settings,
    accuracy::{lowest_cosine, read_floats},
    bench_worker,
    contest::{Contestant, Measured, Measurement, Outputs, measure},
    flops::Sizes,
    folder, on_threads,
    peers::Peers,
    row::{Row, Times},
    table::number,
    works,
};
use crate::shell::run;

const ROUNDS: usize = 11;

/// A product of matrices, which says what the machine can do.
pub(super) const GEMM_PEAK: &str = "gemm peak";
const WORKS: [&str; 7] = [GEMM_PEAK, "1x16", "1x128", "8x128", "ragged", "ragged, padded", "ragged, sorted"];
/// Packed, there is one way to compute sequences of many lengths.
const PACKED: [&str; 4] = ["1x16", "1x128", "8x128", "ragged"];
/// With rectangles there are two: one batch as wide as the longest, or several of like lengths.
const PADDED: [&str; 5] = ["1x16", "1x128", "8x128", "ragged, padded", "ragged, sorted"];
/// The work whose output is compared.
const COMPARED: &str = "8x128";

pub(super) fn rows(settings: &Settings) -> anyhow::Result<Vec<Row>> {
    let worker = bench_worker()?;
    let model = bert_base(&worker)?;
    let contestants = contestants(settings, &worker, &model)?;
    let rounds = settings.rounds.map_or(ROUNDS, Into::into);
    let measurements = measure(contestants, &WORKS, rounds, Outputs::OfWarmUp)?;

    let sizes = Sizes::read(&model)?;
    let peak = peak(&measurements);
    let reference = reference(&measurements, sizes.hidden_size);
    let row = |measurement: &Measurement, measured: &Measured, row: Row| {
        let lengths = works::batches(measured.work).unwrap_or_default().concat();
        let tokens: usize = lengths.iter().sum();
        let median = row.median();
        let rate = |amount: f64| Some(amount / median? * 1e3).filter(|rate| *rate > 0.0);
        let is_embert = measurement.system == "embert" && measurement.dtype == "f32";
        let mut row = Row {
            tokens_per_second: rate(tokens as f64),
            peak_bytes: measurement.memory.peak_bytes,
            note: measured.answer.gflop.and_then(rate).map(|rate| format!("{} GFLOP/s", number(rate))),
            share_of_peak: rate(sizes.gflop(&lengths)).zip(peak).filter(|_| is_embert).map(|(rate, peak)| rate / peak),
            ..row
        };
        match check(measured, tokens, sizes.hidden_size, reference.as_deref()) {
            Ok(accuracy) => row.accuracy = accuracy,
            Err(error) => row.note = Some(format!("{error:#}")),
        }
        row
    };
    let rows = measurements.iter().flat_map(|of| of.rows(|measured, made| row(of, measured, made)));
    let mut rows: Vec<Row> = rows.collect();
    // Work by work, and in the end those that did none.
    rows.sort_by_key(|row| WORKS.iter().position(|work| *work == row.work).unwrap_or(WORKS.len()));
    Ok(rows)
}

/// The model that every system opens, made where it is not there.
pub(super) fn bert_base(worker: &Path) -> anyhow::Result<PathBuf> {
    let model = folder().join("bert-base");
    if !model.join("model.safetensors").exists() {
        run(Command::new(worker).args(["make-model", "--preset", "bert-base", "--kind", "base"]).arg(&model))?;
    }
    Ok(model)
}

fn contestants(settings: &Settings, worker: &Path, model: &Path) -> anyhow::Result<Vec<Contestant>> {
    let peers = Peers::find(settings)?;
    let onnx = folder().join("bert-base-onnx");
    let exported = peers.export(model, &onnx);
    let embert = |dtype, works: &[&'static str]| {
        let mut command = on_threads(worker, settings.threads, "inference");
        command.args(["--dtype", dtype, "--model"]).arg(model);
        Contestant { system: "embert", dtype, works: works.to_vec(), command: Ok(command) }
    };
    let peer = |system, dtype, command: Result<Command, String>, model: &Path| {
        let command = command.map(|mut command| {
            command.args(["--dtype", dtype, "--model"]).arg(model);
            command
        });
        Contestant { system, dtype, works: PADDED.to_vec(), command }
    };
    let onnxruntime = |dtype| {
        let command = exported.clone().and_then(|()| peers.script("onnx_runtime.py"));
        peer("onnxruntime", dtype, command, &onnx.join(dtype).with_extension("onnx"))
    };
    let pytorch = |dtype| peer("PyTorch", dtype, peers.script("pytorch.py"), model);
    let candle = peers.candle().map(|mut command| {
        command.arg(model);
        command
    });
    Ok(vec![
        embert("f32", &[&[GEMM_PEAK], PACKED.as_slice()].concat()),
        embert("bf16", &PACKED),
        embert("int8", &PACKED),
        onnxruntime("f32"),
        onnxruntime("int8"),
        pytorch("f32"),
        pytorch("bf16"),
        Contestant { system: "candle", dtype: "f32", works: PADDED.to_vec(), command: candle },
    ])
}

/// Gigaflops a second of the product of matrices.
pub(super) fn peak(measurements: &[Measurement]) -> Option<f64> {
    let works = measurements.iter().filter_map(|of| of.works.as_ref().ok()).flatten();
    let mut product = works.filter(|measured| measured.work == GEMM_PEAK);
    let measured = product.next()?;
    let times = Times::of(&measured.milliseconds)?;
    Some(measured.answer.gflop? / times.median_ms * 1e3)
}

/// What has to come out: what PyTorch computes in f32, or else embert.
fn reference(measurements: &[Measurement], width: usize) -> Option<Vec<Vec<f32>>> {
    let of = |system| measurements.iter().find(|of| of.system == system && of.dtype == "f32");
    let files = [of("PyTorch"), of("embert")].into_iter().flatten().filter_map(|of| of.output(COMPARED));
    files.map(|file| read_floats(file, width)).find_map(Result::ok)
}

/// Whether the system did the work that was meant; and of the work that is compared, how exactly.
fn check(
    measured: &Measured,
    tokens: usize,
    width: usize,
    reference: Option<&[Vec<f32>]>,
) -> anyhow::Result<Option<f64>> {
    let counted = measured.answer.tokens.unwrap_or(tokens);
    ensure!(counted == tokens, "{counted} tokens, and {tokens} are meant");
    let reference = reference.filter(|_| measured.work == COMPARED);
    reference.map(|reference| lowest_cosine(&read_floats(&measured.output, width)?, reference)).transpose()
}
