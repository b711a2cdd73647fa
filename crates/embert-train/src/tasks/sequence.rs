//! A class, a number, or several classes for each sequence (BERT, section 4.1).

use std::marker::PhantomData;

use embert_core::{Backbone, FamilyConfig, Flops, ForSequenceClassification, Pass, ProblemType};
use embert_data::tasks::sequence::{SequenceFeatures, Targets};
use embert_objectives::losses::{binary_cross_entropy, cross_entropy, mean_squared_error};

use super::{Row, batch, highest, rows};
use crate::{
    error::Error,
    metrics::Metrics,
    objective::{Look, Objective, Part},
    pretraining::in_f32,
};

/// What a model is to say of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The id of one class.
    Class(u32),
    /// A number.
    Number(f32),
    /// Of each class, whether it holds.
    Classes(Vec<bool>),
}

/// The rows of a file with labels; none of one without.
pub fn sequence_rows(SequenceFeatures { encodings, targets }: SequenceFeatures) -> Vec<Row<Target>> {
    match targets {
        None => Vec::new(),
        Some(Targets::Classes(ids)) => rows(&encodings, ids.into_iter().map(|id| Target::Class(id.max(0) as u32))),
        Some(Targets::Numbers(numbers)) => rows(&encodings, numbers.into_iter().map(Target::Number)),
        Some(Targets::ManyHot(cells)) => {
            let classes = (cells.len() / encodings.lengths.len().max(1)).max(1);
            let holds = |cells: &[f32]| Target::Classes(cells.iter().map(|cell| *cell > 0.5).collect());
            rows(&encodings, cells.chunks(classes).map(holds))
        }
    }
}

/// To classify sequences, or to give each a number.
#[derive(Clone, Debug)]
pub struct SequenceTask<B> {
    problem: ProblemType,
    classes: usize,
    flops: Flops,
    backbone: PhantomData<fn() -> B>,
}

impl<B: Backbone> SequenceTask<B> {
    /// For models of `config`, whose `problem_type` says what their scores are; without one, one score is a number and
    /// several are classes of which one holds.
    pub fn new(config: &B::Config) -> Self {
        let labels = config.heads().labels;
        let by_number =
            if labels.num_labels == 1 { ProblemType::Regression } else { ProblemType::SingleLabelClassification };
        Self {
            problem: labels.problem_type.unwrap_or(by_number),
            classes: labels.num_labels,
            flops: Flops::of(config),
            backbone: PhantomData,
        }
    }

    /// What the model's scores are.
    pub fn problem(&self) -> ProblemType {
        self.problem
    }
}

fn class(target: &Target) -> Option<u32> {
    match target {
        Target::Class(id) => Some(*id),
        Target::Number(_) | Target::Classes(_) => None,
    }
}

/// The numbers that the scores of a row are compared with.
fn numbers(target: &Target) -> Vec<f32> {
    match target {
        Target::Class(_) => Vec::new(),
        Target::Number(number) => vec![*number],
        Target::Classes(classes) => classes.iter().map(|&holds| f32::from(u8::from(holds))).collect(),
    }
}

impl<B: Backbone> Objective for SequenceTask<B> {
    type Model = ForSequenceClassification<B>;
    type Example = Row<Target>;
    /// The scores.
    type Verdict = Vec<f32>;

    fn parts(&self) -> &[&'static str] {
        &["label"]
    }

    fn answers(&self, example: &Row<Target>) -> Vec<Vec<u32>> {
        vec![class(&example.target).into_iter().collect()]
    }

    fn counts(&self, _: &Row<Target>) -> Vec<usize> {
        vec![1]
    }

    fn look(&self, model: &Self::Model, examples: &[Row<Target>], pass: &mut Pass) -> Result<Look, Error> {
        let scores = in_f32(model.forward(&batch(examples)?, pass)?); // [rows, classes]
        let said = Some(scores.clone());
        let numbers = || examples.iter().flat_map(|row| numbers(&row.target)).collect::<Vec<f32>>();
        let part = match self.problem {
            ProblemType::SingleLabelClassification => {
                let ids: Vec<u32> = examples.iter().filter_map(|row| class(&row.target)).collect();
                Part::new(scores, |scores| cross_entropy(scores, &ids))?
            }
            ProblemType::Regression => Part::of(mean_squared_error(scores, &numbers())?),
            ProblemType::MultiLabelClassification => Part::of(binary_cross_entropy(scores, &numbers())?),
        };
        Ok(Look { parts: vec![part], said })
    }

    fn verdicts(&self, _: &[Row<Target>], said: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        said
    }

    fn judge(&self, examples: &[Row<Target>], verdicts: Vec<Vec<f32>>) -> Option<Metrics> {
        Some(match self.problem {
            ProblemType::SingleLabelClassification => {
                let predicted: Vec<u32> = verdicts.iter().map(|scores| highest(scores)).collect();
                let truth: Vec<u32> = examples.iter().filter_map(|row| class(&row.target)).collect();
                Metrics::of_classes(&predicted, &truth, self.classes)
            }
            ProblemType::Regression => {
                let truth: Vec<f32> = examples.iter().flat_map(|row| numbers(&row.target)).collect();
                Metrics::of_numbers(&verdicts.concat(), &truth)
            }
            ProblemType::MultiLabelClassification => {
                // A score above 0 is a probability above a half.
                let predicted: Vec<Vec<bool>> =
                    verdicts.iter().map(|scores| scores.iter().map(|score| *score > 0.0).collect()).collect();
                let truth =
                    examples.iter().map(|row| numbers(&row.target).iter().map(|number| *number > 0.5).collect());
                Metrics::of_labels(&predicted, &truth.collect::<Vec<Vec<bool>>>())
            }
        })
    }

    fn criterion(&self) -> Option<&'static str> {
        Some(match self.problem {
            ProblemType::SingleLabelClassification => "accuracy",
            ProblemType::Regression => "spearmanr",
            ProblemType::MultiLabelClassification => "f1",
        })
    }

    fn flops(&self, example: &Row<Target>) -> f64 {
        self.flops.of_sequence(example.ids.len(), 0)
    }
}
