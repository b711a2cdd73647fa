//! What holds of masking whatever the ids and the settings.

use embert_objectives::masking::{Choice, MaskingConfig, MaskingVocabulary, Unit, mask_tokens};
use embert_objectives::random::stream;
use proptest::prelude::*;

const SPECIAL: [u32; 4] = [0, 1, 2, 3];

fn vocabulary() -> MaskingVocabulary {
    let vocabulary = MaskingVocabulary::new(200, 3, SPECIAL).unwrap().with_continuations(100..150).unwrap();
    vocabulary.with_counts((0..190).map(|id| id * id).collect())
}

fn choices() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Google(Unit::Token)),
        Just(Choice::Google(Unit::Word)),
        (1..5_usize).prop_map(|longest| Choice::Google(Unit::NGram { longest })),
        any::<bool>().prop_map(|whole_words| Choice::Fairseq { whole_words }),
        any::<bool>().prop_map(|whole_words| Choice::HuggingFace { whole_words }),
        (-2.0..900.0).prop_map(|smoothing| Choice::DistilBert { smoothing }),
    ]
}

fn configs() -> impl Strategy<Value = MaskingConfig> {
    (choices(), 0.0..=1.0, 0.0..=1.0, 0.0..=1.0, prop::option::of(1..40_usize)).prop_map(
        |(choice, probability, mask_share, of_the_rest, max_predictions_per_sequence)| MaskingConfig {
            probability,
            choice,
            mask_share,
            random_share: (1.0 - mask_share) * of_the_rest,
            max_predictions_per_sequence,
        },
    )
}

proptest! {
    #[test]
    fn originals_put_back_give_the_ids_again(
        ids in prop::collection::vec(0..200_u32, 0..100),
        config in configs(),
        seed: u64,
    ) {
        let vocabulary = vocabulary();
        let mut changed = ids.clone();
        let masked = mask_tokens(&mut changed, &config, &vocabulary, &mut stream(b"masking ", seed, 0, 0));

        prop_assert!(config.validate().is_ok());
        prop_assert_eq!(masked.positions.len(), masked.originals.len());
        prop_assert!(masked.positions.is_sorted_by(|a, b| a < b));
        prop_assert!(masked.originals.iter().all(|id| !SPECIAL.contains(id)));
        prop_assert!(changed.iter().all(|id| *id < 200));
        let words = ids.iter().filter(|id| !SPECIAL.contains(id)).count();
        let most = config.max_predictions_per_sequence.unwrap_or(usize::MAX);
        let share = ids.len() as f64 * config.probability;
        let rounded = (share.round_ties_even() as usize).max(1).min(most);
        match config.choice {
            Choice::Google(Unit::Token) => prop_assert_eq!(masked.positions.len(), rounded.min(words)),
            Choice::Google(_) => prop_assert!(masked.positions.len() <= rounded.min(words)),
            Choice::Fairseq { whole_words: false } | Choice::DistilBert { .. } => {
                let counts = [share.floor(), share.floor() + 1.0].map(|count| (count as usize).min(most).min(words));
                prop_assert!(counts.contains(&masked.positions.len()));
            }
            Choice::Fairseq { whole_words: true } | Choice::HuggingFace { .. } => {
                prop_assert!(masked.positions.len() <= most.min(words));
            }
        }

        for (position, original) in masked.positions.iter().zip(&masked.originals) {
            changed[*position as usize] = *original;
        }
        prop_assert_eq!(changed, ids);
    }

    #[test]
    fn a_word_is_chosen_whole_or_not_at_all(ids in prop::collection::vec(0..200_u32, 0..100), choice in choices(), seed: u64) {
        let by_word = !matches!(
            choice,
            Choice::Google(Unit::Token)
                | Choice::Fairseq { whole_words: false }
                | Choice::HuggingFace { whole_words: false }
                | Choice::DistilBert { .. }
        );
        prop_assume!(by_word);
        let vocabulary = vocabulary();
        let config = MaskingConfig { probability: 0.4, choice, ..MaskingConfig::default() };
        let masked = mask_tokens(&mut ids.clone(), &config, &vocabulary, &mut stream(b"masking ", seed, 0, 0));
        for word in vocabulary.words(&ids) {
            let chosen = word.clone().filter(|position| masked.positions.contains(&(*position as u32))).count();
            prop_assert!(chosen == 0 || chosen == word.len(), "{chosen} of {word:?}");
        }
    }
}
