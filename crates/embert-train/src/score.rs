//! What a model's looks at a batch come to: on the device until it is asked for, so that the next step need not wait.

use burn::tensor::{Device, Int, Tensor};
use embert_kernels::read_floats;
use serde::{Deserialize, Serialize};

use crate::{accuracy::Accuracy, error::Error};

/// The parts of a batch's loss, as means over all of it, and its right answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score(pub(crate) Vec<PartScore>);

/// Of one part of the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartScore {
    /// By what it counts in the sum.
    #[serde(default)]
    pub(crate) weight: f64,
    pub(crate) loss: f64,
    pub(crate) accuracy: Accuracy,
}

impl PartScore {
    /// The numbers that it is handed on as.
    pub(crate) const NUMBERS: usize = 3;

    pub(crate) fn to_numbers(self) -> [f32; Self::NUMBERS] {
        let Accuracy { right, all } = self.accuracy;
        [self.loss as f32, right as f32, all as f32]
    }

    pub(crate) fn of_numbers(weight: f64, numbers: &[f32]) -> Self {
        let number = |place: usize| numbers.get(place).copied().unwrap_or(f32::NAN);
        let accuracy = Accuracy { right: number(1) as usize, all: number(2) as usize };
        Self { weight, loss: number(0).into(), accuracy }
    }
}

impl Score {
    pub(crate) fn loss(&self) -> f64 {
        self.0.iter().map(|part| part.weight * part.loss).sum()
    }

    /// Adds what another piece of the same batch contributes.
    pub(crate) fn add(&mut self, other: Self) {
        self.0.resize(other.0.len(), PartScore::default());
        for (part, other) in self.0.iter_mut().zip(other.0) {
            part.weight = other.weight;
            part.loss += other.loss;
            part.accuracy.add(other.accuracy);
        }
    }
}

/// The score of a piece, on its device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread(pub(crate) Vec<UnreadPart>);

/// Of one part of the loss.
#[derive(Clone, Debug)]
pub(crate) struct UnreadPart {
    pub(crate) weight: f64,
    /// The piece's share of the batch's mean, `[1]`; None where it has no answers.
    pub(crate) loss: Option<Tensor<1>>,
    /// The right ones among its answers, `[1]`; None where there are none that could be.
    pub(crate) right: Option<Tensor<1, Int>>,
    /// Its answers.
    pub(crate) all: usize,
}

impl Unread {
    pub(crate) fn moved_to(self, device: &Device) -> Self {
        let moved = |part: UnreadPart| UnreadPart {
            loss: part.loss.map(|loss| loss.to_device(device)),
            right: part.right.map(|right| right.to_device(device)),
            ..part
        };
        Self(self.0.into_iter().map(moved).collect())
    }

    /// The numbers that it is to be read from.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = Tensor<1>> {
        let of = |part: &UnreadPart| part.loss.clone().into_iter().chain(part.right.clone().map(|right| right.float()));
        self.0.iter().flat_map(of)
    }

    /// The score, by its [numbers](Self::numbers), which come next.
    pub(crate) fn score(&self, numbers: &mut impl Iterator<Item = f32>) -> Score {
        let mut next = |is_there: bool| if is_there { numbers.next().unwrap_or(f32::NAN) } else { 0.0 };
        let of = |part: &UnreadPart| {
            let (loss, right) = (next(part.loss.is_some()), next(part.right.is_some()));
            PartScore {
                weight: part.weight,
                loss: loss.into(),
                accuracy: Accuracy { right: right as usize, all: part.all },
            }
        };
        Score(self.0.iter().map(of).collect())
    }
}

/// Numbers of one device, `[1]` each, in one read.
pub(crate) fn read_numbers(numbers: Vec<Tensor<1>>) -> Result<std::vec::IntoIter<f32>, Error> {
    let numbers = if numbers.is_empty() { Vec::new() } else { read_floats(Tensor::cat(numbers, 0))? };
    Ok(numbers.into_iter())
}
