//! What holds of masking whatever the ids and the settings.

use embert_objectives::masking::{MaskingConfig, MaskingVocabulary, mask_tokens};
use embert_objectives::random::stream;
use proptest::prelude::*;

const SPECIAL: [u32; 4] = [0, 1, 2, 3];

fn configs() -> impl Strategy<Value = MaskingConfig> {
    (0.0..=1.0, 0.0..=1.0, 0.0..=1.0, prop::option::of(0..40_usize)).prop_map(
        |(probability, mask_share, of_the_rest, max_predictions_per_sequence)| MaskingConfig {
            probability,
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
        let vocabulary = MaskingVocabulary::new(200, 3, SPECIAL).unwrap();
        let mut changed = ids.clone();
        let masked = mask_tokens(&mut changed, &config, &vocabulary, &mut stream(b"masking ", seed, 0, 0));

        prop_assert!(config.validate().is_ok());
        prop_assert_eq!(masked.positions.len(), masked.originals.len());
        prop_assert!(masked.positions.is_sorted_by(|a, b| a < b));
        prop_assert!(masked.originals.iter().all(|id| !SPECIAL.contains(id)));
        prop_assert!(changed.iter().all(|id| *id < 200));
        let words = ids.iter().filter(|id| !SPECIAL.contains(id)).count();
        let count = ((ids.len() as f64 * config.probability).round_ties_even() as usize).max(1);
        let most = config.max_predictions_per_sequence.unwrap_or(usize::MAX);
        prop_assert_eq!(masked.positions.len(), count.min(most).min(words));

        for (position, original) in masked.positions.iter().zip(&masked.originals) {
            changed[*position as usize] = *original;
        }
        prop_assert_eq!(changed, ids);
    }
}
