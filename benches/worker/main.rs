//! What `cargo xtask bench` asks: one process for each dtype, beside those of the libraries that it is compared with; and
//! the text that `cargo xtask` works on.

mod device_peak;
mod embed;
mod gemm_peak;
mod inference;
mod model;
mod pages;
mod parts;
mod protocol;
#[cfg(feature = "mpi")]
mod ranks;
mod sentences;
mod shown;
mod train;
mod works;

use anyhow::Context;
use clap::{Args, Parser};

#[derive(Debug, Parser)]
enum Worker {
    Inference(inference::Inference),
    Embed(embed::Embed),
    Train(train::Train),
    TrainParts(parts::TrainParts),
    #[cfg(feature = "mpi")]
    Together(ranks::Together),
    MakeModel(model::MakeModel),
    MakePages(pages::MakePages),
    MakeSentences(sentences::MakeSentences),
}

/// On how many cores.
#[derive(Clone, Copy, Debug, Args)]
struct Threads {
    #[arg(long)]
    threads: usize,
}

impl Threads {
    fn apply(self) -> anyhow::Result<()> {
        rayon::ThreadPoolBuilder::new().num_threads(self.threads).build_global().context("--threads")
    }
}

fn main() -> anyhow::Result<()> {
    // As the program does.
    embert::kernels::keep_freed_memory();
    match Worker::parse() {
        Worker::Inference(work) => work.run(),
        Worker::Embed(work) => work.run(),
        Worker::Train(work) => work.run(),
        Worker::TrainParts(work) => work.run(),
        #[cfg(feature = "mpi")]
        Worker::Together(work) => work.run(),
        Worker::MakeModel(work) => work.run(),
        Worker::MakePages(work) => work.run(),
        Worker::MakeSentences(work) => work.run(),
    }
}
