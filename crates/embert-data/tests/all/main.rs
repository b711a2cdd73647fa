//! What is read, and what examples are made of it. One program, which is built in a fraction of the time of many.

mod answers;
mod choices;
mod compressed;
mod corpus;
mod embedding;
mod microworld;
mod packing;
mod pages;
mod pairs;
mod parquet;
mod parquet_answers;
mod parquet_tasks;
mod records;
mod sentences;
mod sequence;
mod spans;
mod split;
mod store;
mod support;
mod template;
mod tokenized;
mod tokens;
