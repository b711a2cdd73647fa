//! How fast is text encoded, what does our layer cost on top of the `tokenizers` crate, and what does training cost?
//!
//! Training is measured once a kind, on `EMBERT_BENCH_TRAINING_MB` (100) megabytes, unless a filter is given.

#![allow(missing_docs, reason = "criterion_group! makes items without any")]

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group};
use embert::tokenizer::{
    EncodeOptions, Error, Input, Tokenizer,
    train::{ByteLevelBpe, Unigram, WordPiece},
};
use embert_benches::{generated_text, peak_memory, reset_peak_memory};

/// Text that is encoded, and text that the vocabularies for it are trained on.
const ENCODED_BYTES: usize = 1 << 20;
const TRAINED_BYTES: usize = 4 << 20;

type Stream = Box<dyn Iterator<Item = Result<String, Infallible>>>;
type Train = fn(Stream) -> Result<Tokenizer, Error>;

const KINDS: [(&str, Train); 3] = [
    ("wordpiece", |texts| WordPiece { vocab_size: 8000, ..Default::default() }.train(texts, &mut |_| {})),
    ("bpe", |texts| ByteLevelBpe { vocab_size: 8000, ..Default::default() }.train(texts, &mut |_| {})),
    ("unigram", |texts| Unigram { vocab_size: 8000, ..Default::default() }.train(texts, &mut |_| {})),
];

fn stream(bytes: usize) -> Stream {
    Box::new(generated_text(bytes).map(Ok))
}

fn encoding(criterion: &mut Criterion) {
    let texts: Vec<String> = generated_text(ENCODED_BYTES).collect();
    let inputs: Vec<Input<'_>> = texts.iter().map(Input::from).collect();
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let options = EncodeOptions::default();
    for (kind, train) in KINDS {
        let ours = train(stream(TRAINED_BYTES)).expect("a vocabulary");
        let dir = std::env::temp_dir().join(format!("embert-bench-{kind}-{}", std::process::id()));
        ours.save(&dir).expect("a directory");
        let library = tokenizers::Tokenizer::from_file(dir.join("tokenizer.json")).expect("our file");
        std::fs::remove_dir_all(&dir).expect("our directory");

        let mut group = criterion.benchmark_group(kind);
        group.sample_size(20).throughput(Throughput::Bytes(bytes as u64));
        group.bench_function("single, tokenizers", |bencher| {
            bencher.iter(|| {
                for text in &borrowed {
                    black_box(library.encode_char_offsets(*text, true).expect("an encoding"));
                }
            });
        });
        group.bench_function("single, embert", |bencher| {
            bencher.iter(|| {
                for text in &borrowed {
                    black_box(ours.encode(*text, &options).expect("an encoding"));
                }
            });
        });
        group.bench_function("batch, tokenizers", |bencher| {
            bencher.iter(|| library.encode_batch_char_offsets(borrowed.clone(), true).expect("encodings"));
        });
        group.bench_function("batch, embert", |bencher| {
            bencher.iter(|| ours.encode_batch(&inputs, &options).expect("encodings"));
        });
        group.finish();
    }
}

/// Trains each kind once and says how long it took and how much memory it needed at most.
fn training() {
    let megabytes = std::env::var("EMBERT_BENCH_TRAINING_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    for (kind, train) in KINDS {
        reset_peak_memory();
        let start = Instant::now();
        let tokenizer = train(stream(megabytes * 1_000_000)).expect("a vocabulary");
        let seconds = start.elapsed().as_secs_f64();
        let memory = peak_memory().map_or_else(|| "unknown".to_owned(), |kib| format!("{} MiB", kib >> 10));
        let speed = megabytes as f64 / seconds;
        let pieces = tokenizer.vocab_size();
        println!(
            "training {kind}: {megabytes} MB in {seconds:.1} s ({speed:.1} MB/s), {pieces} pieces, peak memory {memory}"
        );
    }
}

criterion_group!(benches, encoding);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if std::env::args().skip(1).eq(["--bench"]) {
        training();
    }
}
