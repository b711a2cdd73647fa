//! How fast are training examples made and read, and how much memory does it take, however large the corpus?
//!
//! Examples are made once of 10 MB and once of `EMBERT_BENCH_DATA_MB` (1000) megabytes of generated text, unless a filter
//! is given. Reading stands beside what a training step of bert-base takes: forward and backward of eight examples
//! of 128 tokens, optimiser excluded.

#![allow(missing_docs, reason = "criterion_group! makes items without any")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::{module::Module, optim::GradientsParams};
use criterion::{Criterion, Throughput, criterion_group};
use embert::{
    Backend,
    core::{BertConfig, BertForPreTraining, Pass},
    data::{
        Document, Error, Example,
        sentences::sentences,
        store::{Dataset, MaskingTime, Settings, build},
        vocabulary_of,
    },
    objectives::losses::{SentencePair, pretraining},
    tokenizer::{Tokenizer, train::WordPiece},
    train::PreTrainingBatch,
};
use embert_benches::{generated_text, peak_memory, reset_peak_memory};
use serde_json::json;

/// Lines of text, of some two hundred bytes, in a document.
const LINES: usize = 20;
const SMALL_MB: usize = 10;
/// Examples of a training step.
const BATCH: usize = 8;

fn tokenizer() -> Tokenizer {
    let text = generated_text(4 << 20).map(Ok::<_, Infallible>);
    WordPiece { vocab_size: 8000, ..Default::default() }.train(text, &mut |_| {}).expect("a vocabulary")
}

fn documents(bytes: usize) -> impl Iterator<Item = Result<Document, Error>> {
    let mut lines = generated_text(bytes);
    std::iter::from_fn(move || {
        let lines: Vec<String> = lines.by_ref().take(LINES).collect();
        let sentences = lines.iter().flat_map(|line| sentences(line)).map(str::to_string).collect();
        (!lines.is_empty()).then_some(Ok(Document { sentences, continues: false }))
    })
}

fn folder(megabytes: usize) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("data-{megabytes}"))
}

/// Makes the examples of so much text, and says what that took.
fn make(megabytes: usize, tokenizer: &Tokenizer) -> Dataset {
    let out = folder(megabytes);
    let _ = std::fs::remove_dir_all(&out);
    let settings = Settings { masking_time: MaskingTime::Static { duplicates: 1 }, ..Settings::bert() };
    reset_peak_memory();
    let start = Instant::now();
    let made = build(documents(megabytes * 1_000_000), json!(megabytes), tokenizer, &settings, &out, |_| {});
    let made = made.expect("examples");
    let seconds = start.elapsed().as_secs_f64();
    let memory = peak_memory().map_or_else(|| "unknown".to_owned(), |kib| format!("{} MiB", kib >> 10));
    println!(
        "making: {megabytes} MB in {seconds:.1} s, {} examples, {:.0} examples/s, peak memory {memory}",
        made.examples,
        made.examples as f64 / seconds
    );
    Dataset::open(&out).expect("what was just made")
}

/// How many examples a second a training step of bert-base takes in.
fn consumed(examples: &[Example]) -> f64 {
    let device = Backend::Flex.open().expect("flex is compiled in").autodiff();
    let config = BertConfig::default();
    let model = BertForPreTraining::new(&config, &device, 0).expect("bert-base").train();
    let PreTrainingBatch { batch, positions, originals, sentence_pair_labels } =
        PreTrainingBatch::new(examples).expect("examples with tokens");
    let step = || {
        let start = Instant::now();
        let output = model.forward(&batch, Some(&positions), &mut Pass::training(0)).expect("ids of the vocabulary");
        let (words, pairs) = (output.prediction_logits, output.sentence_pair_logits);
        let loss = pretraining(words, &originals, SentencePair::NextSentence, pairs, &sentence_pair_labels);
        let gradients = loss.expect("labels that are classes").total.backward();
        drop(GradientsParams::from_grads(gradients, &model));
        start.elapsed()
    };
    step(); // the first one warms up
    let fastest = (0..3).map(|_| step()).min().unwrap_or(Duration::MAX);
    examples.len() as f64 / fastest.as_secs_f64()
}

fn reading(criterion: &mut Criterion) {
    let tokenizer = tokenizer();
    let dataset = match Dataset::open(&folder(SMALL_MB)) {
        Ok(dataset) => dataset,
        Err(_) => make(SMALL_MB, &tokenizer),
    };
    let vocabulary = vocabulary_of(&tokenizer).expect("a mask token");
    let mut group = criterion.benchmark_group("data");
    group.sample_size(10).throughput(Throughput::Elements(dataset.len()));
    group.bench_function("read an epoch", |bencher| {
        bencher.iter(|| {
            dataset.epoch(1, 0, &vocabulary).map(|example| example.expect("an example").ids.len()).sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, reading);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if !std::env::args().skip(1).eq(["--bench"]) {
        return;
    }
    let tokenizer = tokenizer();
    let vocabulary = vocabulary_of(&tokenizer).expect("a mask token");
    // Before the training step, whose memory would hide theirs.
    let dataset = make(SMALL_MB, &tokenizer);
    let large = std::env::var("EMBERT_BENCH_DATA_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    make(large, &tokenizer);
    let _ = std::fs::remove_dir_all(folder(large));

    let start = Instant::now();
    let longest: Vec<Example> = dataset.epoch(1, 0, &vocabulary).map(|example| example.expect("an example")).collect();
    let read = longest.len() as f64 / start.elapsed().as_secs_f64();
    let longest: Vec<Example> = longest.into_iter().filter(|example| example.ids.len() > 120).take(BATCH).collect();
    let consumed = consumed(&longest);
    println!("reading: {read:.0} examples/s; a step of bert-base takes {consumed:.2}: {:.0} times", read / consumed);
}
