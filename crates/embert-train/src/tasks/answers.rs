//! Where the answer to a question stands in a text (BERT, section 4.2 and 4.3).

use std::{marker::PhantomData, sync::Arc};

use embert_core::{Backbone, Flops, ForQuestionAnswering, Pass};
use embert_data::tasks::answers::{AnswerExample, AnswerFeatures, ScoredWindow, SpanOptions, Spans, Window};
use embert_objectives::losses::cross_entropy;

use super::{Row, batch, rectangle, rows};
use crate::{
    error::Error,
    metrics::{Answered, Metrics, squad, squad_v2},
    objective::{Look, Objective, Part},
    pretraining::in_f32,
};

/// The rows of questions that were cut into windows: each with the first and the last token of its answer.
pub fn answer_rows(AnswerFeatures { encodings, windows }: AnswerFeatures) -> Vec<Row<Arc<Window>>> {
    rows(&encodings, windows.into_iter().map(Arc::new))
}

/// To find answers.
#[derive(Clone, Debug)]
pub struct AnswerTask<B> {
    /// Those that are held out: a window has the number of its own.
    questions: Vec<AnswerExample>,
    options: SpanOptions,
    flops: Flops,
    backbone: PhantomData<fn() -> B>,
}

impl<B: Backbone> AnswerTask<B> {
    /// For models of `config`, which are judged by these questions: as SQuAD 2.0 has it where some have no answer, else as
    /// SQuAD 1.1.
    pub fn new(config: &B::Config, questions: Vec<AnswerExample>, options: SpanOptions) -> Self {
        Self { questions, options, flops: Flops::of(config), backbone: PhantomData }
    }

    fn may_be_none(&self) -> bool {
        self.questions.iter().any(|question| question.answers.is_empty())
    }
}

impl<B: Backbone> Objective for AnswerTask<B> {
    type Model = ForQuestionAnswering<B>;
    type Example = Row<Arc<Window>>;
    /// The scores of each token: of starting there, and of ending there.
    type Verdict = [Vec<f32>; 2];

    fn parts(&self) -> &[&'static str] {
        &["start", "end"]
    }

    /// The mean of both, as transformers has it.
    fn weights(&self) -> Vec<f64> {
        vec![0.5; 2]
    }

    fn answers(&self, example: &Self::Example) -> Vec<Vec<u32>> {
        let Window { start_position, end_position, .. } = &*example.target;
        vec![vec![*start_position as u32], vec![*end_position as u32]]
    }

    fn look(&self, model: &Self::Model, examples: &[Self::Example], pass: &mut Pass) -> Result<Look, Error> {
        let lengths: Vec<usize> = examples.iter().map(|row| row.ids.len()).collect();
        let scores = in_f32(model.forward(&batch(examples)?, pass)?); // [tokens, 2]
        let [starts, ends] = [0, 1].map(|column| rectangle(scores.clone().narrow(1, column, 1), &lengths)); // [rows, longest]
        let positions =
            |of: fn(&Window) -> usize| examples.iter().map(|row| of(&row.target) as u32).collect::<Vec<u32>>();
        let (first, last) = (positions(|window| window.start_position), positions(|window| window.end_position));
        let parts = vec![
            Part::new(starts, |starts| cross_entropy(starts, &first))?,
            Part::new(ends, |ends| cross_entropy(ends, &last))?,
        ];
        Ok(Look { parts, said: Some(scores) })
    }

    fn verdicts(&self, examples: &[Self::Example], said: Vec<Vec<f32>>) -> Vec<[Vec<f32>; 2]> {
        let mut tokens = said.into_iter();
        let of_row = |row: &Self::Example| {
            let tokens = tokens.by_ref().take(row.ids.len());
            let (starts, ends) = tokens.filter_map(|scores| Some((*scores.first()?, *scores.last()?))).unzip();
            [starts, ends]
        };
        examples.iter().map(of_row).collect()
    }

    fn judge(&self, examples: &[Self::Example], verdicts: Vec<[Vec<f32>; 2]>) -> Option<Metrics> {
        let mut of_question: Vec<Vec<ScoredWindow<'_>>> = self.questions.iter().map(|_| Vec::new()).collect();
        for (row, [start_scores, end_scores]) in examples.iter().zip(&verdicts) {
            let scored = ScoredWindow { window: &row.target, start_scores, end_scores };
            of_question.get_mut(row.target.example).into_iter().for_each(|windows| windows.push(scored));
        }
        let may_be_none = self.may_be_none();
        let told: Vec<(String, Vec<String>)> = self
            .questions
            .iter()
            .zip(of_question)
            // Of a question that was not looked at, nothing is known.
            .filter(|(_, windows)| !windows.is_empty())
            .map(|(question, windows)| {
                let span = Spans::of(windows, &self.options).answer(may_be_none, &self.options);
                let text = span.map(|span| {
                    question.context.chars().skip(span.start).take(span.end.saturating_sub(span.start)).collect()
                });
                (text.unwrap_or_default(), question.answers.iter().map(|answer| answer.text.clone()).collect())
            })
            .collect();
        let answered: Vec<Answered<'_>> =
            told.iter().map(|(predicted, truths)| Answered { predicted, truths }).collect();
        Some(if may_be_none { squad_v2(&answered) } else { squad(&answered) })
    }

    fn criterion(&self) -> Option<&'static str> {
        Some("f1")
    }

    fn flops(&self, example: &Self::Example) -> f64 {
        self.flops.of_sequence(example.ids.len(), 0)
    }
}
