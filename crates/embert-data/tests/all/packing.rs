//! The rules of rows of one text, one a test.

use embert_data::packing::{PackConfig, packed_sentences};
use embert_data::{Error, Template, TokenizedDocument};
use proptest::prelude::*;

const CLS: u32 = 1;
const SEP: u32 = 2;

fn config(max_length: usize, crosses_documents: bool) -> PackConfig {
    PackConfig { max_length, crosses_documents, template: Template::bert(CLS, SEP) }
}

fn documents(documents: &[&[&[u32]]]) -> Vec<TokenizedDocument> {
    let document =
        |sentences: &&[&[u32]]| TokenizedDocument { sentences: sentences.iter().map(|s| s.to_vec()).collect() };
    documents.iter().map(document).collect()
}

fn rows(documents: &[TokenizedDocument], config: &PackConfig) -> Vec<Vec<u32>> {
    packed_sentences(documents, config).unwrap().into_iter().map(|example| example.ids).collect()
}

#[test]
fn full_sentences_cross_documents_with_a_separator() {
    let documents = documents(&[&[&[10, 11], &[12]], &[&[20], &[21, 22]]]);
    assert_eq!(rows(&documents, &config(7, true)), [vec![CLS, 10, 11, 12, SEP, 20, SEP], vec![CLS, 21, 22, SEP]]);
    // Where separator and sentence do not both fit, the row ends.
    assert_eq!(rows(&documents, &config(6, true)), [vec![CLS, 10, 11, 12, SEP], vec![CLS, 20, 21, 22, SEP]]);
}

#[test]
fn doc_sentences_end_with_their_document() {
    let documents = documents(&[&[&[10, 11], &[12]], &[&[20], &[21, 22]]]);
    assert_eq!(rows(&documents, &config(16, false)), [vec![CLS, 10, 11, 12, SEP], vec![CLS, 20, 21, 22, SEP]]);
}

#[test]
fn a_sentence_longer_than_a_row_is_cut_into_rows() {
    let documents = documents(&[&[&[10], &[11, 12, 13, 14, 15], &[16]]]);
    assert_eq!(
        rows(&documents, &config(4, false)),
        [vec![CLS, 10, SEP], vec![CLS, 11, 12, SEP], vec![CLS, 13, 14, SEP], vec![CLS, 15, 16, SEP]]
    );
}

#[test]
fn a_row_needs_room_for_a_token() {
    let error = packed_sentences(&documents(&[&[&[10]]]), &config(2, true)).unwrap_err();
    assert!(matches!(error, Error::MaxLengthTooSmall { found: 2, expected: 3 }), "{error}");
}

proptest! {
    #[test]
    fn every_token_is_in_one_row_in_its_order(
        lengths in prop::collection::vec(prop::collection::vec(0..30_usize, 0..6), 0..6),
        max_length in 3..20_usize,
        crosses_documents: bool,
    ) {
        let mut next = 10..;
        let documents: Vec<TokenizedDocument> = lengths
            .iter()
            .map(|lengths| TokenizedDocument {
                sentences: lengths.iter().map(|&length| next.by_ref().take(length).collect()).collect(),
            })
            .collect();
        let examples = packed_sentences(&documents, &config(max_length, crosses_documents)).unwrap();
        let tokens: Vec<u32> = examples.iter().flat_map(|example| &example.ids).copied().filter(|id| *id >= 10).collect();
        prop_assert_eq!(&tokens, &(10..next.start).collect::<Vec<u32>>());
        for example in &examples {
            prop_assert!(example.ids.len() <= max_length && example.ids.len() > 2);
            prop_assert_eq!(example.type_ids.len(), example.ids.len());
            prop_assert_eq!(example.sentence_pair_label, None);
        }
    }
}
