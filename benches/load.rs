//! How long does opening a model take, beside reading its file, and how much memory?
//!
//! bert-base in f32, from a file that the system has in its cache. Peak memory is the process's high-water mark while
//! the model is opened, less what the process had before; it is printed where the system tells it (Linux).

#![allow(missing_docs, reason = "criterion_group! makes items without any")]

use std::{fs::File, io::Read, path::Path, process::Command};

use criterion::{Criterion, criterion_group};
use embert::{
    AutoModel, Backend,
    checkpoint::{from_pretrained, save_pretrained},
    core::{BertConfig, BertModel},
};
use embert_benches::{peak_memory, reset_peak_memory};

fn dir() -> &'static Path {
    Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/bert-base"))
}

fn read() -> usize {
    let mut file = File::open(dir().join("model.safetensors")).expect("it was just written");
    let length = file.metadata().expect("an open file").len() as usize;
    let mut bytes = Vec::with_capacity(length);
    file.read_to_end(&mut bytes).expect("an open file");
    bytes.len()
}

fn open() -> AutoModel {
    let device = Backend::Flex.open().expect("flex is compiled in");
    from_pretrained(dir(), &device).expect("it was just written").0
}

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bert-base");
    group.sample_size(10);
    group.bench_function("read the file", |bencher| bencher.iter(read));
    group.bench_function("open the model", |bencher| bencher.iter(open));
    group.finish();
}

/// In a process of its own: what writing takes would hide what opening does.
fn write() {
    let device = Backend::Flex.open().expect("flex is compiled in");
    let config = BertConfig::default();
    save_pretrained(&BertModel::new(&config, &device, 0), &config, dir()).expect("a folder for temporary files");
}

fn memory() {
    reset_peak_memory();
    let before = peak_memory();
    let model = open();
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        let weights = std::fs::metadata(dir().join("model.safetensors")).map_or(0, |file| file.len()) / 1024;
        let peak = after - before;
        println!("bert-base/peak memory: {} MiB, {:.2} times the file", peak >> 10, peak as f64 / weights as f64);
    }
    drop(model);
}

criterion_group!(benches, load);

fn main() {
    if std::env::args().any(|argument| argument == "write") {
        return write();
    }
    if !dir().join("model.safetensors").exists() {
        let this = std::env::current_exe().expect("a program");
        let status = Command::new(this).arg("write").status().expect("a program");
        assert!(status.success(), "no model was written");
    }
    memory();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
