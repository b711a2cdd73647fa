//! Batches whose tokens are rounded up, for devices that compile kernels for shapes.

use burn::tensor::{Device, Tensor};
use embert_core::{Batch, BertConfig, BertModel, Pass, Positions};
use proptest::prelude::*;

fn hidden(model: &BertModel, batch: &Batch) -> Tensor<2> {
    model.forward(batch, &mut Pass::inference()).unwrap().last_hidden_state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tokens_that_are_added_change_nothing_of_the_others(
        lengths in prop::collection::vec(1_usize..9, 1..6), multiple in 1_usize..40, seed: u64,
    ) {
        let config = BertConfig { vocab_size: 20, max_position_embeddings: 8, ..BertConfig::of_size(2, 16, 2) };
        let model = BertModel::new(&config, &Device::flex(), seed);
        let tokens: usize = lengths.iter().sum();
        let batch = Batch::new((0..tokens as u32).map(|id| id % 20).collect(), vec![1; tokens], lengths).unwrap();
        let rounded = batch.rounded(multiple, Positions::FromZero);
        prop_assert!(rounded.tokens().is_multiple_of(multiple) && rounded.tokens() < tokens + multiple);
        prop_assert_eq!(&rounded.lengths()[..batch.lengths().len()], batch.lengths());
        let (expected, got) = (hidden(&model, &batch), hidden(&model, &rounded).narrow(0, 0, tokens));
        let farthest = (got - expected).abs().max().into_scalar::<f32>();
        prop_assert!(farthest < 1e-5, "{}", farthest);
    }
}

#[test]
fn a_batch_that_fits_is_left_as_it_is() {
    let batch = Batch::new(vec![0; 6], vec![0; 6], vec![2, 4]).unwrap();
    for multiple in [0, 1, 2, 3, 6] {
        assert_eq!(*batch.rounded(multiple, Positions::FromZero), batch);
    }
}
