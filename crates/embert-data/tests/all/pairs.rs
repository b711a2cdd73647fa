//! The rules of sentence pairs, one a test.

use embert_data::pairs::{PairConfig, PairRule, SentencePairs, sentence_pairs};
use embert_data::{Error, Example, Template, TokenizedDocument};
use proptest::prelude::*;

const CLS: u32 = 1;
const SEP: u32 = 2;

fn config(max_length: usize) -> PairConfig {
    PairConfig::next_sentence(max_length, Template::bert(CLS, SEP))
}

fn always(random_next_probability: f64, max_length: usize) -> PairConfig {
    PairConfig { rule: PairRule::NextSentence { random_next_probability }, ..config(max_length) }
}

fn is_random_next(example: &Example) -> bool {
    example.sentence_pair_label == Some(1)
}

/// Documents whose every token says where it stands: document, sentence and place, in decimal digits.
fn documents(lengths: &[Vec<usize>]) -> Vec<TokenizedDocument> {
    let sentence = |document: usize, sentence: usize, length: usize| {
        (0..length).map(|place| ((document + 1) * 1_000_000 + sentence * 1000 + place) as u32).collect()
    };
    lengths
        .iter()
        .enumerate()
        .map(|(d, lengths)| TokenizedDocument {
            sentences: lengths.iter().enumerate().map(|(s, length)| sentence(d, s, *length)).collect(),
        })
        .collect()
}

fn document_of(id: u32) -> u32 {
    id / 1_000_000
}

/// The two segments, without special tokens.
fn segments(example: &Example) -> (&[u32], &[u32]) {
    let end_of_a = example.ids.iter().position(|id| *id == SEP).unwrap();
    (&example.ids[1..end_of_a], &example.ids[end_of_a + 1..example.ids.len() - 1])
}

#[test]
fn an_example_is_cls_a_sep_b_sep_with_its_types() {
    let documents = documents(&[vec![3, 4], vec![2, 2]]);
    for example in sentence_pairs(&documents, &config(32), 42, 0).unwrap() {
        let (a, b) = segments(&example);
        assert_eq!(example.ids, [&[CLS], a, &[SEP], b, &[SEP]].concat());
        assert_eq!(example.type_ids, [vec![0; a.len() + 2], vec![1; b.len() + 1]].concat());
    }
}

#[test]
fn a_true_second_segment_goes_on_where_the_first_ends() {
    let documents = documents(&vec![vec![5; 8]; 50]);
    let mut seen = 0;
    for example in sentence_pairs(&documents, &config(64), 42, 0).unwrap() {
        let (a, b) = segments(&example);
        if !is_random_next(&example) {
            seen += 1;
            // Sentences of five tokens, none cut: 61 hold the whole document of 40.
            assert_eq!(b[0], a[0] / 1000 * 1000 + a.len() as u32 / 5 * 1000);
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_random_second_segment_is_never_of_the_same_document() {
    for count in [2, 3, 50] {
        let documents = documents(&vec![vec![5; 8]; count]);
        for epoch in 0..20 {
            for example in sentence_pairs(&documents, &config(32), 42, epoch).unwrap() {
                let (a, b) = segments(&example);
                assert_eq!(is_random_next(&example), document_of(a[0]) != document_of(b[0]));
            }
        }
    }
}

fn order(max_length: usize) -> PairConfig {
    PairConfig::sentence_order(max_length, Template::bert(CLS, SEP))
}

/// 30,000 documents of eight sentences of five words: a million tokens and more in pairs. The bounds are five standard
/// deviations.
#[test]
fn half_of_the_pairs_are_swapped_and_no_segment_is_of_another_document() {
    let documents = documents(&vec![vec![5; 8]; 30_000]);
    let examples = sentence_pairs(&documents, &order(48), 42, 0).unwrap();
    let tokens: usize = examples.iter().map(|example| example.ids.len()).sum();
    assert!(tokens > 1_000_000, "{tokens}");
    let mut swapped = 0;
    for example in &examples {
        let (a, b) = segments(example);
        assert_eq!(document_of(a[0]), document_of(b[0]));
        let is_swapped = example.sentence_pair_label == Some(1);
        assert_eq!(a[0] > b[0], is_swapped, "{example:?}");
        swapped += u32::from(is_swapped);
    }
    let count = examples.len() as f64;
    assert!((f64::from(swapped) - count / 2.0).abs() < 5.0 * (count / 4.0).sqrt(), "{swapped} of {count}");
}

#[test]
fn a_single_sentence_is_cut_into_two_that_have_an_order() {
    let documents = documents(&[vec![9], vec![1]]);
    let examples = sentence_pairs(&documents, &order(32), 42, 0).unwrap();
    let [example] = examples.as_slice() else { panic!("a single token has no order: {examples:?}") };
    let (a, b) = segments(example);
    let mut tokens = [a, b].concat();
    tokens.sort_unstable();
    assert_eq!(tokens, (1_000_000..1_000_009).collect::<Vec<u32>>());
    assert!(!a.is_empty() && !b.is_empty());
}

#[test]
fn a_single_sentence_has_a_random_next() {
    let documents = documents(&[vec![5], vec![7]]);
    let examples = sentence_pairs(&documents, &config(32), 42, 0).unwrap();
    assert_eq!(examples.len(), 2);
    assert!(examples.iter().all(is_random_next));
}

#[test]
fn displaced_sentences_are_put_back_so_that_each_is_used() {
    let documents = documents(&vec![vec![4; 9]; 20]);
    let pairs = always(1.0, 64);
    let pairs = SentencePairs::new(&documents, &pairs).unwrap();
    for (index, document) in documents.iter().enumerate() {
        let examples = pairs.of_document(index, 42, 0);
        let firsts: Vec<u32> = examples.iter().flat_map(|example| segments(example).0.to_vec()).collect();
        assert_eq!(firsts, document.sentences.concat());
    }
}

#[test]
fn the_longer_segment_is_cut_at_both_ends() {
    let documents = documents(&[vec![400], vec![400]]);
    let long = PairConfig { short_sequence_probability: 0.0, ..config(67) };
    let (mut front, mut back) = (0, 0);
    for epoch in 0..50 {
        for example in sentence_pairs(&documents, &long, 42, epoch).unwrap() {
            let (a, b) = segments(&example);
            assert_eq!((a.len(), b.len()), (32, 32));
            front += a[0] % 1000;
            back += 399 - a[31] % 1000;
        }
    }
    // 368 tokens go from each of 100 first segments, each from the front with probability one half.
    assert_eq!(front + back, 36_800);
    let deviation = (36_800.0_f64 * 0.25).sqrt();
    assert!((f64::from(front) - 18_400.0).abs() < 5.0 * deviation, "{front}");
}

/// 200 documents of 40 sentences of 12 tokens, 150 epochs: 14.4 million tokens. The bounds are five standard deviations.
///
/// Only first examples are counted: all of them start at the same place, so nothing but the draw tells them apart.
#[test]
fn shares_are_the_papers_over_a_million_tokens() {
    let documents = documents(&vec![vec![12; 40]; 200]);
    let count = |config: &PairConfig, holds: fn(&Example) -> bool| {
        let pairs = SentencePairs::new(&documents, config).unwrap();
        let firsts = (0..150).flat_map(|epoch| (0..pairs.document_count()).map(move |index| (epoch, index)));
        firsts.filter(|(epoch, index)| holds(&pairs.of_document(*index, 42, *epoch)[0])).count() as f64
    };
    let within = |found: f64, expected: f64| {
        let deviation = (30_000.0 * expected * (1.0 - expected)).sqrt();
        assert!((found - 30_000.0 * expected).abs() < 5.0 * deviation, "{found} of 30000 is not {expected}");
    };
    // Targets up to 12, which are 11 of 124 in a tenth of the cases, hold one sentence, whose next is always random.
    let single = 0.1 * 11.0 / 124.0;
    within(count(&config(128), is_random_next), single + (1.0 - single) * 0.5);
    // Where the next is never random, an example is full unless its target is below 121.
    let true_next = always(0.0, 128);
    within(count(&true_next, |example| example.ids.len() < 128), 0.1 * 119.0 / 124.0);
}

#[test]
fn examples_depend_on_seed_and_epoch_alone() {
    let documents = documents(&vec![vec![5; 8]; 20]);
    let examples = |seed, epoch| sentence_pairs(&documents, &config(32), seed, epoch).unwrap();
    assert_eq!(examples(42, 3), examples(42, 3));
    assert_ne!(examples(42, 3), examples(42, 4));
    assert_ne!(examples(42, 3), examples(43, 3));
}

#[test]
fn a_corpus_without_a_second_document_is_refused() {
    let empty = TokenizedDocument { sentences: vec![vec![], vec![]] };
    let one = documents(&[vec![5, 5]]).remove(0);
    for (documents, found) in [(vec![], 0), (vec![one.clone()], 1), (vec![one, empty], 1)] {
        let error = sentence_pairs(&documents, &config(32), 42, 0).unwrap_err();
        assert!(matches!(error, Error::TooFewDocuments { found: n } if n == found), "{error}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let documents = documents(&[vec![5], vec![5]]);
    for length in [0, 3, 4] {
        let error = sentence_pairs(&documents, &config(length), 42, 0).unwrap_err();
        assert!(matches!(error, Error::MaxLengthTooSmall { expected: 5, .. }), "{error}");
    }
    assert!(sentence_pairs(&documents, &config(5), 42, 0).is_ok());
    let bad = PairConfig { short_sequence_probability: f64::NAN, ..config(32) };
    let error = sentence_pairs(&documents, &bad, 42, 0).unwrap_err();
    assert!(error.to_string().starts_with("short_sequence_probability"), "{error}");
}

proptest! {
    #[test]
    fn no_example_is_too_long_and_no_segment_is_empty(
        lengths in prop::collection::vec(prop::collection::vec(0..30_usize, 0..8), 0..8),
        max_length in 5..60_usize,
        short_sequence_probability in 0.0..=1.0,
        seed: u64,
    ) {
        let documents = documents(&lengths);
        let config = PairConfig { short_sequence_probability, ..config(max_length) };
        let with_text = lengths.iter().filter(|lengths| lengths.iter().sum::<usize>() > 0).count();
        match sentence_pairs(&documents, &config, seed, 0) {
            Err(_) => prop_assert!(with_text < 2),
            Ok(examples) => {
                prop_assert!(examples.len() >= with_text);
                for example in &examples {
                    let (a, b) = segments(example);
                    prop_assert!(example.ids.len() <= max_length);
                    prop_assert!(!a.is_empty() && !b.is_empty());
                    for segment in [a, b] {
                        prop_assert!(segment.iter().all(|id| document_of(*id) == document_of(segment[0])));
                        prop_assert!(segment.is_sorted());
                    }
                }
            }
        }
    }
}
