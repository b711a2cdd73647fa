//! What is to be reached, and how far it is.

use super::{
    embed,
    inference::GEMM_PEAK,
    row::Row,
    table::{number, table},
    train,
};

/// So many times as fast as a peer, at a work that the peer may do in another way.
struct Speed {
    work: &'static str,
    dtype: &'static str,
    peer: (&'static str, &'static str),
    peer_work: &'static str,
    times: f64,
}

const ONNX_F32: (&str, &str) = ("onnxruntime", "f32");
const ONNX_INT8: (&str, &str) = ("onnxruntime", "int8");

const SPEEDS: [Speed; 8] = [
    Speed { work: "1x16", dtype: "f32", peer: ONNX_F32, peer_work: "1x16", times: 1.2 },
    Speed { work: "1x128", dtype: "f32", peer: ONNX_F32, peer_work: "1x128", times: 1.2 },
    Speed { work: "8x128", dtype: "f32", peer: ONNX_F32, peer_work: "8x128", times: 1.2 },
    Speed { work: "ragged", dtype: "f32", peer: ONNX_F32, peer_work: "ragged, sorted", times: 1.3 },
    Speed { work: "ragged", dtype: "f32", peer: ONNX_F32, peer_work: "ragged, padded", times: 3.0 },
    Speed { work: "8x128", dtype: "bf16", peer: ONNX_F32, peer_work: "8x128", times: 2.0 },
    Speed { work: "8x128", dtype: "int8", peer: ONNX_INT8, peer_work: "8x128", times: 1.0 },
    Speed { work: "ragged", dtype: "int8", peer: ONNX_INT8, peer_work: "ragged, sorted", times: 1.0 },
];
/// Of what a product of matrices does, what a model does at its largest work.
const SHARE_OF_PEAK: (&str, f64) = ("8x128", 0.8);
/// Times as fast as sentence-transformers, with the backend that is fastest.
const EMBED: f64 = 2.0;
/// Of what memory has to be.
const MEMORY: f64 = 1.2;

/// A ratio, and what it is to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    work: String,
    dtype: String,
    with: String,
    ratio: f64,
    goal: Goal,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// All for which there are rows: how many times as fast embert is as a peer, and what it needs of what it has to.
pub(super) fn comparisons(rows: &[Row]) -> Vec<Comparison> {
    let embert = |work: &str, dtype: &str| rows.iter().find(|row| row.is(work, "embert", dtype));
    let comparison = |row: &Row, with: String, ratio: f64, goal| Comparison {
        work: row.work.clone(),
        dtype: row.dtype.clone(),
        with,
        ratio,
        goal,
    };
    let trainings = train::WORKS.iter().map(|&train::Work { name, times, .. }| {
        let peer = (train::PYTORCH, "f32");
        Speed { work: name, dtype: "f32", peer, peer_work: name, times }
    });
    let speeds = SPEEDS.into_iter().chain(trainings).filter_map(|Speed { work, dtype, peer, peer_work, times }| {
        let (system, peer_dtype) = peer;
        let peer = rows.iter().find(|row| row.is(peer_work, system, peer_dtype))?;
        let row = embert(work, dtype)?;
        let way = peer_work.strip_prefix(work).unwrap_or_default();
        let ratio = peer.median()? / row.median()?;
        Some(comparison(row, format!("{system} {peer_dtype}{way}"), ratio, Goal::AtLeast(times)))
    });
    let (work, share) = SHARE_OF_PEAK;
    let peak = embert(work, "f32")
        .and_then(|row| Some(comparison(row, GEMM_PEAK.into(), row.share_of_peak?, Goal::AtLeast(share))));
    let vectors = embert(embed::WORK, "f32");
    let peers = rows.iter().filter(|row| row.system.starts_with(embed::PEER) && row.times.is_some());
    let best = peers.min_by(|a, b| f64::total_cmp(&time(a), &time(b)));
    let embedding = vectors.zip(best).map(|(row, peer)| {
        let note = peer.note.as_deref().map_or_else(String::new, |note| format!(", {note}"));
        comparison(row, peer.system.clone() + &note, time(peer) / time(row), Goal::AtLeast(EMBED))
    });
    let memory = vectors.and_then(|row| {
        let ratio = row.peak_bytes? as f64 / row.accounted_bytes? as f64;
        Some(comparison(row, "memory that is accounted for".into(), ratio, Goal::AtMost(MEMORY)))
    });
    speeds.chain(peak).chain(embedding).chain(memory).collect()
}

fn time(row: &Row) -> f64 {
    row.median().unwrap_or(f64::INFINITY)
}

pub(super) fn table_of(comparisons: &[Comparison]) -> String {
    let rows: Vec<Vec<String>> = comparisons
        .iter()
        .map(|Comparison { work, dtype, with, ratio, goal }| {
            let (goal, is_reached) = match goal {
                Goal::AtLeast(goal) => (format!("at least {goal}"), ratio >= goal),
                Goal::AtMost(goal) => (format!("at most {goal}"), ratio <= goal),
            };
            let verdict = if is_reached { "yes" } else { "no" };
            vec![work.clone(), dtype.clone(), with.clone(), number(*ratio), goal, verdict.into()]
        })
        .collect();
    table(3, &["work", "embert", "beside", "ratio", "goal", "reached"], &rows)
}

#[cfg(test)]
mod tests {
    use super::{Goal, comparisons};
    use crate::bench::{
        embed,
        row::{Row, Times},
    };

    fn row(work: &str, system: &str, dtype: &str, milliseconds: f64) -> Row {
        let times = Times::of(&[milliseconds]);
        Row { work: work.into(), system: system.into(), dtype: dtype.into(), times, ..Row::default() }
    }

    #[test]
    fn a_ratio_says_how_many_times_as_fast_embert_is() {
        let rows = [
            row("ragged", "embert", "f32", 10.0),
            row("ragged, sorted", "onnxruntime", "f32", 15.0),
            row("ragged, padded", "onnxruntime", "f32", 40.0),
        ];
        let ratios: Vec<(String, f64)> =
            comparisons(&rows).into_iter().map(|comparison| (comparison.with, comparison.ratio)).collect();
        assert_eq!(ratios, [("onnxruntime f32, sorted".into(), 1.5), ("onnxruntime f32, padded".into(), 4.0)]);
    }

    #[test]
    fn what_was_not_measured_is_not_compared() {
        let failed = Row { times: None, ..row("8x128", "onnxruntime", "f32", 1.0) };
        assert_eq!(comparisons(&[row("8x128", "embert", "f32", 1.0), failed]), []);
    }

    #[test]
    fn embedding_is_compared_with_the_fastest_backend_and_memory_with_what_it_has_to_be() {
        let embert =
            Row { peak_bytes: Some(120), accounted_bytes: Some(100), ..row(embed::WORK, "embert", "f32", 10.0) };
        let rows = [
            embert,
            row(embed::WORK, "sentence-transformers, torch", "f32", 30.0),
            row(embed::WORK, "sentence-transformers, onnx", "f32", 20.0),
        ];
        let found: Vec<_> = comparisons(&rows).into_iter().map(|found| (found.with, found.ratio, found.goal)).collect();
        let [(system, speed, _), (_, memory, goal)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((system.as_str(), *speed), ("sentence-transformers, onnx", 2.0));
        assert_eq!((*memory, *goal), (1.2, Goal::AtMost(1.2)));
    }
}
