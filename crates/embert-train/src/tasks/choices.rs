//! Which of several answers is right (BERT, section 4.4).

use std::{iter::repeat, marker::PhantomData};

use embert_core::{Backbone, Flops, ForMultipleChoice, Pass};
use embert_data::tasks::choices::ChoiceFeatures;
use embert_objectives::losses::{LabelError, cross_entropy};

use super::{Row, batch, highest, rectangle, rows};
use crate::{
    data::{Tokens, tokens_of},
    error::Error,
    metrics::{Metrics, accuracy},
    objective::{Look, Objective, Part},
    pretraining::in_f32,
};

/// A question with its answers, of which there may be more than another has.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The question with each answer, two or more.
    pub choices: Vec<Row<()>>,
    /// The right one, from 0.
    pub right: u32,
}

impl Tokens for Question {
    fn tokens(&self) -> usize {
        tokens_of(&self.choices)
    }
}

/// The questions of a file with labels; none of one without.
pub fn choice_rows(ChoiceFeatures { encodings, choices, labels }: ChoiceFeatures) -> Vec<Question> {
    let mut rows = rows(&encodings, repeat(())).into_iter();
    let question = |(count, right)| Question { choices: rows.by_ref().take(count).collect(), right };
    choices.into_iter().zip(labels.unwrap_or_default()).map(question).collect()
}

/// To choose an answer.
#[derive(Clone, Debug)]
pub struct ChoiceTask<B> {
    flops: Flops,
    backbone: PhantomData<fn() -> B>,
}

impl<B: Backbone> ChoiceTask<B> {
    /// For models of `config`.
    pub fn new(config: &B::Config) -> Self {
        Self { flops: Flops::of(config), backbone: PhantomData }
    }
}

impl<B: Backbone> Objective for ChoiceTask<B> {
    type Model = ForMultipleChoice<B>;
    type Example = Question;
    /// The scores of the answers.
    type Verdict = Vec<f32>;

    fn parts(&self) -> &[&'static str] {
        &["choice"]
    }

    fn answers(&self, example: &Question) -> Vec<Vec<u32>> {
        vec![vec![example.right]]
    }

    fn look(&self, model: &Self::Model, examples: &[Question], pass: &mut Pass) -> Result<Look, Error> {
        examples.iter().try_for_each(check)?;
        let counts: Vec<usize> = examples.iter().map(|question| question.choices.len()).collect();
        let choices = batch(examples.iter().flat_map(|question| &question.choices))?;
        let scores = rectangle(in_f32(model.forward(&choices, pass)?), &counts); // [questions, most choices]
        let right: Vec<u32> = examples.iter().map(|question| question.right).collect();
        let part = Part::new(scores.clone(), |scores| cross_entropy(scores, &right))?;
        Ok(Look { parts: vec![part], said: Some(scores) })
    }

    fn verdicts(&self, examples: &[Question], said: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        let cut = |(question, mut scores): (&Question, Vec<f32>)| {
            scores.truncate(question.choices.len());
            scores
        };
        examples.iter().zip(said).map(cut).collect()
    }

    fn judge(&self, examples: &[Question], verdicts: Vec<Vec<f32>>) -> Option<Metrics> {
        let chosen: Vec<u32> = verdicts.iter().map(|scores| highest(scores)).collect();
        let right: Vec<u32> = examples.iter().map(|question| question.right).collect();
        Some(Metrics::new([("accuracy", accuracy(&chosen, &right))]))
    }

    fn criterion(&self) -> Option<&'static str> {
        Some("accuracy")
    }

    fn flops(&self, example: &Question) -> f64 {
        example.choices.iter().map(|row| self.flops.of_sequence(row.ids.len(), 0)).sum()
    }
}

/// Whether there is something to choose, and the right one is among it.
fn check(Question { choices, right }: &Question) -> Result<(), Error> {
    let classes = choices.len();
    match *right {
        _ if classes < 2 => Err(Error::TooFewChoices { found: classes }),
        right if right as usize >= classes => Err(LabelError::NoClass { label: right.into(), classes }.into()),
        _ => Ok(()),
    }
}
