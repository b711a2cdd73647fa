//! What a training is shown: the ids, lengths and masks that `benches/peers/works.py` makes too.

use std::iter::once;

use anyhow::Context;
use embert::{
    data::Example,
    objectives::masking::Masked,
    train::{Error, Examples, Source},
};

use crate::works;

/// `[MASK]`.
const MASK: u32 = 103;

/// Which tokens a model has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Every one, so that all systems compute the scores of all.
    All,
    /// Those that are masked, as in every training.
    Masked,
}

/// The batches of a work: the last part of its name, after a comma, says their lengths.
pub(crate) fn batches(work: &str, asked: Asked) -> anyhow::Result<Vec<Vec<Example>>> {
    let shape = work.rsplit(", ").next().unwrap_or(work);
    let batches = works::batches(shape).with_context(|| format!("{work}: there is no such work"))?;
    Ok(batches.into_iter().map(|lengths| batch(&lengths, asked)).collect())
}

fn batch(lengths: &[usize], asked: Asked) -> Vec<Example> {
    let mut start = 0;
    let example = |&length: &usize| {
        let tokens = start..start + length as u32;
        start = tokens.end;
        // Three of twenty are masked.
        let is_masked = |token: u32| token * 7 % 20 < 3;
        let original = |token: u32| 1000 + token * 7 % 20_000;
        let said: Vec<u32> = tokens.clone().filter(|&token| asked == Asked::All || is_masked(token)).collect();
        Example {
            ids: tokens.clone().map(|token| if is_masked(token) { MASK } else { original(token) }).collect(),
            type_ids: vec![0; length],
            masked: Masked {
                positions: said.iter().map(|token| token - tokens.start).collect(),
                originals: said.into_iter().map(original).collect(),
            },
            sentence_pair_label: None,
        }
    };
    lengths.iter().map(example).collect()
}

/// Batches in their order, over and over: each is an epoch of its own, which the loop does not deal out anew.
pub(crate) struct InOrder(pub(crate) Vec<Vec<Example>>);

impl Source for InOrder {
    type Example = Example;

    fn epoch(&self, _seed: u64, epoch: u64, from: u64) -> Result<Examples<'_, Example>, Error> {
        let Self(batches) = self;
        let batch = batches.iter().cycle().nth(epoch as usize % batches.len().max(1)).into_iter().flatten();
        Ok(Box::new(batch.skip(from as usize).cloned().map(Ok)))
    }

    fn window_tokens(&self, _batch_tokens: usize) -> usize {
        usize::MAX
    }
}

/// Nothing is looked at besides: one example, of one token.
pub(crate) fn held_out() -> InOrder {
    InOrder(once(batch(&[1], Asked::All)).collect())
}
