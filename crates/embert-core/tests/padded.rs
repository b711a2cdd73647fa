//! From padded tensors to a ragged batch.

use embert_core::{Batch, InputError, PaddedInputs, Positions};

const PAD: i64 = 0;

fn inputs<'a>(input_ids: &'a [i64], attention_mask: &'a [i64]) -> PaddedInputs<'a> {
    PaddedInputs { rows: 2, columns: 3, input_ids, attention_mask: Some(attention_mask), ..PaddedInputs::default() }
}

#[test]
fn masked_tokens_are_dropped() {
    let padded = inputs(&[5, 6, PAD, 7, 8, 9], &[1, 1, 0, 1, 1, 1]).to_ragged(Positions::FromZero).unwrap();
    let expected = Batch::new(vec![5, 6, 7, 8, 9], vec![0; 5], vec![2, 3]).unwrap();
    assert_eq!(padded.batch, expected.with_position_ids(vec![0, 1, 0, 1, 2]).unwrap());
    assert_eq!(padded.cells, [0, 1, 3, 4, 5]);
}

#[test]
fn a_token_after_a_gap_keeps_its_position() {
    let with_gap = inputs(&[5, PAD, 6, 7, 8, 9], &[1, 0, 1, 1, 1, 1]).to_ragged(Positions::FromZero).unwrap();
    let expected = Batch::new(vec![5, 6, 7, 8, 9], vec![0; 5], vec![2, 3]).unwrap();
    assert_eq!(with_gap.batch, expected.with_position_ids(vec![0, 2, 0, 1, 2]).unwrap());
    let given =
        PaddedInputs { position_ids: Some(&[0, 1, 2, 0, 1, 2]), ..inputs(&[5, PAD, 6, 7, 8, 9], &[1, 0, 1, 1, 1, 1]) };
    assert_eq!(given.to_ragged(Positions::FromZero).unwrap().batch, with_gap.batch);
}

#[test]
fn a_row_that_begins_masked_is_kept_whole() {
    let padded = inputs(&[PAD, 5, 6, 7, 8, PAD], &[0, 1, 1, 1, 1, 0]).to_ragged(Positions::FromZero).unwrap();
    assert_eq!(padded.batch.lengths(), [3, 2]);
    assert_eq!(padded.real, [false, true, true, true, true]);
}

#[test]
fn a_row_with_a_label_on_a_masked_token_is_kept_whole() {
    let labels = [-100, -100, 4, -100, -100, -100];
    let inputs = PaddedInputs { token_labels: Some(&labels), ..inputs(&[5, 6, PAD, 7, 8, PAD], &[1, 1, 0, 1, 1, 0]) };
    assert_eq!(inputs.to_ragged(Positions::FromZero).unwrap().batch.lengths(), [3, 2]);
}

#[test]
fn what_is_no_padded_batch_is_refused() {
    let short = inputs(&[5, 6, 7, 8, 9], &[1; 6]).to_ragged(Positions::FromZero).unwrap_err();
    assert!(matches!(short, InputError::Shape { name: "input_ids", found: 5, .. }), "{short}");
    let mask = inputs(&[5; 6], &[1, 1, 1, 1, 1, 2]).to_ragged(Positions::FromZero).unwrap_err();
    assert_eq!(mask, InputError::Mask { found: 2 });
    let id = inputs(&[5, 5, 5, 5, 5, -1], &[1; 6]).to_ragged(Positions::FromZero).unwrap_err();
    assert_eq!(id, InputError::Negative { name: "input_ids", found: -1 });
    let empty = PaddedInputs::default().to_ragged(Positions::FromZero).unwrap_err();
    assert_eq!(empty, InputError::NoSequence);
    let no_columns = PaddedInputs { rows: 2, ..PaddedInputs::default() }.to_ragged(Positions::FromZero).unwrap_err();
    assert_eq!(no_columns, InputError::EmptySequence { sequence: 0 });
}

#[test]
fn robertas_positions_are_those_of_the_padded_ids() {
    // Padding in the middle: it has the padding's position, and the tokens after it go on counting. A masked token
    // that is no padding counts too.
    let (ids, mask) = ([5, 1, 6, 7, 8, 9], [1, 0, 1, 1, 0, 1]);
    let padded = inputs(&ids, &mask).to_ragged(Positions::AfterPadding { pad_token_id: 1 }).unwrap();
    let expected = Batch::new(vec![5, 6, 7, 9], vec![0; 4], vec![2, 2]).unwrap();
    assert_eq!(padded.batch, expected.with_position_ids(vec![2, 3, 2, 4]).unwrap());
}

#[test]
fn every_row_is_kept_whole_where_that_is_asked_for() {
    let inputs = PaddedInputs { keep_all: true, ..inputs(&[5, 6, PAD, 7, PAD, PAD], &[1, 1, 0, 1, 0, 0]) };
    let padded = inputs.to_ragged(Positions::FromZero).unwrap();
    assert_eq!(padded.batch.lengths(), [3, 3]);
    assert_eq!(padded.real, [true, true, false, true, false, false]);
}
