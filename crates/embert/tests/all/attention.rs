//! What heads look at, and the pictures of it.

use embert::{
    AttentionMapper, RunOn,
    attention::AttentionMap,
    checkpoint::{NamedTensor, Values},
    forward::{Extras, forward},
    tokenizer::{EncodeOptions, Tokenizer},
};

use crate::support::reference;

const MODELS: [&str; 4] = ["bert_masked_lm", "roberta_masked_lm", "albert_masked_lm", "distilbert_masked_lm"];
const PAIR: (&str, &str) = ("the licence is a text", "another one");

fn mapper(model: &str) -> AttentionMapper {
    AttentionMapper::from_pretrained(reference(model)).unwrap()
}

fn map(model: &str, texts: (&str, &str)) -> AttentionMap {
    mapper(model).run([texts]).unwrap().remove(0)
}

#[test]
fn heads_have_the_attentions_that_transformers_gives() {
    for model in MODELS {
        let row = Tokenizer::from_dir(&reference(model)).unwrap().encode(PAIR, &EncodeOptions::default()).unwrap();
        let tokens = row.ids.len();
        let tensor = |name: &str, values: &[u32]| NamedTensor {
            name: name.into(),
            shape: vec![1, tokens],
            values: Values::Int(values.iter().map(|&value| value.into()).collect()),
        };
        let inputs = [tensor("input_ids", &row.ids), tensor("token_type_ids", &row.type_ids)];
        let extras = Extras { attentions: true, ..Extras::default() };
        let on = RunOn::from(&burn::tensor::Device::flex());
        let outputs =
            forward(&reference(model), Some(embert::forward::Task::Base), &inputs, extras, &on).unwrap().tensors;
        let map = map(model, PAIR);
        assert!(map.layers() > 1 && map.heads() > 1, "{model}");
        for layer in 0..map.layers() {
            let expected = outputs.iter().find(|tensor| tensor.name == format!("attentions.{layer}")).unwrap();
            let Values::Float(expected) = &expected.values else { panic!("{model}") };
            let found: Vec<f32> = (0..map.heads()).flat_map(|head| map.of_head(layer, head).to_vec()).collect();
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{model}");
        }
        assert_eq!(map.of_head(map.layers(), 0), [0.0; 0]);
        assert_eq!(map.of_head(0, map.heads()), [0.0; 0]);
        assert_eq!(map.of_head(usize::MAX, usize::MAX), [0.0; 0]);
    }
}

#[test]
fn a_text_has_the_same_attention_alone_and_in_a_batch() {
    for model in MODELS {
        let mapper = mapper(model);
        let texts = ["the", "the licence is a text", "", "a text that is longer than the other ones by far"];
        for (together, text) in mapper.run(texts).unwrap().iter().zip(texts) {
            let alone = mapper.run([text]).unwrap().remove(0);
            assert_eq!(together.pieces, alone.pieces);
            let tokens = alone.pieces.len();
            for layer in 0..alone.layers() {
                for head in 0..alone.heads() {
                    let (together, alone) = (together.of_head(layer, head), alone.of_head(layer, head));
                    assert_eq!((together.len(), alone.len()), (tokens * tokens, tokens * tokens));
                    let numbers = together.iter().zip(alone);
                    assert!(numbers.into_iter().all(|(together, alone)| (together - alone).abs() < 1e-6), "{model}");
                }
            }
        }
    }
}

#[test]
fn tokens_are_pieces_of_the_text_and_know_of_which() {
    let map = map("bert_model", ("Über-Texts", "é"));
    let of = |part: u32| -> String {
        let pieces = map.pieces.iter().filter(|piece| piece.part == part && !piece.text.starts_with('['));
        pieces.map(|piece| piece.text.as_str()).collect()
    };
    assert_eq!((of(0), of(1)), ("Über-Texts".to_owned(), "é".to_owned()));
    assert_eq!(map.pieces.first().unwrap().text, "[CLS]");
    assert_eq!(map.pieces.last().map(|piece| (piece.text.as_str(), piece.part)), Some(("[SEP]", 1)));
}

#[test]
fn what_is_unknown_or_part_of_a_character_is_named_as_in_the_vocabulary() {
    let labels = |model: &str, text: &str| {
        let map = map(model, (text, ""));
        let of_text = map
            .pieces
            .into_iter()
            .map(|piece| piece.text)
            .filter(|text| !text.ends_with([']', '>']) || text == "[UNK]");
        of_text.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(labels("bert_model", "the 日"), "the [UNK]");
    assert_eq!(labels("roberta_masked_lm", "the 日"), "t he Ġ æ Ĺ ¥");
    assert_eq!(labels("albert_masked_lm", "the key"), "the ▁ key");
}

#[test]
fn pictures_have_each_token_and_what_a_text_says_is_no_code() {
    let map = map("bert_model", ("</script><b>", "&'\""));
    let (page, layer, overview) = (map.to_html(), map.layer_to_svg(1, &[0, 1, 1, usize::MAX]), map.to_svg());
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(page.contains("\\u003c") && !page.contains("src=") && !page.contains("href="));
    for text in ["&#60;", "&#38;", "&#34;", "[CLS]"] {
        let times = layer.matches(&format!(">{text}</text>")).count();
        assert!(times > 0 && times % 2 == 0, "{text}: on the left and on the right");
    }
    let heads = map.layers() * map.heads();
    assert_eq!(overview.matches("<title>").count(), heads);
    for picture in [layer, overview] {
        let tags = |open: &str| picture.matches(open).count();
        assert_eq!((tags("<svg"), tags("</svg>"), tags("<g")), (1, 1, tags("</g>")));
    }
}

#[test]
fn what_xml_forbids_is_not_in_a_picture() {
    let picture = map("roberta_masked_lm", ("a\u{1}b\u{fffe}", "c")).layer_to_svg(0, &[0]);
    let is_forbidden = |c: char| (c < ' ' && !['\t', '\n', '\r'].contains(&c)) || ['\u{fffe}', '\u{ffff}'].contains(&c);
    assert!(!picture.contains(is_forbidden) && picture.contains('\u{fffd}'));
}

#[test]
fn an_empty_map_can_be_drawn() {
    let map = AttentionMap::default();
    for picture in [map.to_html(), map.to_svg(), map.layer_to_svg(0, &[0])] {
        assert!(picture.contains("<svg"));
    }
}
