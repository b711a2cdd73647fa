//! What stands around texts is what the tokenizer puts there.

use std::path::Path;

use embert_data::{Template, vocabulary_of};
use embert_tokenizer::{EncodeOptions, Tokenizer};

#[test]
fn rows_are_those_of_the_tokenizer() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embert-tokenizer/tests/reference");
    for name in ["wordpiece_uncased", "bpe_roberta", "spm_albert_lower"] {
        let tokenizer = Tokenizer::from_dir(&reference.join(name)).unwrap();
        let template = Template::of(&tokenizer).unwrap();
        let (a, b) = (" one two", " three");
        let [ids_a, ids_b] = [a, b].map(|text| tokenizer.token_ids(text).unwrap());

        let pair = tokenizer.encode((a, b), &EncodeOptions::default()).unwrap();
        let example = template.pair(&ids_a, &ids_b, 1);
        assert_eq!((example.ids, example.type_ids), (pair.ids, pair.type_ids), "{name}");
        assert_eq!(example.sentence_pair_label, Some(1));

        let single = tokenizer.encode(a, &EncodeOptions::default()).unwrap();
        let example = template.single(&ids_a);
        assert_eq!((example.ids, example.type_ids), (single.ids, single.type_ids), "{name}");
        assert_eq!(template.single(&[]).ids.len(), template.single_tokens());
        assert_eq!(template.pair(&[], &[], 0).ids.len(), template.pair_tokens());

        let vocabulary = vocabulary_of(&tokenizer).unwrap();
        assert!(vocabulary.is_special(template.separator()), "{name}");
    }
}
