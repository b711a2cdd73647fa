//! What the papers claim, and whether it is so here. The bounds were written down before the first run, and are not
//! moved.

use super::{measure::Row, models::Model};

/// Of its teacher's score, what a student has at least (Sanh et al. 2019 have 97 %).
const KEPT: f64 = 0.95;
/// Of its teacher's parameters, what a student has at most.
const STUDENT: f64 = 0.6;
/// Of the score without sharing, what is left at least where layers are shared, if they lose no more than a little.
const LITTLE: f64 = 0.95;

/// A claim, and what was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub(super) claim: &'static str,
    pub(super) paper: &'static str,
    pub(super) here: String,
    /// By the means of all seeds.
    pub(super) holds: bool,
    /// Seeds by whose own numbers it holds.
    pub(super) seeds: usize,
}

/// Whether two scores, and the parameters of their models, are as a claim says: the first is the one claimed about.
type Rule = fn(f64, f64, f64) -> bool;

/// Each claim of which both models were looked at.
pub(super) fn claims(rows: &[Row]) -> Vec<Claim> {
    let claim = |claim, paper, of: Model, beside: Model, rule: Rule| {
        let row = |model: Model| rows.iter().find(|row| row.model == model);
        let (of, beside) = (row(of)?, row(beside)?);
        let size = share(of.parameters, beside.parameters);
        let (score, other) = (mean(&of.score)?, mean(&beside.score)?);
        let words = (mean(&of.accuracy)?, mean(&beside.accuracy)?);
        let bare = |row: &Row| row.parameters - row.embeddings;
        let here = format!(
            "score {:.1} % beside {:.1} %, which is {:.1} % of it; masked words {:.1} % beside {:.1} %; {:.1} % of the \
             parameters, {:.1} % without embeddings",
            100.0 * score,
            100.0 * other,
            100.0 * score / other,
            100.0 * words.0,
            100.0 * words.1,
            100.0 * size,
            100.0 * share(bare(of), bare(beside)),
        );
        let seeds = of.score.iter().zip(&beside.score).filter(|(score, other)| rule(**score, **other, size)).count();
        Some(Claim { claim, paper, here, holds: rule(score, other, size), seeds })
    };
    [
        claim(
            "A distilled student has at least 95 % of its teacher's score, with at most 60 % of its parameters",
            "97 % with 60 % (DistilBERT, abstract and table 1: 77.0 and 79.5 on GLUE)",
            Model::Distilled,
            Model::Bert,
            |score, other, size| score >= KEPT * other && size <= STUDENT,
        ),
        claim(
            "Distilled, a student is better than alone",
            "3.0 points of GLUE are lost without the teacher's words, 3.7 without its layers (DistilBERT, table 4)",
            Model::Distilled,
            Model::Alone,
            |score, other, _| score > other,
        ),
        claim(
            "Shared layers lose a little: something, and at most 5 %",
            "80.1 with shared layers, 81.6 without, means of five tasks, with 13 % of the parameters (ALBERT, table 4)",
            Model::Albert,
            Model::Bert,
            |score, other, _| score < other && score >= LITTLE * other,
        ),
        claim(
            "RoBERTa's recipe is better than BERT's, on as many tokens",
            "89.0 and 86.6 on MNLI with BERT's data, in larger steps (RoBERTa, table 4)",
            Model::Roberta,
            Model::Bert,
            |score, other, _| score > other,
        ),
        claim(
            "RoBERTa's recipe is better than BERT's, with twice the steps on the same data",
            "longer training is better up to the end: 89.0, 89.3, 90.0 and 90.2 on MNLI, with more data too (RoBERTa, \
             table 4)",
            Model::RobertaLonger,
            Model::Bert,
            |score, other, _| score > other,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of as f64
}

#[cfg(test)]
mod tests {
    use super::{Claim, claims};
    use crate::repro::{measure::Row, models::Model};

    fn row(model: Model, parameters: usize, score: [f64; 3]) -> Row {
        Row { parameters, score: score.into(), accuracy: score.into(), ..Row::of(model) }
    }

    fn verdicts(rows: &[Row]) -> Vec<(bool, usize)> {
        claims(rows).iter().map(|Claim { holds, seeds, .. }| (*holds, *seeds)).collect()
    }

    #[test]
    fn a_student_is_judged_by_its_score_and_its_size() {
        let bert = row(Model::Bert, 1000, [0.8; 3]);
        let student = |parameters, score| verdicts(&[bert.clone(), row(Model::Distilled, parameters, score)]);
        assert_eq!(student(600, [0.76, 0.76, 0.8]), [(true, 3)]);
        assert_eq!(student(600, [0.75, 0.75, 0.8]), [(true, 1)]);
        assert_eq!(student(600, [0.75; 3]), [(false, 0)]);
        assert_eq!(student(601, [0.8; 3]), [(false, 0)]);
    }

    #[test]
    fn what_loses_nothing_does_not_lose_a_little_and_what_loses_much_neither() {
        let bert = row(Model::Bert, 1000, [0.8; 3]);
        let albert = |score| verdicts(&[bert.clone(), row(Model::Albert, 300, score)]);
        assert_eq!(albert([0.78; 3]), [(true, 3)]);
        assert_eq!(albert([0.8; 3]), [(false, 0)]);
        assert_eq!(albert([0.7, 0.7, 0.79]), [(false, 1)]);
    }

    #[test]
    fn to_be_better_is_to_have_the_higher_mean() {
        let all = Model::ALL.map(|model| row(model, 100, [if model == Model::Bert { 0.5 } else { 0.6 }, 0.5, 0.5]));
        let [_, alone, _, roberta, longer] = verdicts(&all)[..] else { panic!("{all:?}") };
        assert_eq!([alone, roberta, longer], [(false, 0), (true, 1), (true, 1)]);
    }
}
