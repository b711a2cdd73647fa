//! Reading and checking the reference cases.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use embert_tokenizer::{
    Direction, EncodeOptions, Encodings, Error, Input, PadLength, Padding, Row, SentencePiece, Strategy, Tokenizer,
    Truncation,
};
use serde_json::{Value, json};

/// The cases of one folder.
pub(crate) struct Cases {
    /// Where the tokenizer's files are.
    pub(crate) dir: PathBuf,
    records: Vec<Value>,
}

impl Cases {
    pub(crate) fn read(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
        let lines = fs::read_to_string(dir.join("cases.jsonl")).unwrap();
        let records = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { dir, records }
    }

    /// The tokenizer of a directory with these files and no others.
    pub(crate) fn tokenizer(&self, files: &[&str]) -> Tokenizer {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            fs::copy(self.dir.join(file), dir.path().join(file)).unwrap();
        }
        Tokenizer::from_dir(dir.path()).unwrap()
    }
}

/// Checks every case with the tokenizer of these files, loaded and then again after save and load.
pub(crate) fn check_all(cases: &Cases, files: &[&str]) {
    let tokenizer = cases.tokenizer(files);
    check(cases, &tokenizer);
    let dir = tempfile::tempdir().unwrap();
    tokenizer.save(dir.path()).unwrap();
    check(cases, &Tokenizer::from_dir(dir.path()).unwrap());
}

/// Checks the pieces and the decoded text that SentencePiece itself gives.
pub(crate) fn check_sentencepiece(cases: &Cases) {
    let model = SentencePiece::read(&cases.dir.join("spiece.model")).unwrap();
    for record in cases.records.iter().filter(|record| record["kind"] == "spm") {
        let text = text_of(record, &cases.records);
        let (ids, pieces): (Vec<u32>, Vec<String>) = model.encode(text).into_iter().unzip();
        assert_eq!(json!(ids), record["raw_ids"], "{text:?}: {pieces:?}");
        if !record["raw_pieces"].is_null() {
            assert_eq!(json!(pieces), record["raw_pieces"], "{text:?}");
        }
        assert_eq!(json!(model.decode(&ids).unwrap()), record["raw_decode"], "{text:?}");
    }
}

/// The text of a record, which may stand in the record of the same number.
fn text_of<'a>(record: &'a Value, records: &'a [Value]) -> &'a str {
    let same = records.iter().find(|other| other["kind"] == "single" && other["i"] == record["same_text_as"]);
    same.unwrap_or(record)["text"].as_str().unwrap()
}

fn check(cases: &Cases, tokenizer: &Tokenizer) {
    let mut wrong = Vec::new();
    for record in &cases.records {
        if let Some(got) = run(tokenizer, record, &cases.records) {
            wrong.push(format!("case {record}\n got {got}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}: {} of {} cases differ; the first:\n{}",
        tokenizer.origin(),
        wrong.len(),
        cases.records.len(),
        wrong[..wrong.len().min(3)].join("\n")
    );
}

/// What came out, where it is not what the record says.
fn run(tokenizer: &Tokenizer, record: &Value, records: &[Value]) -> Option<Value> {
    let all = EncodeOptions { tokens: true, ..Default::default() };
    match record["kind"].as_str().unwrap() {
        "single" | "pair" => compare(record, tokenizer.encode(text_or_pair(&record["text"], &record["pair"]), &all)),
        "words" => {
            let words = record["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
            compare(record, tokenizer.encode(Input::words(words), &all))
        }
        "nospecial" => {
            let text = text_of(record, records);
            let plain = EncodeOptions { add_special_tokens: false, ..all };
            let ids = tokenizer.encode(text, &plain).unwrap().ids;
            // Training data is the same, but for what the text says of special tokens.
            if !ids.iter().any(|id| tokenizer.is_special(*id)) {
                assert_eq!(tokenizer.token_ids(text).unwrap(), ids);
            }
            (record["ids"] != json!(ids)).then(|| json!(ids))
        }
        "trunc" => truncated(tokenizer, record),
        "pad_batch" => padded(tokenizer, record),
        "decode" => {
            let ids: Vec<u32> = serde_json::from_value(record["ids"].clone()).unwrap();
            let got = json!([tokenizer.decode(&ids, true).unwrap(), tokenizer.decode(&ids, false).unwrap()]);
            (got != json!([record["skip_special"], record["keep_special"]])).then_some(got)
        }
        "spm" => None, // what SentencePiece itself does: not this pipeline
        other => panic!("unknown kind of case {other}"),
    }
}

fn compare(record: &Value, got: Result<Encodings, Error>) -> Option<Value> {
    let got = got.unwrap();
    let row = got.rows().next().unwrap();
    let got = fields(&row, &vec![true; row.ids.len()]);
    differs(record, &got).then_some(got)
}

/// Whether any field that both have is different.
fn differs(expected: &Value, got: &Value) -> bool {
    got.as_object().unwrap().iter().any(|(key, got)| expected.get(key).is_some_and(|expected| expected != got))
}

fn truncated(tokenizer: &Tokenizer, record: &Value) -> Option<Value> {
    let options = EncodeOptions {
        truncation: Some(Truncation {
            max_length: number(&record["max_length"]).unwrap(),
            strategy: match record["strategy"].as_str().unwrap() {
                "longest_first" => Strategy::LongestFirst,
                "only_first" => Strategy::OnlyFirst,
                _ => Strategy::OnlySecond,
            },
            stride: number(&record["stride"]).unwrap(),
            direction: direction(&record["direction"]),
        }),
        overflow_windows: true,
        ..Default::default()
    };
    let got = tokenizer.encode(text_or_pair(&record["text"], &record["pair"]), &options);
    match (record.get("windows"), got) {
        (None, Err(_)) => None,
        (None, Ok(got)) => Some(json!(got.ids)),
        (Some(_), Err(error)) => Some(json!(error.to_string())),
        (Some(windows), Ok(got)) => {
            let without = EncodeOptions { overflow_windows: false, ..options };
            let main = tokenizer.encode(text_or_pair(&record["text"], &record["pair"]), &without).unwrap();
            assert_eq!(main.rows().next().unwrap(), got.rows().next().unwrap());
            assert_eq!(main.len(), 1);
            let windows = windows.as_array().unwrap();
            let got: Vec<Value> = got.rows().map(|row| fields(&row, &[])).collect();
            let wrong =
                got.len() != windows.len() || windows.iter().zip(&got).any(|(window, got)| differs(window, got));
            wrong.then(|| json!(got))
        }
    }
}

fn padded(tokenizer: &Tokenizer, record: &Value) -> Option<Value> {
    let inputs: Vec<Input> = record["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| match item {
            Value::Array(pair) => text_or_pair(&pair[0], &pair[1]),
            text => text_or_pair(text, &Value::Null),
        })
        .collect();
    let truncation = number(&record["max_length"]).map(Truncation::new);
    let options = EncodeOptions { truncation, ..Default::default() };
    let padding = Padding {
        length: number(&record["fixed_length"]).map_or(PadLength::Longest, PadLength::Fixed),
        multiple_of: number(&record["pad_to_multiple_of"]).unwrap_or(0),
        direction: Some(direction(&record["direction"])),
    };
    let padded = tokenizer.pad(tokenizer.encode_batch(&inputs, &options).unwrap(), &padding).unwrap();
    let mut mask = padded.attention_mask.as_slice();
    let got: Vec<Value> = padded
        .encodings
        .rows()
        .map(|row| {
            let (this, rest) = mask.split_at(row.ids.len());
            mask = rest;
            fields(&row, this)
        })
        .collect();
    let rows = record["rows"].as_array().unwrap();
    let wrong = got.len() != rows.len() || rows.iter().zip(&got).any(|(row, got)| differs(row, got));
    wrong.then(|| json!(got))
}

/// A row in the form of the reference; the attention mask is left out where it is empty.
fn fields(row: &Row<'_>, attention_mask: &[bool]) -> Value {
    let digits = |mask: &[bool]| mask.iter().map(|&set| if set { '1' } else { '0' }).collect::<String>();
    let mut fields = json!({
        "ids": row.ids,
        "offsets": row.offsets.iter().flat_map(|&(start, end)| [start, end]).collect::<Vec<_>>(),
        "type_ids": row.type_ids.iter().map(u32::to_string).collect::<String>(),
        "special_tokens_mask": digits(row.special_tokens_mask),
        "word_ids": row.word_ids,
    });
    if !attention_mask.is_empty() {
        fields["attention_mask"] = digits(attention_mask).into();
    }
    if !row.tokens.is_empty() {
        fields["tokens"] = json!(row.tokens);
    }
    fields
}

fn text_or_pair<'a>(text: &'a Value, pair: &'a Value) -> Input<'a> {
    let text = Cow::Borrowed(text.as_str().unwrap());
    match pair.as_str() {
        Some(pair) => Input::Pair(text, Cow::Borrowed(pair)),
        None => Input::Text(text),
    }
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64().map(|value| value.try_into().unwrap())
}

fn direction(value: &Value) -> Direction {
    if value == "left" { Direction::Left } else { Direction::Right }
}
