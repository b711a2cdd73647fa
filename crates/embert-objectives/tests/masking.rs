//! The rules of masking, one a test.

use embert_objectives::Error;
use embert_objectives::masking::{Choice, Masked, MaskingConfig, MaskingVocabulary, Unit, mask_tokens};
use embert_objectives::random::stream;

const CLS: u32 = 1;
const SEP: u32 = 2;
const MASK: u32 = 3;
const VOCAB_SIZE: u32 = 1000;

fn vocabulary() -> MaskingVocabulary {
    MaskingVocabulary::new(VOCAB_SIZE, MASK, [0, CLS, SEP]).unwrap()
}

/// `[CLS] 500 500 … [SEP]`: `length` ids in all, the words alike so that a change shows.
fn example(length: usize) -> Vec<u32> {
    let mut ids = vec![500; length];
    ids[0] = CLS;
    ids[length - 1] = SEP;
    ids
}

fn mask(ids: &mut [u32], config: &MaskingConfig, index: u64) -> Masked {
    mask_tokens(ids, config, &vocabulary(), &mut stream(b"masking ", 42, 0, index))
}

#[test]
fn the_count_is_rounded_half_to_even_and_at_least_one() {
    for (length, expected) in [(3, 1), (10, 2), (30, 4), (50, 8), (128, 19), (512, 77)] {
        let masked = mask(&mut example(length), &MaskingConfig::default(), 0);
        assert_eq!(masked.positions.len(), expected, "length {length}");
    }
}

#[test]
fn the_count_stays_below_the_maximum() {
    let config = MaskingConfig { max_predictions_per_sequence: Some(20), ..MaskingConfig::default() };
    assert_eq!(mask(&mut example(512), &config, 0).positions.len(), 20);
}

#[test]
fn an_example_of_special_tokens_is_left_alone() {
    let mut ids = [CLS, SEP, MASK, SEP];
    assert_eq!(mask(&mut ids, &MaskingConfig::default(), 0), Masked::default());
    assert_eq!(ids, [CLS, SEP, MASK, SEP]);
}

#[test]
fn the_same_stream_gives_the_same_masks_and_another_gives_others() {
    let [mut first, mut again, mut other] = [example(128), example(128), example(128)];
    let masked = mask(&mut first, &MaskingConfig::default(), 7);
    assert_eq!(mask(&mut again, &MaskingConfig::default(), 7), masked);
    assert_eq!(first, again);
    assert_ne!(mask(&mut other, &MaskingConfig::default(), 8), masked);
}

/// 1,280,000 tokens. Each bound is five standard deviations of what it bounds.
#[test]
fn shares_are_the_papers_over_a_million_tokens() {
    const EXAMPLES: u64 = 10_000;
    const LENGTH: usize = 128;
    let mut chosen_at = [0_u32; LENGTH];
    let (mut chosen, mut as_mask, mut kept, mut random, mut random_sum) = (0, 0, 0, 0, 0.0);
    for index in 0..EXAMPLES {
        let mut ids = example(LENGTH);
        let masked = mask(&mut ids, &MaskingConfig::default(), index);
        for (position, original) in masked.positions.iter().zip(&masked.originals) {
            assert_eq!(*original, 500);
            chosen_at[*position as usize] += 1;
            chosen += 1;
            match ids[*position as usize] {
                MASK => as_mask += 1,
                500 => kept += 1,
                id => {
                    random += 1;
                    random_sum += f64::from(id);
                }
            }
        }
        // What was not chosen did not change.
        let untouched = ids.iter().zip(example(LENGTH)).filter(|(now, before)| **now == *before).count();
        assert!(untouched >= LENGTH - masked.positions.len());
    }

    assert_eq!(chosen, 19 * EXAMPLES); // 128 * 0.15 = 19.2, in every example
    let share = |count: i32| f64::from(count) / chosen as f64;
    let within = |found: f64, expected: f64| {
        let deviation = (expected * (1.0 - expected) / chosen as f64).sqrt();
        assert!((found - expected).abs() < 5.0 * deviation, "{found} is not {expected}");
    };
    // One random token in a thousand is [MASK], and one the token that stood there.
    within(share(as_mask), 0.8001);
    within(share(kept), 0.1001);
    within(share(random), 0.0998);
    // Random tokens cover the whole vocabulary evenly: mean 499.5, deviation 1000 / sqrt(12 n).
    let mean = random_sum / f64::from(random);
    assert!((mean - 499.5).abs() < 5.0 * 1000.0 / (12.0 * f64::from(random)).sqrt(), "{mean}");

    assert_eq!((chosen_at[0], chosen_at[LENGTH - 1]), (0, 0));
    let expected = 19.0 / 126.0 * EXAMPLES as f64;
    let deviation = (expected * (1.0 - 19.0 / 126.0)).sqrt();
    for count in &chosen_at[1..LENGTH - 1] {
        assert!((f64::from(*count) - expected).abs() < 5.0 * deviation, "{count} is not {expected}");
    }
}

/// The share of 1,280,000 tokens that a choice takes, in rows of `[CLS]`, 126 tokens in words of one to three, `[SEP]`.
fn share_chosen(choice: Choice, probability: f64) -> f64 {
    const EXAMPLES: u64 = 10_000;
    let vocabulary = vocabulary().with_continuations([600]).unwrap();
    let config = MaskingConfig { choice, probability, ..MaskingConfig::default() };
    let words = [500, 500, 600, 500, 600, 600].repeat(21);
    let row = [vec![CLS], words, vec![SEP]].concat();
    let chosen = |index| {
        let masked = mask_tokens(&mut row.clone(), &config, &vocabulary, &mut stream(b"masking ", 42, 0, index));
        assert!(masked.originals.iter().all(|id| [500, 600].contains(id)), "a special token was chosen");
        masked.positions.len()
    };
    (0..EXAMPLES).map(chosen).sum::<usize>() as f64 / (EXAMPLES * row.len() as u64) as f64
}

#[test]
fn each_code_takes_its_share_of_a_million_tokens() {
    // Of all tokens; the standard deviations are those of U, and of a binomial for tokens or words.
    for (choice, expected, deviation) in [
        (Choice::Google(Unit::Token), 19.0 / 128.0, 0.0),
        (Choice::Fairseq { whole_words: false }, 0.15, 0.4 / 128.0 / 100.0),
        (Choice::DistilBert { smoothing: 0.7 }, 0.15, 0.4 / 128.0 / 100.0),
        // Of the 126 tokens that are not special; of 65 units (two of them special) of two tokens.
        (Choice::HuggingFace { whole_words: false }, 0.15 * 126.0 / 128.0, 0.357 / 1_280_000_f64.sqrt()),
        (Choice::HuggingFace { whole_words: true }, 0.15 * 126.0 / 128.0, 0.357 * 2.16 / 630_000_f64.sqrt()),
        (Choice::Fairseq { whole_words: true }, 0.15 * 65.0 / 63.0 * 126.0 / 128.0, 2.16 * 3.2 / 128.0 / 100.0),
    ] {
        let found = share_chosen(choice, 0.15);
        assert!((found - expected).abs() <= 5.0 * deviation + 1e-12, "{choice:?}: {found} is not {expected}");
    }
    // Words and n-grams that would go beyond the count are passed over; single words nearly always fill it.
    for unit in [Unit::Word, Unit::NGram { longest: 3 }] {
        let found = share_chosen(Choice::Google(unit), 0.15);
        assert!((0.9..=1.0).contains(&(found / (19.0 / 128.0))), "{unit:?}: {found}");
    }
}

/// 5,120,000 tokens. Three masked tokens a row leave room for one n-gram of three words; what one of fewer leaves is
/// filled with others. The bounds are five standard deviations, and a hundredth for n-grams that touch by chance.
#[test]
fn n_grams_of_one_two_and_three_words_are_as_frequent_as_one_over_n() {
    const EXAMPLES: u64 = 10_000;
    let config = MaskingConfig {
        choice: Choice::Google(Unit::NGram { longest: 3 }),
        max_predictions_per_sequence: Some(3),
        ..MaskingConfig::default()
    };
    let mut runs = [0_u32; 4]; // of the longest run in each row
    for index in 0..EXAMPLES {
        let Masked { positions, .. } = mask(&mut example(512), &config, index);
        assert_eq!(positions.len(), 3);
        let touching = positions.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
        runs[touching + 1] += 1;
    }
    let one = 6.0 / 11.0 * 6.0 / 11.0; // two words are left twice: both draws have to be 1
    for (longest, expected) in [(1, one), (2, 1.0 - one - 2.0 / 11.0), (3, 2.0 / 11.0)] {
        let found = f64::from(runs[longest]) / EXAMPLES as f64;
        let deviation = (expected * (1.0 - expected) / EXAMPLES as f64).sqrt();
        assert!((found - expected).abs() < 5.0 * deviation + 0.01, "{longest}: {found} is not {expected}");
    }
}

#[test]
fn rare_tokens_are_chosen_sooner() {
    // 500 occurs a thousand times as often as 501, whose weight is then 1000^0.7 = 126 times as high.
    let mut counts = vec![0; VOCAB_SIZE as usize];
    (counts[500], counts[501]) = (1_000_000, 1_000);
    let config = MaskingConfig {
        choice: Choice::DistilBert { smoothing: 0.7 },
        probability: 1.0 / 256.0,
        ..MaskingConfig::default()
    };
    let vocabulary = vocabulary().with_counts(counts);
    let mut chosen = [0_u32; 2];
    for index in 0..20_000 {
        let mut ids = example(256);
        ids[7] = 501;
        let masked = mask_tokens(&mut ids, &config, &vocabulary, &mut stream(b"masking ", 42, 0, index));
        for original in masked.originals {
            chosen[(original - 500) as usize] += 1;
        }
    }
    let (odds, draws): (f64, f64) = (126.0 / (126.0 + 253.0), 20_000.0);
    let deviation = (draws * odds * (1.0 - odds)).sqrt();
    assert_eq!(chosen[0] + chosen[1], 20_000);
    assert!((f64::from(chosen[1]) - draws * odds).abs() < 5.0 * deviation, "{chosen:?}");
}

#[test]
fn words_end_at_special_tokens_and_before_tokens_that_begin_one() {
    let vocabulary = vocabulary().with_continuations([600, 601]).unwrap();
    let ids = [CLS, 600, 601, 500, 600, SEP, 601, 500, SEP];
    assert_eq!(vocabulary.words(&ids), [1..3, 3..5, 6..7, 7..8]);
}

#[test]
fn a_share_outside_zero_to_one_is_named() {
    for (name, config) in [
        ("probability", MaskingConfig { probability: f64::NAN, ..MaskingConfig::default() }),
        ("mask_share", MaskingConfig { mask_share: -0.1, ..MaskingConfig::default() }),
        ("random_share", MaskingConfig { random_share: 1.1, ..MaskingConfig::default() }),
    ] {
        let error = config.validate().unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
    let config = MaskingConfig { random_share: 0.3, ..MaskingConfig::default() };
    assert_eq!(config.validate(), Err(Error::SharesExceedOne { mask_share: 0.8, random_share: 0.3 }));
    let config = MaskingConfig { choice: Choice::Google(Unit::NGram { longest: 0 }), ..MaskingConfig::default() };
    assert_eq!(config.validate(), Err(Error::NoNGram));
    assert_eq!(MaskingConfig::default().validate(), Ok(()));
}

#[test]
fn a_token_outside_the_vocabulary_is_refused() {
    for (mask_id, special) in [(1000, vec![]), (3, vec![0, 1000])] {
        let error = MaskingVocabulary::new(1000, mask_id, special).unwrap_err();
        assert!(matches!(error, Error::OutsideVocabulary { id: 1000, vocab_size: 1000, .. }), "{error}");
    }
}
