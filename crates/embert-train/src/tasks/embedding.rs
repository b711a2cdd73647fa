//! Vectors that are alike for texts that belong together (Reimers and Gurevych 2019).

use std::{
    iter::{repeat, zip},
    marker::PhantomData,
};

use burn::tensor::Tensor;
use embert_core::{Backbone, EncoderOnly, FamilyConfig, Flops, Pass, SentenceHead};
use embert_data::tasks::embedding::EmbeddingFeatures;
use embert_objectives::losses::{cosine_error, in_batch_negatives};
use rayon::prelude::*;

use super::{Row, batch, highest, rows};
use crate::{
    data::Tokens,
    error::Error,
    metrics::{Metrics, accuracy},
    objective::{Look, Objective, Part},
};

/// By what cosines are multiplied before they are compared, as in sentence-transformers.
const SCALE: f64 = 20.0;

/// Two texts that belong together, or are alike to a degree.
#[derive(Clone, Debug, PartialEq)]
pub struct TextPair {
    /// One.
    pub anchor: Row<()>,
    /// The other.
    pub positive: Row<()>,
    /// A text that does not belong to the anchor, though it may look so.
    pub negative: Option<Row<()>>,
    /// How alike anchor and positive are, where that is said.
    pub score: Option<f32>,
}

impl TextPair {
    fn rows(&self) -> impl Iterator<Item = &Row<()>> + Clone {
        [&self.anchor, &self.positive].into_iter().chain(&self.negative)
    }
}

impl Tokens for TextPair {
    fn tokens(&self) -> usize {
        self.rows().map(Tokens::tokens).sum()
    }
}

/// The pairs of a file. Those that have a score are compared with each other alone, and have no negative.
pub fn embedding_rows(EmbeddingFeatures { anchors, positives, negatives, scores }: EmbeddingFeatures) -> Vec<TextPair> {
    let negatives = match (&scores, &negatives) {
        (None, Some(negatives)) => rows(negatives, repeat(())),
        _ => Vec::new(),
    };
    let negatives = negatives.into_iter().map(Some).chain(repeat(None));
    let scores = scores.into_iter().flatten().map(Some).chain(repeat(None));
    let pair = |((anchor, positive), (negative, score))| TextPair { anchor, positive, negative, score };
    zip(zip(rows(&anchors, repeat(())), rows(&positives, repeat(()))), zip(negatives, scores)).map(pair).collect()
}

/// To embed texts.
///
/// Pairs with a score are to have it as their cosine. Of pairs without, each anchor is to be most like its own positive,
/// among the positives and the negatives of the whole batch: the more there are, the more is learned of each.
#[derive(Clone, Debug)]
pub struct EmbeddingTask<B> {
    head: SentenceHead,
    /// The score of texts that are the same.
    highest_score: f32,
    parts: [&'static str; 1],
    criterion: &'static str,
    flops: Flops,
    backbone: PhantomData<fn() -> B>,
}

impl<B: Backbone> EmbeddingTask<B> {
    /// For models of `config`, of whose hidden states `head` makes vectors. The highest score, rounded up to a whole number
    /// that is 1 or more, is that of texts that are the same: 5 in STS-B.
    ///
    /// # Errors
    /// Where some pairs have a score and some have none, in either list; and where the head is for another model.
    pub fn new(
        config: &B::Config,
        head: SentenceHead,
        training: &[TextPair],
        held_out: &[TextPair],
    ) -> Result<Self, Error> {
        head.width(config.heads().hidden_size)?;
        let (by_score, is_judged_by_score) = (are_scored(training)?, are_scored(held_out)?);
        let scores = training.iter().chain(held_out).filter_map(|pair| pair.score);
        Ok(Self {
            head,
            highest_score: scores.map(f32::abs).fold(1.0, f32::max).ceil(),
            parts: [if by_score { "similarity" } else { "ranking" }],
            criterion: if is_judged_by_score { "spearmanr" } else { "accuracy" },
            flops: Flops::of(config),
            backbone: PhantomData,
        })
    }

    /// The fewest of these pairs that one of them is learned from: where they have neither score nor negative, an anchor
    /// is compared with what belongs to the others of its batch, and alone there is nothing to learn.
    pub fn least_batch(training: &[TextPair]) -> usize {
        if training.iter().any(|pair| pair.score.is_some() || pair.negative.is_some()) { 1 } else { 2 }
    }

    /// What the cosines of pairs with scores are to be.
    fn cosines(&self, pairs: &[TextPair]) -> Option<Vec<f32>> {
        pairs.iter().map(|pair| Some(pair.score? / self.highest_score)).collect()
    }
}

/// Whether pairs have scores.
fn are_scored(pairs: &[TextPair]) -> Result<bool, Error> {
    let is_scored = pairs.iter().any(|pair| pair.score.is_some());
    if is_scored && pairs.iter().any(|pair| pair.score.is_none()) { Err(Error::NoScore) } else { Ok(is_scored) }
}

impl<B: Backbone> Objective for EmbeddingTask<B> {
    type Model = EncoderOnly<B>;
    type Example = TextPair;
    /// The vectors of anchor, positive and, where there is one, negative.
    type Verdict = Vec<Vec<f32>>;

    fn parts(&self) -> &[&'static str] {
        &self.parts
    }

    /// Which candidate is right depends on the batch.
    fn answers(&self, _: &TextPair) -> Vec<Vec<u32>> {
        vec![Vec::new()]
    }

    fn counts(&self, _: &TextPair) -> Vec<usize> {
        vec![1]
    }

    fn look(&self, model: &Self::Model, examples: &[TextPair], pass: &mut Pass) -> Result<Look, Error> {
        let batch = batch(examples.iter().flat_map(TextPair::rows))?;
        let vectors = self.head.forward(model.forward(&batch, pass)?, &batch); // [texts, width]
        let (mut anchors, mut positives, mut negatives, mut next) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for pair in examples {
            anchors.push(next);
            positives.push(next + 1);
            negatives.extend(pair.negative.iter().map(|_| next + 2));
            next += pair.rows().count() as i32;
        }
        let device = vectors.device().inner();
        let at = |texts: Vec<i32>| vectors.clone().select(0, Tensor::from_ints(texts.as_slice(), &device));
        let loss = match self.cosines(examples) {
            Some(cosines) => cosine_error(at(anchors), at(positives), &cosines)?,
            None => in_batch_negatives(at(anchors), at([positives, negatives].concat()), SCALE)?,
        };
        Ok(Look { parts: vec![Part::of(loss)], said: Some(vectors) })
    }

    fn verdicts(&self, examples: &[TextPair], said: Vec<Vec<f32>>) -> Vec<Vec<Vec<f32>>> {
        let mut texts = said.into_iter();
        examples.iter().map(|pair| texts.by_ref().take(pair.rows().count()).collect()).collect()
    }

    /// The negatives of an anchor are the others of its batch.
    fn is_indivisible(&self) -> bool {
        true
    }

    /// Of pairs with scores, how their cosines go with them; of others, how often an anchor finds its own text among all.
    fn judge(&self, examples: &[TextPair], verdicts: Vec<Vec<Vec<f32>>>) -> Option<Metrics> {
        let of =
            |text: usize| verdicts.iter().filter_map(|vectors| vectors.get(text).map(|vector| unit(vector))).collect();
        let [anchors, positives, negatives]: [Vec<Vec<f32>>; 3] = [0, 1, 2].map(of);
        if let Some(truth) = self.cosines(examples) {
            let cosines: Vec<f32> = zip(&anchors, &positives).map(|(a, b)| dot(a, b)).collect();
            return Some(Metrics::of_numbers(&cosines, &truth));
        }
        let candidates: Vec<Vec<f32>> = positives.into_iter().chain(negatives).collect();
        let nearest = |anchor: &Vec<f32>| {
            let cosines: Vec<f32> = candidates.iter().map(|candidate| dot(anchor, candidate)).collect();
            highest(&cosines)
        };
        let found: Vec<u32> = anchors.par_iter().map(nearest).collect();
        let texts: Vec<&Row<()>> = examples.iter().map(|pair| &pair.positive).chain(negatives_of(examples)).collect();
        let ids = |text: u32| texts.get(text as usize).map(|row| &row.ids);
        // The same text may belong to several anchors: any of them is right.
        let right: Vec<u32> = (0..).zip(&found).map(|(own, &found)| u32::from(ids(own) == ids(found))).collect();
        Some(Metrics::new([("accuracy", accuracy(&right, &vec![1; right.len()]))]))
    }

    fn criterion(&self) -> Option<&'static str> {
        Some(self.criterion)
    }

    fn flops(&self, example: &TextPair) -> f64 {
        example.rows().map(|row| self.flops.of_sequence(row.ids.len(), 0)).sum()
    }
}

fn negatives_of(pairs: &[TextPair]) -> impl Iterator<Item = &Row<()>> {
    pairs.iter().filter_map(|pair| pair.negative.as_ref())
}

/// The vector at length 1.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = dot(vector, vector).sqrt().max(f32::MIN_POSITIVE);
    vector.iter().map(|value| value / length).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    zip(a, b).map(|(a, b)| a * b).sum()
}
