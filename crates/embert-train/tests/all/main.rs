//! Training, of each objective and of each part. One program, which is built in a fraction of the time of many.

mod adamw;
mod choices;
mod common;
mod distill;
mod embedding;
mod metrics;
mod optimizers;
mod pretrain;
mod ranks;
mod resume;
mod run_directory;
mod span_boundary;
mod stored;
mod support;
mod tasks;
