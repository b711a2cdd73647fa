//! Sentences as a tokenizer sees them.

use std::path::Path;

use embert_data::Document;
use embert_data::document::tokenize;
use embert_tokenizer::Tokenizer;

#[test]
fn a_sentence_that_follows_another_stands_after_a_space() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert-tokenizer/tests/reference");
    for name in ["wordpiece_uncased", "bpe_roberta", "bpe_roberta_prefix_space", "spm_albert_lower"] {
        let tokenizer = Tokenizer::from_dir(&reference.join(name)).unwrap();
        let sentences = vec!["The people can run.".to_owned(), "They can not.".to_owned()];
        let text = sentences.join(" ");
        let documents = [Document { sentences, continues: false }];
        let ids = tokenize(&documents, &tokenizer).unwrap().remove(0).sentences.concat();
        assert_eq!(ids, tokenizer.token_ids(&text).unwrap(), "{name}");
    }
}
