//! A class for each word: names, parts of speech (BERT, section 5.3).

use std::marker::PhantomData;

use burn::tensor::Tensor;
use embert_core::{Backbone, Flops, ForTokenClassification, Pass};
use embert_data::tasks::{LabelSet, tokens::TokenFeatures};
use embert_objectives::losses::cross_entropy;

use super::{Row, batch, highest, rows};
use crate::{
    error::Error,
    metrics::{Metrics, is_bio, token_accuracy},
    objective::{Look, Objective, Part},
    pretraining::in_f32,
};

/// The rows of a file with tags: their targets are the class of each token that has one, and its place.
pub fn token_rows(TokenFeatures { encodings, labels }: &TokenFeatures) -> Vec<Row<Vec<(u32, u32)>>> {
    let mut rest = labels.as_slice();
    let targets = encodings.lengths.iter().map(|&length| {
        let (own, others) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = others;
        (0..).zip(own).filter_map(|(place, &label)| Some((place, u32::try_from(label).ok()?))).collect()
    });
    rows(encodings, targets.collect::<Vec<_>>())
}

/// To classify words, each by its first token.
#[derive(Clone, Debug)]
pub struct TokenTask<B> {
    labels: LabelSet,
    flops: Flops,
    backbone: PhantomData<fn() -> B>,
}

impl<B: Backbone> TokenTask<B> {
    /// For models of `config`, whose classes have these names.
    pub fn new(config: &B::Config, labels: LabelSet) -> Self {
        Self { labels, flops: Flops::of(config), backbone: PhantomData }
    }

    fn names(&self, ids: impl IntoIterator<Item = u32>) -> Vec<&str> {
        ids.into_iter().map(|id| self.labels.name(id).unwrap_or_default()).collect()
    }
}

impl<B: Backbone> Objective for TokenTask<B> {
    type Model = ForTokenClassification<B>;
    type Example = Row<Vec<(u32, u32)>>;
    /// The classes of the tokens that have one.
    type Verdict = Vec<u32>;

    fn parts(&self) -> &[&'static str] {
        &["tag"]
    }

    fn answers(&self, example: &Self::Example) -> Vec<Vec<u32>> {
        vec![example.target.iter().map(|(_, class)| *class).collect()]
    }

    fn look(&self, model: &Self::Model, examples: &[Self::Example], pass: &mut Pass) -> Result<Look, Error> {
        let scores = in_f32(model.forward(&batch(examples)?, pass)?); // [tokens, classes]
        let (mut places, mut classes, mut start) = (Vec::new(), Vec::new(), 0);
        for row in examples {
            places.extend(row.target.iter().map(|(place, _)| (start + place) as i32));
            classes.extend(row.target.iter().map(|(_, class)| *class));
            start += row.ids.len() as u32;
        }
        if places.is_empty() {
            return Ok(vec![Part::default()].into());
        }
        let device = scores.device().inner();
        let scores = scores.select(0, Tensor::from_ints(places.as_slice(), &device)); // [words, classes]
        let part = Part::new(scores.clone(), |scores| cross_entropy(scores, &classes))?;
        Ok(Look { parts: vec![part], said: Some(scores) })
    }

    fn verdicts(&self, examples: &[Self::Example], said: Vec<Vec<f32>>) -> Vec<Vec<u32>> {
        let mut guesses = said.iter().map(|scores| highest(scores));
        examples.iter().map(|row| guesses.by_ref().take(row.target.len()).collect()).collect()
    }

    fn judge(&self, examples: &[Self::Example], verdicts: Vec<Vec<u32>>) -> Option<Metrics> {
        let predicted: Vec<Vec<&str>> = verdicts.into_iter().map(|classes| self.names(classes)).collect();
        let truth: Vec<Vec<&str>> =
            examples.iter().map(|row| self.names(row.target.iter().map(|(_, class)| *class))).collect();
        Some(match is_bio(self.labels.names()) {
            true => Metrics::of_tags(&predicted, &truth),
            false => Metrics::new([("accuracy", token_accuracy(&predicted, &truth))]),
        })
    }

    fn criterion(&self) -> Option<&'static str> {
        Some(if is_bio(self.labels.names()) { "f1" } else { "accuracy" })
    }

    fn flops(&self, example: &Self::Example) -> f64 {
        self.flops.of_sequence(example.ids.len(), 0)
    }
}
