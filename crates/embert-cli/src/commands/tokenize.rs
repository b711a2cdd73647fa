//! `embert tokenize`.

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
};

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use embert::tokenizer::{
    Direction, EncodeOptions, Encodings, PadLength, Padding, Row, Strategy, Tokenizer, Truncation,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::{Source, Talk, pieces::Original};
use crate::output::{Line, NotUtf8, lines, name_of, sentence};

/// Lines that are encoded at a time where none has to wait for the longest.
const LINES_AT_A_TIME: usize = 1024;
/// And no more bytes of them than this, but for one line that is longer.
const BYTES_AT_A_TIME: usize = 1 << 20;

/// No model has positions for more.
const LONGEST_PADDING: i64 = 1 << 20;

/// Turn lines of text, or JSON lines of {"text", "pair"} or {"words"}, into JSON lines of token ids.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert tokenize --tokenizer DIR < texts.txt\n",
    "  embert tokenize --tokenizer DIR --pretty < texts.txt\n",
    "  embert tokenize --tokenizer DIR --pair --max-length 128 --padding longest --input pairs.tsv",
))]
pub(crate) struct Tokenize {
    /// The directory of a tokenizer or model, or its name on the Hugging Face hub.
    #[arg(long)]
    tokenizer: Source,
    /// A file with a text a line; - is standard input.
    #[arg(long, default_value = "-")]
    input: PathBuf,
    /// What a line is: a record where it parses as one, else text; or always the same.
    #[arg(long, value_enum, default_value_t = InputFormat::Auto)]
    input_format: InputFormat,
    /// A line of text is two texts, with a tab between them.
    #[arg(long)]
    pair: bool,
    /// The most tokens of a row, special tokens included.
    #[arg(long)]
    max_length: Option<usize>,
    /// longest_first, only_first or only_second.
    #[arg(long, default_value = "longest_first", value_parser = strategy)]
    truncation: Strategy,
    /// Tokens by which an overflow window overlaps the one before.
    #[arg(long, default_value_t = 0)]
    stride: usize,
    /// The end that is cut off: left or right.
    #[arg(long, default_value = "right", value_parser = direction)]
    direction: Direction,
    /// longest, or a number of tokens.
    #[arg(long)]
    padding: Option<PaddingArg>,
    /// Pad to a multiple of this.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=LONGEST_PADDING))]
    pad_to_multiple_of: u32,
    /// The end that is padded, left or right; the tokenizer's own by default.
    #[arg(long, value_parser = direction)]
    padding_side: Option<Direction>,
    /// Leave out [CLS] and [SEP].
    #[arg(long)]
    no_special_tokens: bool,
    /// For people to read: how many tokens, and the text with a | between those that meet.
    #[arg(long, conflicts_with_all = ["padding", "pad_to_multiple_of"])]
    pretty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InputFormat {
    /// A line that parses as an object with "text" or "words" is a record, any other is text.
    Auto,
    /// Every line is text.
    Lines,
    /// Every line is a record.
    Jsonl,
}

#[derive(Clone, Copy, Debug)]
struct PaddingArg(PadLength);

impl FromStr for PaddingArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("longest", _) => Ok(Self(PadLength::Longest)),
            (_, Ok(length)) if length <= LONGEST_PADDING as usize => Ok(Self(PadLength::Fixed(length))),
            _ => Err(format!("{text:?} is no padding; longest or a number up to {LONGEST_PADDING} is expected")),
        }
    }
}

fn strategy(name: &str) -> Result<Strategy, String> {
    match name {
        "longest_first" => Ok(Strategy::LongestFirst),
        "only_first" => Ok(Strategy::OnlyFirst),
        "only_second" => Ok(Strategy::OnlySecond),
        _ => Err(format!("{name:?} is no truncation; longest_first, only_first or only_second is expected")),
    }
}

fn direction(name: &str) -> Result<Direction, String> {
    match name {
        "left" => Ok(Direction::Left),
        "right" => Ok(Direction::Right),
        _ => Err(format!("{name:?} is no direction; left or right is expected")),
    }
}

/// A line's tokens and what they are of, or what is wrong with it.
type Encoded = anyhow::Result<(Encodings, Original)>;

/// One input line as JSON.
#[derive(Debug, Deserialize)]
struct Record {
    text: Option<String>,
    pair: Option<String>,
    words: Option<Vec<String>>,
    max_length: Option<usize>,
    truncation: Option<String>,
    stride: Option<usize>,
    direction: Option<String>,
}

impl Tokenize {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let tokenizer = Tokenizer::from_dir(&self.tokenizer.tokenizer(talk)?)?;
        let mut lines = lines(&self.input)?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        // A row that is to be as long as the longest has to wait for all.
        let waits = self.padding.is_some_and(|padding| padding.0 == PadLength::Longest);
        let at_a_time = if waits { usize::MAX } else { LINES_AT_A_TIME };
        let mut before = 0;
        loop {
            let (mut some, mut bytes) = (Vec::<Line>::new(), 0);
            while some.len() < at_a_time && (waits || bytes < BYTES_AT_A_TIME) {
                let Some(line) = lines.next().transpose()? else { break };
                bytes += line.as_ref().map_or(0, String::len);
                some.push(line);
            }
            if some.is_empty() {
                break;
            }
            let rows: Vec<Encoded> = some.into_par_iter().map(|line| self.encode(&tokenizer, &line?)).collect();
            let count = rows.len();
            if self.pretty {
                self.show(&tokenizer, rows, before, &mut out)?;
            } else {
                self.write(&tokenizer, rows, &mut out)?;
            }
            before += count;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn encode(&self, tokenizer: &Tokenizer, line: &str) -> anyhow::Result<(Encodings, Original)> {
        let record = match self.input_format {
            InputFormat::Lines => None,
            InputFormat::Jsonl => Some(serde_json::from_str::<Record>(line)?),
            InputFormat::Auto => as_record(line)?,
        };
        let Some(record) = record else {
            let texts = match line.split_once('\t') {
                Some((text, pair)) if self.pair => vec![text, pair],
                None if self.pair => return Err(anyhow!("the line has no tab; text, tab, text is expected")),
                _ => vec![line],
            };
            let original = Original::Texts(texts.into_iter().map(str::to_owned).collect());
            let encodings = tokenizer.encode(original.input(), &self.options(self.truncation(None)?))?;
            return Ok((encodings, original));
        };
        let options = self.options(self.truncation(Some(&record))?);
        let original = match (record.text, record.pair, record.words) {
            (Some(text), pair, None) => Original::Texts([text].into_iter().chain(pair).collect()),
            (None, None, Some(words)) => Original::Words(words),
            _ => return Err(anyhow!("a record has \"text\", or \"text\" and \"pair\", or \"words\"")),
        };
        Ok((tokenizer.encode(original.input(), &options)?, original))
    }

    fn options(&self, truncation: Option<Truncation>) -> EncodeOptions {
        EncodeOptions { add_special_tokens: !self.no_special_tokens, truncation, overflow_windows: true, tokens: true }
    }

    /// The flags' limit, or the record's where it says otherwise.
    fn truncation(&self, record: Option<&Record>) -> anyhow::Result<Option<Truncation>> {
        let own_strategy = record.and_then(|record| record.truncation.as_deref()).map(strategy);
        let own_direction = record.and_then(|record| record.direction.as_deref()).map(direction);
        let strategy = own_strategy.transpose().map_err(anyhow::Error::msg)?.unwrap_or(self.truncation);
        let direction = own_direction.transpose().map_err(anyhow::Error::msg)?.unwrap_or(self.direction);
        let stride = record.and_then(|record| record.stride).unwrap_or(self.stride);
        let max_length = record.and_then(|record| record.max_length).or(self.max_length);
        Ok(max_length.map(|max_length| Truncation { max_length, strategy, stride, direction }))
    }

    /// A JSON object for each line: its row, padded where that was asked for, or its error.
    fn write(&self, tokenizer: &Tokenizer, rows: Vec<Encoded>, out: &mut impl Write) -> anyhow::Result<()> {
        let padding = self.padding(&rows);
        for row in rows {
            match row {
                Err(error) => write_line(out, &json!({ "error": sentence(&error) }))?,
                Ok((encodings, _)) => match &padding {
                    None => write_line(out, &json_rows(&encodings, &vec![true; encodings.ids.len()]))?,
                    Some(padding) => {
                        let padded = tokenizer.pad(encodings, padding)?;
                        write_line(out, &json_rows(&padded.encodings, &padded.attention_mask))?;
                    }
                },
            }
        }
        Ok(())
    }

    /// A line of text for each row, for people; the first line that has none is an error, which says where it is.
    fn show(
        &self,
        tokenizer: &Tokenizer,
        rows: Vec<Encoded>,
        before: usize,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        for (number, row) in (before + 1..).zip(rows) {
            let place = || format!("{}, line {number}", name_of(&self.input));
            // A line that is no text says itself where it is.
            let located = |error: anyhow::Error| if error.is::<NotUtf8>() { error } else { error.context(place()) };
            let (encodings, original) = row.map_err(located)?;
            for row in encodings.rows() {
                writeln!(out, "{:>5}   {}", row.ids.len(), original.with_marks(&row, tokenizer))?;
            }
        }
        Ok(())
    }

    /// How long each row is made, where that is not as long as it is.
    fn padding(&self, rows: &[Encoded]) -> Option<Padding> {
        let length = match self.padding {
            Some(PaddingArg(PadLength::Longest)) => {
                let lengths = rows.iter().flatten().filter_map(|(encodings, _)| encodings.lengths.first());
                PadLength::Fixed(lengths.copied().max().unwrap_or(0))
            }
            Some(PaddingArg(fixed)) => fixed,
            // Each row by itself; only a multiple can change it.
            None if self.pad_to_multiple_of > 1 => PadLength::Longest,
            None => return None,
        };
        Some(Padding { length, multiple_of: self.pad_to_multiple_of as usize, direction: self.padding_side })
    }
}

/// An object with a string "text" or an array "words".
fn as_record(line: &str) -> serde_json::Result<Option<Record>> {
    let Ok(value) = serde_json::from_str::<Value>(line) else { return Ok(None) };
    let is_record = value.get("text").is_some_and(Value::is_string) || value.get("words").is_some_and(Value::is_array);
    is_record.then(|| serde_json::from_value(value)).transpose()
}

fn write_line(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// A row as it is written.
#[derive(Serialize)]
struct JsonRow<'a> {
    ids: &'a [u32],
    tokens: &'a [String],
    offsets: &'a [(usize, usize)],
    type_ids: &'a [u32],
    #[serde(serialize_with = "bits")]
    attention_mask: &'a [bool],
    #[serde(serialize_with = "bits")]
    special_tokens_mask: &'a [bool],
    word_ids: &'a [Option<u32>],
    /// Of the first row: the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    overflowing: Option<Vec<JsonRow<'a>>>,
}

fn bits<S: Serializer>(flags: &&[bool], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(flags.iter().map(|&flag| u8::from(flag)))
}

/// The first row, with the others as its overflow windows.
fn json_rows<'a>(encodings: &'a Encodings, attention_mask: &'a [bool]) -> Option<JsonRow<'a>> {
    let mut masks = attention_mask;
    let mut rows = encodings.rows().map(|row| {
        let (mask, rest) = masks.split_at(row.ids.len());
        masks = rest;
        json_row(row, mask)
    });
    let first = rows.next()?;
    Some(JsonRow { overflowing: Some(rows.collect()), ..first })
}

fn json_row<'a>(row: Row<'a>, attention_mask: &'a [bool]) -> JsonRow<'a> {
    JsonRow {
        ids: row.ids,
        tokens: row.tokens,
        offsets: row.offsets,
        type_ids: row.type_ids,
        attention_mask,
        special_tokens_mask: row.special_tokens_mask,
        word_ids: row.word_ids,
        overflowing: None,
    }
}
