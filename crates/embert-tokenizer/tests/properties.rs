//! What holds for every text.

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use embert_tokenizer::{Direction, EncodeOptions, Encodings, Input, Strategy as Cut, Tokenizer, Truncation};
use proptest::prelude::*;

static TOKENIZERS: LazyLock<Vec<Tokenizer>> = LazyLock::new(|| {
    let load = |name: &&str| {
        Tokenizer::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)).unwrap()
    };
    [
        "wordpiece_uncased",
        "wordpiece_cased",
        "bpe_roberta",
        "bpe_roberta_prefix_space",
        "spm_albert_lower",
        "spm_albert_cased_keep_accents",
    ]
    .iter()
    .map(load)
    .collect()
});

/// Texts as they come: any characters, and those that break tokenizers more often.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        " ",
        "  ",
        "\t",
        "\n",
        "\u{a0}",
        "\u{301}",
        "\u{ad}",
        "\u{200d}",
        "é",
        "e\u{301}\u{323}",
        "ﬁ",
        "½",
        "İ",
        "ß",
        "한",
        "각",
        "日本",
        "👩‍👩‍👧",
        "[MASK]",
        "<mask>",
        " [SEP]",
        "</s>",
        "can't",
        "1,234.5",
        "``x''",
        "…",
        "\u{0}",
        "\u{fffd}",
        "▁",
        "Ġ",
        "##",
        "the",
        " of",
        "license",
    ]);
    prop::collection::vec(
        prop_oneof![nasty.prop_map(str::to_owned), "\\PC{0,4}", any::<char>().prop_map(String::from)],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

/// Texts of letters, digits and marks.
fn plain_text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 .,:;()-]{0,40}"
}

fn encode(tokenizer: &Tokenizer, text: &str) -> Encodings {
    tokenizer.encode(text, &EncodeOptions::default()).unwrap()
}

/// The text without spaces, in lower case where the tokenizer makes it so.
fn kept(tokenizer: &Tokenizer, text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    let lowers = tokenizer.origin().contains("uncased") || tokenizer.origin().contains("lower");
    if lowers { text.to_lowercase() } else { text }
}

proptest! {
    #[test]
    fn decoding_gives_back_what_the_normaliser_keeps(text in plain_text()) {
        for tokenizer in &*TOKENIZERS {
            let ids = encode(tokenizer, &text).ids;
            if ids.contains(&tokenizer.special_tokens().unk.as_ref().unwrap().id) {
                continue; // what the vocabulary cannot spell is lost
            }
            let decoded = tokenizer.decode(&ids, true).unwrap();
            prop_assert_eq!(kept(tokenizer, &decoded), kept(tokenizer, &text), "{}", tokenizer.origin());
        }
    }

    #[test]
    fn bytes_come_back_as_they_were(text in "\\PC{0,20}") {
        let [_, _, roberta, ..] = &TOKENIZERS[..] else { unreachable!() };
        prop_assert_eq!(roberta.decode(&encode(roberta, &text).ids, true).unwrap(), text);
    }

    #[test]
    fn offsets_lie_on_character_boundaries_and_in_order(first in text(), second in text()) {
        for tokenizer in &*TOKENIZERS {
            let got = tokenizer.encode((first.as_str(), second.as_str()), &EncodeOptions::default()).unwrap();
            let row = got.rows().next().unwrap();
            for (sequence, text) in [(0, &first), (1, &second)] {
                let mut last = 0;
                for index in (0..row.ids.len()).filter(|&index| row.sequence_ids[index] == Some(sequence)) {
                    let ((start, end), (from, to)) = (row.offsets[index], row.byte_offsets[index]);
                    let source = text.get(from..to);
                    prop_assert!(source.is_some(), "{}: {from}..{to} of {text:?}", tokenizer.origin());
                    prop_assert_eq!(text[..from].chars().count(), start);
                    prop_assert_eq!(source.unwrap_or_default().chars().count(), end - start);
                    // A space that the pipeline put in front stands nowhere, at the end of what it was put before.
                    if start == end {
                        continue;
                    }
                    prop_assert!(start >= last, "{}: {:?} of {text:?}", tokenizer.origin(), row.offsets);
                    last = start;
                }
            }
        }
    }

    #[test]
    fn truncation_never_exceeds_the_limit(
        first in text(),
        second in prop::option::of(text()),
        max_length in 0usize..24,
        stride in 0usize..6,
        strategy in prop::sample::select(vec![Cut::LongestFirst, Cut::OnlyFirst, Cut::OnlySecond]),
        direction in prop::sample::select(vec![Direction::Left, Direction::Right]),
        add_special_tokens in any::<bool>(),
    ) {
        let truncation = Some(Truncation { max_length, strategy, stride, direction });
        let input = |first, second: &Option<String>| match second {
            Some(second) => Input::Pair(first, Cow::Owned(second.clone())),
            None => Input::Text(first),
        };
        for tokenizer in &*TOKENIZERS {
            let plain = EncodeOptions { add_special_tokens, ..Default::default() };
            let empty = input(Cow::Borrowed(""), &second.as_ref().map(|_| String::new()));
            let special_tokens = tokenizer.encode(empty, &plain).unwrap().ids.len();
            // Where the limit leaves a text no token, `transformers` has windows of the whole text, or cuts nothing.
            let Some(room) = max_length.checked_sub(special_tokens) else { continue };
            let options = EncodeOptions { truncation, overflow_windows: room >= 2, ..plain };
            let Ok(got) = tokenizer.encode(input(Cow::Borrowed(&first), &second), &options) else { continue };
            for row in got.rows() {
                prop_assert!(row.ids.len() <= max_length, "{}: {} > {max_length}", tokenizer.origin(), row.ids.len());
            }
        }
    }

    #[test]
    fn a_batch_gives_what_each_input_gives_alone(texts in prop::collection::vec(text(), 0..70)) {
        let tokenizer = &TOKENIZERS[0];
        let inputs: Vec<Input<'_>> = texts.iter().map(Input::from).collect();
        let batch = tokenizer.encode_batch(&inputs, &EncodeOptions::default()).unwrap();
        for (row, text) in batch.rows().zip(&texts) {
            prop_assert_eq!(row.ids, encode(tokenizer, text).ids);
        }
        prop_assert_eq!(batch.len(), texts.len());
    }
}
