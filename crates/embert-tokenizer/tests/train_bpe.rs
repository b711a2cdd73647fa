//! What training a byte-level BPE vocabulary promises.

mod training;

use embert_tokenizer::EncodeOptions;
use embert_tokenizer::train::ByteLevelBpe;
use training::{does_not_depend_on_threads, survives_saving, texts, vocabulary};

fn small() -> ByteLevelBpe {
    ByteLevelBpe { vocab_size: 330, ..Default::default() }
}

#[test]
fn special_tokens_are_where_roberta_has_them() {
    let tokenizer = small().train_from(texts()).unwrap();
    let vocabulary = vocabulary(&tokenizer);
    assert_eq!(vocabulary[..5], ["<s>", "<pad>", "</s>", "<unk>", "!"]);
    assert_eq!((vocabulary.len(), vocabulary[329].as_str()), (330, "<mask>"));
    assert_eq!(tokenizer.special_ids(), [0, 1, 2, 3, 329]);
}

#[test]
fn the_vocabulary_does_not_depend_on_threads() {
    does_not_depend_on_threads(|| small().train_from(texts()).unwrap());
}

#[test]
fn equal_pairs_are_decided_by_the_smaller_ids() {
    let tokenizer = ByteLevelBpe { vocab_size: 263, ..Default::default() }.train_from(["ba dc ba dc"]).unwrap();
    assert_eq!(vocabulary(&tokenizer)[260..], ["ba", "dc", "<mask>"]);
}

#[test]
fn every_text_can_be_spelled() {
    let tokenizer = small().train_from(texts()).unwrap();
    let text = "Ñ 日本\u{0}\u{10ffff} kalo";
    let ids = tokenizer.encode(text, &EncodeOptions::default()).unwrap().ids;
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), text);
}

#[test]
fn the_bytes_need_room() {
    let error = ByteLevelBpe { vocab_size: 260, ..Default::default() }.train_from(["a"]).unwrap_err();
    assert_eq!(error.to_string(), "training: vocab_size 260 is too small: expected at least 261");
}

#[test]
fn a_trained_tokenizer_survives_saving() {
    for add_prefix_space in [false, true] {
        let trainer = ByteLevelBpe { add_prefix_space, ..small() };
        survives_saving(&trainer.train_from(texts()).unwrap(), &["vocab.json", "merges.txt"]);
    }
}
