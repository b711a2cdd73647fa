//! The numbers of a run as a file of events that TensorBoard reads.
//!
//! The file is a row of TFRecords, each an `Event` of TensorFlow's `event.proto`. The field numbers are those of
//! `event.proto`, `summary.proto` and `tensor.proto`; fields that are not needed are not named.

use std::io::{Result, Write};

use prost::Message;
use serde_json::Value as Json;

use super::{Piece, samples};

/// Something that happened at a step.
#[derive(Clone, PartialEq, Message)]
struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    what: Option<What>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum What {
    /// In the first event alone.
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Value>,
}

/// What one tag has at a step: a number, or a tensor with the plugin that shows it.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "8")]
    tensor: Option<Tensor>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(bytes = "vec", repeated, tag = "8")]
    string_val: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    plugin_data: Option<PluginData>,
    #[prost(int32, tag = "4")]
    data_class: i32,
}

#[derive(Clone, PartialEq, Message)]
struct PluginData {
    #[prost(string, tag = "1")]
    plugin_name: String,
}

/// What an event file begins with; `line` is the first that follows, if there is one.
///
/// # Errors
/// Those of `out`.
pub fn write_header(line: Option<&Json>, out: &mut impl Write) -> Result<()> {
    let version = What::FileVersion("brain.Event:2".to_owned());
    write_record(&Event { wall_time: time(line), step: 0, what: Some(version) }, out)
}

/// Writes a line of `metrics.jsonl`: each number under a tag such as `training/loss` or `held out/mlm_accuracy`, and
/// the samples of a validation as text. The same line gives the same bytes.
///
/// # Errors
/// Those of `out`.
pub fn write_line(line: &Json, out: &mut impl Write) -> Result<()> {
    let values = values(line);
    let (Some(step), false) = (line.get("step").and_then(Json::as_i64), values.is_empty()) else { return Ok(()) };
    write_record(&Event { wall_time: time(Some(line)), step, what: Some(What::Summary(Summary { values })) }, out)
}

/// Seconds since 1970, where a line has them.
fn time(line: Option<&Json>) -> f64 {
    line.and_then(|line| line.get("time")?.as_f64()).unwrap_or(0.0)
}

fn values(line: &Json) -> Vec<Value> {
    let group = match line.get("event").and_then(Json::as_str) {
        Some("step") => "training",
        Some("validated") => "held out",
        Some(other) => other,
        None => return Vec::new(),
    };
    let numbers = line.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key, value.as_f64()?)));
    let numbers = numbers.filter(|(key, _)| !matches!(key.as_str(), "step" | "time")).map(|(key, number)| Value {
        tag: format!("{group}/{}", key.strip_prefix("valid_").unwrap_or(key)),
        simple_value: Some(number as f32),
        ..Value::default()
    });
    let samples: Vec<String> = samples(line).map(|pieces| markdown(&pieces).trim().to_owned()).collect();
    let text = (!samples.is_empty()).then(|| Value {
        tag: format!("{group}/samples"),
        simple_value: None,
        // DT_STRING, and without a shape: one string, whose paragraphs are the samples.
        tensor: Some(Tensor { dtype: 7, string_val: vec![samples.join("\n\n").into_bytes()] }),
        metadata: Some(Metadata {
            plugin_data: Some(PluginData { plugin_name: "text".to_owned() }),
            data_class: 2, // DATA_CLASS_TENSOR
        }),
    });
    numbers.chain(text).collect()
}

/// A sample with its right guesses bold; a wrong one is in italics, with the word that was there in brackets.
fn markdown(pieces: &[Piece<'_>]) -> String {
    let marked = |piece: &Piece<'_>| match piece {
        Piece::Given(text) => escaped(text),
        Piece::Guessed { guess, original } if guess == original => format!("<strong>{}</strong>", escaped(guess)),
        Piece::Guessed { guess, original } => format!("<em>{}</em> ({})", escaped(guess), escaped(original)),
    };
    pieces.iter().map(marked).collect()
}

/// Text that is one line and has nothing of Markdown or HTML in it.
fn escaped(text: &str) -> String {
    super::escaped(&text.replace(char::is_control, " "), |letter| letter.is_ascii_punctuation())
}

/// A TFRecord: length, its checksum, bytes, their checksum; all little-endian.
fn write_record(event: &Event, out: &mut impl Write) -> Result<()> {
    let bytes = event.encode_to_vec();
    let length = (bytes.len() as u64).to_le_bytes();
    out.write_all(&length)?;
    out.write_all(&masked_crc(&length).to_le_bytes())?;
    out.write_all(&bytes)?;
    out.write_all(&masked_crc(&bytes).to_le_bytes())
}

/// TensorFlow turns and shifts its checksums, so that one over bytes that hold checksums is not weak.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
