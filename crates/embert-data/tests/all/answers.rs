//! Data of extractive question answering, one rule a test.

use std::path::Path;
use std::sync::LazyLock;

use crate::support::{file, gzip, tokenizer, zstd};
use embert_data::Error;
use embert_data::tasks::answers::{
    Answer, AnswerExample, AnswerFormat, AnswerOptions, WindowOptions, features, read as open,
};
use embert_tokenizer::{Direction, PadLength, Padding, Tokenizer};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(name: &str, content: impl AsRef<[u8]>) -> Result<Vec<AnswerExample>, Error> {
    let (_folder, path) = file(name, content);
    open(&path, &AnswerOptions::default())?.collect()
}

fn message(name: &str, content: impl AsRef<[u8]>) -> String {
    let message = read(name, content).unwrap_err().to_string();
    let (path, rest) = message.split_once(": ").unwrap();
    assert!(path.ends_with(name), "{message}");
    rest.to_string()
}

/// A file of SQuAD with these questions about one context.
fn squad(context: &str, qas: Value) -> String {
    json!({ "version": "v2.0", "data": [{ "title": "T", "paragraphs": [{ "context": context, "qas": qas }] }] })
        .to_string()
}

fn answer(text: &str, start: usize) -> Answer {
    Answer { text: text.into(), start }
}

#[test]
fn a_file_of_squad_has_questions_about_contexts() {
    let qas = json!([
        { "id": "1", "question": "Who?", "answers": [
            { "text": "Zoë", "answer_start": 0 }, { "text": "Zoë 😀", "answer_start": 0 }, { "text": "here", "answer_start": 9 },
        ] },
        { "id": "2", "question": "Why?", "is_impossible": true, "answers": [], "plausible_answers": [{ "text": "x", "answer_start": 9 }] },
        { "id": 3, "question": "What?", "answers": [] },
    ]);
    let content = squad("Zoë 😀 is here", qas);
    for (name, content) in [
        ("train-v2.0.json", content.clone().into_bytes()),
        ("dev.json.gz", gzip(content.as_bytes())),
        ("dev.json.zst", zstd(content.as_bytes())),
        ("marked.json", [b"\xEF\xBB\xBF", content.as_bytes()].concat()),
    ] {
        let examples = read(name, content).unwrap();
        let ids: Vec<_> = examples.iter().map(|example| (example.id.as_str(), example.question.as_str())).collect();
        assert_eq!(ids, [("1", "Who?"), ("2", "Why?"), ("3", "What?")]);
        // Starts count code points: the letter of two bytes and the sign of four are one each.
        assert_eq!(examples[0].answers, [answer("Zoë", 0), answer("Zoë 😀", 0), answer("here", 9)]);
        assert!(examples[1].answers.is_empty() && examples[2].answers.is_empty());
        assert!(examples.iter().all(|example| &*example.context == "Zoë 😀 is here"));
    }
}

#[test]
fn json_lines_are_read_too() {
    let lines = concat!(
        "{\"id\":\"1\",\"title\":\"T\",\"question\":\"Who?\",\"context\":\"It is Zoë.\",\"answers\":{\"text\":[\"Zoë\",\"Zoë.\"],\"answer_start\":[6,6]}}\n",
        "\n{\"id\":\"2\",\"question\":\"Why?\",\"context\":\"It is.\",\"answers\":{\"text\":[],\"answer_start\":[]}}",
    );
    let examples = read("a.jsonl", lines).unwrap();
    assert_eq!(examples[0].answers, [answer("Zoë", 6), answer("Zoë.", 6)]);
    assert!(examples[1].answers.is_empty());
    let (_folder, path) = file("a.json", lines);
    let options = AnswerOptions { format: Some(AnswerFormat::JsonLines), ..Default::default() };
    assert_eq!(open(&path, &options).unwrap().count(), 2);
}

#[test]
fn an_answer_that_is_not_where_it_says_is_an_error_with_id_and_both_texts() {
    let check = |text: &str, start: usize, found: &str| {
        let qas = json!([{ "id": "q7", "question": "?", "answers": [
            { "text": "Zoë", "answer_start": 0 }, { "text": text, "answer_start": start },
        ] }]);
        let expected = format!(
            "question \"q7\": the answer {text:?} should begin at character {start} of its context, where there is {found}"
        );
        assert_eq!(message("a.json", squad("Zoë is here", qas)), expected);
    };
    check("here", 8, "\"ere\"");
    check("here", 6, "\" her\"");
    check("Zoé", 0, "\"Zoë\"");
    check("here", 99, "nothing");
    let line =
        "{\"id\":\"q\",\"question\":\"\",\"context\":\"abc\",\"answers\":{\"text\":[\"c\"],\"answer_start\":[1]}}";
    assert!(message("a.jsonl", line).starts_with("question \"q\": the answer \"c\" should begin at character 1"));
}

#[test]
fn an_empty_answer_is_an_error_that_says_how_there_is_none() {
    let expected = "question \"q\" has an empty answer; where there is none, an empty list says so";
    let qas = json!([{ "id": "q", "question": "?", "answers": [{ "text": "", "answer_start": 0 }] }]);
    assert_eq!(message("a.json", squad("c", qas)), expected);
    let line = "{\"id\":\"q\",\"question\":\"\",\"context\":\"c\",\"answers\":{\"text\":[\"\"],\"answer_start\":[2]}}";
    assert_eq!(message("a.jsonl", line), expected);
}

#[test]
fn json_of_another_kind_is_an_error_with_its_line() {
    assert_eq!(message("a.json", ""), "line 1, column 0: EOF while parsing a value");
    assert_eq!(message("a.json", "{\n\"examples\": []}"), "line 2, column 15: missing field `data`");
    for list in ["[]", "[1]", "{\"data\":[[]]}", "{\"data\":[{\"paragraphs\":[[]]}]}"] {
        assert!(message("a.json", list).ends_with("invalid type: sequence, expected an object"), "{list}");
    }
    assert!(message("a.json", "no JSON").ends_with("a JSON value is expected"));
    assert!(message("a.json", "{\"data\":\n[{\"paragraphs\":3}]}").starts_with("line 2, column "));
    assert_eq!(message("a.json", "{\"data\":[]}"), "no example here");
    assert_eq!(message("a.jsonl", "\n\n"), "no example here");
    assert!(message("a.jsonl", "\n{\"id\":\"1\"}").starts_with("line 2, column 10: missing field `question`"));
    assert!(message("a.jsonl", squad("c", json!([]))).starts_with("line 1, column "));
    for start in [json!(-1), json!("x"), json!(0.5), json!(null)] {
        let answer = json!({ "text": "c", "answer_start": start });
        let found = message("a.json", squad("c", json!([{ "id": "1", "question": "", "answers": [answer] }])));
        let expected = format!("answer_start is {start}; a whole number, 0 or more, is expected");
        assert!(found.ends_with(&expected), "{found}");
    }
    let uneven = "{\"id\":\"1\",\"question\":\"\",\"context\":\"\",\"answers\":{\"text\":[\"a\"],\"answer_start\":[]}}";
    assert_eq!(message("a.jsonl", uneven), "line 1: expected an answer_start for each of the 1 answers, found 0");
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_or_replaced() {
    let content =
        b"{\"id\":\"1\",\"question\":\"\",\"context\":\"\xFF\",\"answers\":{\"text\":[],\"answer_start\":[]}}";
    assert_eq!(message("a.jsonl", content), "byte 35 is not UTF-8; expected text in UTF-8");
    assert_eq!(message("a.json", b"{\"data\":\xFF}"), "byte 8 is not UTF-8; expected text in UTF-8");
    let (_folder, path) = file("a.jsonl", content);
    let lossy = AnswerOptions { lossy: true, ..Default::default() };
    assert_eq!(&*open(&path, &lossy).unwrap().next().unwrap().unwrap().context, "\u{fffd}");
}

#[test]
fn a_question_without_answers_is_an_error_unless_they_are_not_asked_for() {
    let content = squad("c", json!([{ "id": "1", "question": "?" }]));
    assert_eq!(
        message("a.json", &content),
        "question \"1\" has no answers; where there is none, an empty list says so"
    );
    let (_folder, path) = file("a.json", content);
    let unlabelled = AnswerOptions { unlabelled: true, ..Default::default() };
    assert_eq!(open(&path, &unlabelled).unwrap().next().unwrap().unwrap().answers, []);
}

const CONTEXT: &str =
    "The café in the old town of Zürich was opened in 1895 by Anna Müller and closed in 1970 after the great fire.";

fn example(context: &str, question: &str, answer: Option<&str>) -> AnswerExample {
    let answers =
        answer.map(|text| Answer { text: text.into(), start: context[..context.find(text).unwrap()].chars().count() });
    AnswerExample {
        id: "q".into(),
        question: question.into(),
        context: context.into(),
        answers: answers.into_iter().collect(),
        path: Path::new("a.json").into(),
    }
}

/// Length, start and end of each window.
fn windows(tokenizer: &Tokenizer, answer: Option<&str>) -> Vec<(usize, usize, usize)> {
    let examples = [example(CONTEXT, " Who opened the café?", answer)];
    let found = features(tokenizer, &examples, &WindowOptions { max_length: 32, stride: 8 }).unwrap();
    let lengths = found.encodings.lengths.iter();
    lengths.zip(found.windows).map(|(&length, w)| (length, w.start_position, w.end_position)).collect()
}

/// The windows have these lengths, and the answer stands in some of them at these positions.
fn check(tokenizer: &Tokenizer, answer: Option<&str>, lengths: &[usize], positions: &[(usize, usize, usize)]) {
    let expected: Vec<_> = (0..lengths.len())
        .map(|window| {
            let found = positions.iter().find(|(of, ..)| *of == window);
            found.map_or((lengths[window], 0, 0), |&(_, start, end)| (lengths[window], start, end))
        })
        .collect();
    assert_eq!(windows(tokenizer, answer), expected, "{answer:?}");
}

// The numbers of the next three are those of `prepare_train_features` in transformers 5, with the same tokenizers.
#[test]
fn windows_of_bert_are_those_of_run_qa() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let lengths = [32, 32, 32, 32, 28];
    check(&tokenizer, Some("Anna Müller"), &lengths, &[(2, 20, 26)]);
    check(&tokenizer, Some("1970"), &lengths, &[(3, 22, 25)]);
    check(&tokenizer, Some("The café"), &lengths, &[(0, 13, 17)]);
    check(&tokenizer, Some("fire"), &lengths, &[(4, 23, 25)]);
    check(&tokenizer, None, &lengths, &[]);
}

#[test]
fn windows_of_roberta_have_its_template() {
    let tokenizer = tokenizer("bpe_roberta");
    let lengths = [32, 32, 32, 32, 32, 32, 32, 32, 30];
    check(&tokenizer, Some("Anna Müller"), &lengths, &[(5, 18, 25)]);
    check(&tokenizer, Some("1970"), &lengths, &[(6, 26, 29), (7, 20, 23)]);
    check(&tokenizer, Some("The café"), &lengths, &[(0, 17, 21)]);
    check(&tokenizer, Some("great"), &lengths, &[(7, 28, 30), (8, 22, 24)]);
    check(&tokenizer, None, &lengths, &[]);
}

#[test]
fn windows_of_albert_know_its_spaces() {
    let tokenizer = tokenizer("spm_albert_lower");
    let lengths = [32, 32, 32, 32, 32, 32, 24];
    check(&tokenizer, Some("Anna Müller"), &lengths, &[(3, 18, 24)]);
    check(&tokenizer, Some("The café"), &lengths, &[(0, 14, 19)]);
    check(&tokenizer, Some("great"), &lengths, &[(5, 23, 26), (6, 14, 17)]);
    check(&tokenizer, None, &lengths, &[]);
}

#[test]
fn an_answer_that_begins_with_the_last_token_of_a_window_is_in_it() {
    let tokenizer = tokenizer("wordpiece_uncased");
    // [CLS] in [SEP] the in . a [SEP]: one window that ends with the answer.
    let examples = [example("the in . a", "in", Some("a"))];
    let found = features(&tokenizer, &examples, &WindowOptions { max_length: 8, stride: 1 }).unwrap();
    assert_eq!(found.encodings.lengths, [8]);
    assert_eq!((found.windows[0].start_position, found.windows[0].end_position), (6, 6));
}

#[test]
fn a_character_of_several_tokens_is_in_the_answer_with_all_of_them() {
    let tokenizer = tokenizer("bpe_roberta");
    let examples = [example("in 日 in", "in", Some("日"))];
    let found = features(&tokenizer, &examples, &WindowOptions::default()).unwrap();
    let window = &found.windows[0];
    let tokens: Vec<_> = window.context_offsets.iter().map(|token| *token == Some((3, 4))).collect();
    assert!(tokens.iter().filter(|&&of_answer| of_answer).count() > 1);
    assert_eq!(Some(window.start_position), tokens.iter().position(|&of_answer| of_answer));
    assert_eq!(Some(window.end_position), tokens.iter().rposition(|&of_answer| of_answer));
}

#[test]
fn offsets_are_of_the_context_alone() {
    for (name, before) in [("wordpiece_uncased", 3), ("bpe_roberta", 4)] {
        let tokenizer = tokenizer(name); // [CLS] in [SEP] in the [SEP], and <s> in </s></s> in Ġthe </s>
        let examples = [example("in the", "in", Some("the"))];
        let found = features(&tokenizer, &examples, &WindowOptions { max_length: 9, stride: 0 }).unwrap();
        let window = &found.windows[0];
        let offsets: Vec<_> = window.context_offsets.iter().skip(before).copied().collect();
        assert!(window.context_offsets[..before].iter().all(Option::is_none), "{name}");
        assert_eq!((offsets.first(), offsets.last()), (Some(&Some((0, 2))), Some(&None)), "{name}");
        assert_eq!(window.text("in the", window.start_position, window.end_position), Some("the"), "{name}");
        assert_eq!(window.text("in the", window.end_position, before), None, "{name}");
        assert_eq!(window.text("in the", 0, before), None, "{name}");
    }
}

#[test]
fn padding_on_the_left_moves_every_position() {
    let tokenizer = tokenizer("bpe_roberta");
    let examples = [example(CONTEXT, "Who?", Some("Anna Müller")), example("in the", "Who?", None)];
    let plain = features(&tokenizer, &examples, &WindowOptions::default()).unwrap();
    let longest = *plain.encodings.lengths.iter().max().unwrap();
    for (direction, left) in [(Direction::Left, true), (Direction::Right, false)] {
        let padding = Padding { length: PadLength::Longest, multiple_of: 0, direction: Some(direction) };
        let (padded, windows) = plain.clone().pad(&tokenizer, &padding).unwrap();
        assert_eq!(padded.encodings.lengths, vec![longest; windows.len()]);
        for ((before, after), &length) in plain.windows.iter().zip(&windows).zip(&plain.encodings.lengths) {
            let shift = if left { longest - length } else { 0 };
            assert_eq!(after.start_position, before.start_position + shift);
            assert_eq!(after.end_position, before.end_position + shift);
            assert_eq!(after.cls_position, shift);
            assert_eq!(after.context_offsets.len(), longest);
            assert_eq!(after.context_offsets[shift..shift + length], before.context_offsets);
            assert_eq!(padded.encodings.rows().nth(after.example).unwrap().ids[shift], 0); // <s>
        }
    }
}

#[test]
fn a_question_that_leaves_no_room_is_an_error_that_names_it() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let mut long = example(CONTEXT, &"in ".repeat(40), None);
    long.id = "long".into();
    let examples = [example("in the", "in", None), long];
    let error = features(&tokenizer, &examples, &WindowOptions { max_length: 32, stride: 8 }).unwrap_err();
    assert!(error.to_string().starts_with("a.json: question \"long\": truncation: "), "{error}");
    let error = features(&tokenizer, &examples, &WindowOptions { max_length: 384, stride: 400 }).unwrap_err();
    assert!(error.to_string().contains("stride 400"), "{error}");
}

#[test]
fn a_context_without_a_token_is_one_window_without_an_answer() {
    let tokenizer = tokenizer("wordpiece_uncased");
    let found = features(&tokenizer, &[example(" ", "in", None)], &WindowOptions::default()).unwrap();
    assert_eq!(found.windows.len(), 1);
    assert_eq!((found.windows[0].start_position, found.windows[0].end_position), (0, 0));
}

static TOKENIZERS: LazyLock<Vec<Tokenizer>> =
    LazyLock::new(|| ["wordpiece_uncased", "bpe_roberta", "spm_albert_lower"].map(tokenizer).to_vec());

proptest! {
    #[test]
    fn an_answer_is_found_again_and_every_token_stands_in_a_window(
        words in prop::collection::vec("[a-zé]{1,7}|日本|😀|[.,!]", 1..60),
        from in any::<prop::sample::Index>(),
        length in 1..5_usize,
        stride in 0..12_usize,
        max_length in 24..64_usize,
    ) {
        let from = from.index(words.len());
        let to = (from + length).min(words.len());
        let context = words.join(" ");
        let start = words[..from].iter().map(|word| word.chars().count() + 1).sum::<usize>();
        let text = words[from..to].join(" ");
        let example = AnswerExample {
            id: "q".into(),
            question: "in the".into(),
            context: context.as_str().into(),
            answers: vec![Answer { text: text.clone(), start }],
            path: Path::new("a").into(),
        };
        for tokenizer in &*TOKENIZERS {
            let examples = [example.clone()];
            let found = features(tokenizer, &examples, &WindowOptions { max_length, stride }).unwrap();
            prop_assert_eq!(found.windows.len(), found.encodings.len());

            // Every token of the context, whole, as the tokenizer has it without a limit.
            let whole = features(tokenizer, &examples, &WindowOptions { max_length: 10_000, stride: 0 }).unwrap();
            prop_assert_eq!(whole.windows.len(), 1);
            let tokens = |window: usize, found: &embert_data::tasks::answers::AnswerFeatures| -> Vec<(u32, (usize, usize))> {
                let row = found.encodings.rows().nth(window).unwrap();
                row.ids.iter().zip(&found.windows[window].context_offsets).filter_map(|(&id, o)| Some((id, (*o)?))).collect()
            };
            let all = tokens(0, &whole);
            let mut covered = 0;
            for window in 0..found.windows.len() {
                let part = tokens(window, &found);
                let at = if window == 0 { 0 } else { covered - stride };
                prop_assert_eq!(&all[at..at + part.len()], part.as_slice());
                covered = at + part.len();
            }
            prop_assert_eq!(covered, all.len());

            // All of a word of WordPiece may be unknown: one piece then, and the answer is at its boundaries.
            for window in &found.windows {
                if window.start_position != window.cls_position {
                    let found = window.text(&context, window.start_position, window.end_position).unwrap();
                    prop_assert_eq!(found.trim(), text.as_str(), "{}", tokenizer.origin());
                    prop_assert!(window.start_position <= window.end_position);
                }
            }
            let window = &whole.windows[0];
            prop_assert!(window.start_position != window.cls_position);
        }
    }
}
