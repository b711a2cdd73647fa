//! The front door: each pipeline, each run, beside Hugging Face's numbers. One program, which is built in a fraction of the time of many.

mod answers_of_pipelines;
mod attention;
mod bad_input;
mod checkpoints;
mod finetune;
mod gradients;
mod half;
mod pipelines;
mod report;
mod schedule;
mod sentence_modules;
mod support;
mod tensorboard;
