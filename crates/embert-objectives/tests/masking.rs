//! The rules of masking, one a test.

use embert_objectives::Error;
use embert_objectives::masking::{Masked, MaskingConfig, MaskingVocabulary, mask_tokens};
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
    assert_eq!(MaskingConfig::default().validate(), Ok(()));
}

#[test]
fn a_token_outside_the_vocabulary_is_refused() {
    for (mask_id, special) in [(1000, vec![]), (3, vec![0, 1000])] {
        let error = MaskingVocabulary::new(1000, mask_id, special).unwrap_err();
        assert!(matches!(error, Error::OutsideVocabulary { id: 1000, vocab_size: 1000, .. }), "{error}");
    }
}
