//! From ids to hidden states on every backend that is compiled in: one model, the same batches, one process each.

use std::path::Path;

use super::{
    Settings,
    accuracy::{lowest_cosine, read_floats},
    bench_worker_with,
    contest::{Contestant, Measured, Measurement, Outputs, measure},
    flops::Sizes,
    inference::bert_base,
    on_threads,
    row::{Row, Times},
    table::number,
    works,
};

const ROUNDS: usize = 5;

/// A product of matrices in the same numbers, which says what the device can do.
const DEVICE_PEAK: &str = "device peak";
const WORKS: [&str; 4] = [DEVICE_PEAK, "1x128", "8x128", "ragged"];
/// The work whose output is compared with that of flex in f32.
const COMPARED: &str = "8x128";

/// A backend, and the numbers that are worth computing with on it.
const BACKENDS: [(&str, &[&str]); 7] = [
    ("flex", &["f32", "bf16", "int8"]),
    ("ndarray", &["f32"]),
    ("tch", &["f32"]),
    ("cpu", &["f32"]),
    ("wgpu", &["f32", "f16"]),
    ("cuda", &["f32", "f16", "bf16"]),
    ("rocm", &["f32", "f16", "bf16"]),
];

pub(super) fn rows(settings: &Settings, features: &[String]) -> anyhow::Result<Vec<Row>> {
    let worker = bench_worker_with(features)?;
    let model = bert_base(&worker)?;
    let is_compiled = |backend: &str| backend == "flex" || features.iter().any(|feature| feature == backend);
    let backends = BACKENDS.into_iter().filter(|(backend, _)| is_compiled(backend));
    let contestant = |backend, dtype| contestant(settings, &worker, &model, backend, dtype);
    let contestants = backends.flat_map(|(backend, dtypes)| dtypes.iter().map(move |dtype| contestant(backend, dtype)));
    let rounds = settings.rounds.map_or(ROUNDS, Into::into);
    let measurements = measure(contestants.collect(), &WORKS, rounds, Outputs::OfWarmUp)?;

    let sizes = Sizes::read(&model)?;
    let of_flex = measurements.iter().find(|of| of.system == "flex" && of.dtype == "f32");
    let reference = of_flex.and_then(|of| read_floats(of.output(COMPARED)?, sizes.hidden_size).ok());
    let row = |measurement: &Measurement, measured: &Measured, row: Row| {
        let lengths = works::batches(measured.work).unwrap_or_default().concat();
        let median = row.median();
        let rate = |amount: f64| Some(amount / median? * 1e3).filter(|rate| *rate > 0.0);
        let accuracy = reference
            .as_deref()
            .filter(|_| measured.work == COMPARED)
            .map(|reference| lowest_cosine(&read_floats(&measured.output, sizes.hidden_size)?, reference));
        let (accuracy, failure) = match accuracy.transpose() {
            Ok(accuracy) => (accuracy, None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        let peak = measured.answer.gflop.and_then(rate).map(|rate| format!("{} GFLOP/s", number(rate)));
        Row {
            tokens_per_second: rate(lengths.iter().sum::<usize>() as f64),
            peak_bytes: measurement.memory.peak_bytes,
            device_bytes: measurement.memory.device_bytes,
            share_of_peak: rate(sizes.gflop(&lengths)).zip(peak_of(measurement)).map(|(rate, peak)| rate / peak),
            accuracy,
            note: failure.or(peak),
            ..row
        }
    };
    let rows = measurements.iter().flat_map(|of| of.rows(|measured, made| row(of, measured, made)));
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_key(|row| WORKS.iter().position(|work| *work == row.work).unwrap_or(WORKS.len()));
    Ok(rows)
}

fn contestant(
    settings: &Settings,
    worker: &Path,
    model: &Path,
    backend: &'static str,
    dtype: &'static str,
) -> Contestant {
    let mut command = on_threads(worker, settings.threads, "inference");
    command.args(["--device", backend, "--dtype", dtype, "--model"]).arg(model);
    // What flex multiplies fewer bits with is no operation of Burn's.
    let has_product = backend != "flex" || dtype == "f32";
    let works = WORKS.into_iter().filter(|work| has_product || *work != DEVICE_PEAK).collect();
    Contestant { system: backend, dtype, works, command: Ok(command) }
}

/// Gigaflops a second of the product that the same process did.
fn peak_of(measurement: &Measurement) -> Option<f64> {
    let product = measurement.works.as_ref().ok()?.iter().find(|measured| measured.work == DEVICE_PEAK)?;
    Some(product.answer.gflop? / Times::of(&product.milliseconds)?.median_ms * 1e3)
}
