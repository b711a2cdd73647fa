//! The rules of holding documents out, one a test.

use embert_data::Error;
use embert_data::split::{HeldOut, split};
use proptest::prelude::*;

#[test]
fn a_share_is_rounded_and_at_least_one() {
    for (documents, share, expected) in [(100, 0.05, 5), (10, 0.01, 1), (7, 0.5, 4), (7, 0.0, 0)] {
        let parts = split((0..documents).collect(), HeldOut::Share(share), 42).unwrap();
        assert_eq!(parts.held_out.len(), expected, "{share} of {documents}");
    }
}

#[test]
fn another_seed_holds_out_other_documents() {
    let held_out = |seed| split((0..1000).collect(), HeldOut::Count(10), seed).unwrap().held_out;
    assert_eq!(held_out(1), held_out(1));
    assert_ne!(held_out(1), held_out(2));
}

#[test]
fn something_is_left_to_train_on() {
    for (documents, held_out) in [(0, HeldOut::Count(0)), (3, HeldOut::Count(3)), (1, HeldOut::Share(0.1))] {
        let error = split(vec![(); documents], held_out, 42).unwrap_err();
        assert!(matches!(error, Error::NothingToTrainOn { .. }), "{error}");
    }
    assert!(matches!(split(vec![(); 9], HeldOut::Share(f64::NAN), 42), Err(Error::NotAShare { .. })));
}

proptest! {
    #[test]
    fn every_document_is_in_one_part_and_in_order(documents in 1..200_usize, count in 0..200_usize, seed: u64) {
        prop_assume!(count < documents);
        let parts = split((0..documents).collect(), HeldOut::Count(count), seed).unwrap();
        prop_assert_eq!(parts.held_out.len(), count);
        prop_assert!(parts.training.is_sorted() && parts.held_out.is_sorted());
        let mut all = [parts.training, parts.held_out].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..documents).collect::<Vec<_>>());
    }
}
