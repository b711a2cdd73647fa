//! What one look at a batch gives: losses, right answers and, in training, gradients.

use burn::{
    module::Module,
    optim::{GradientsAccumulator, GradientsParams},
    tensor::{Device, Tensor},
};
use embert_core::Pass;

use crate::{
    accuracy::Accuracy,
    batches::{BatchSize, deal},
    data::pieces,
    error::Error,
    objective::{Look, Objective},
    precision::Precision,
    ranks::Ranks,
    score::{Score, Unread, UnreadPart, read_numbers},
    unread::PieceScores,
    workers::Workers,
};

/// What a piece adds to its batch.
struct Looked {
    /// Its share of the loss, `[1]`; None where it has no answers.
    loss: Option<Tensor<1>>,
    score: Unread,
    said: Option<Tensor<2>>,
}

/// How a batch is gone through.
pub(crate) struct Step<'a, O> {
    pub(crate) objective: &'a O,
    /// What a step looks at.
    pub(crate) batch: BatchSize,
    /// Tokens that are looked at together, about.
    pub(crate) piece_tokens: usize,
    pub(crate) precision: Precision,
    /// Whether what is cheap to compute is computed again on the way back.
    pub(crate) gradient_checkpointing: bool,
    pub(crate) workers: &'a Workers,
}

impl<O: Objective> Step<'_, O> {
    /// Looks at `examples` without training on them, and says what the model says of each.
    pub(crate) fn evaluate(
        &self,
        model: &O::Model,
        examples: Vec<O::Example>,
    ) -> Result<(Score, Vec<O::Verdict>), Error> {
        let of_all = self.counts(&examples);
        let model = self.precision.of_weights(model.clone());
        let pieces = self.pieces(examples).into_iter().map(|piece| (model.clone(), piece)).collect();
        let (mut score, mut verdicts) = (Score::default(), Vec::new());
        self.workers.fold_pieces(
            pieces,
            |(model, piece), device| {
                let model = model.to_device(device);
                let Looked { score, said, .. } = self.look(&of_all, &model, &piece, &mut Pass::inference())?;
                let mut numbers = read_numbers(score.numbers().collect())?;
                let said = Look::said_rows(said)?;
                Ok((score.score(&mut numbers), self.objective.verdicts(&piece, said)))
            },
            |(piece, said)| {
                score.add(piece);
                verdicts.extend(said);
            },
        )?;
        Ok((score, verdicts))
    }

    /// The gradients of the loss of `examples`, and the scores of its pieces, on the model's device. Each piece adds its
    /// share of the means, so that the pieces' sum is the whole batch's loss; what is dropped derives from `seed` and the
    /// piece's number.
    ///
    /// Of several ranks, each has some of the pieces; what it gives is of these alone.
    pub(crate) fn gradients(
        &self,
        model: &O::Model,
        examples: Vec<O::Example>,
        seed: u64,
        ranks: &dyn Ranks,
    ) -> Result<(GradientsParams, PieceScores), Error> {
        let of_all = self.counts(&examples);
        let compute = self.precision.of_weights(model.clone());
        let pieces = self.pieces(examples);
        let all = pieces.len();
        let own = (0..).zip(pieces).filter(|&(number, _)| ranks.has(number as usize, all));
        let pieces: Vec<_> = own.map(|(number, piece)| (compute.clone(), number, piece)).collect();
        let first = pieces.first().map_or(0, |&(_, number, _)| number as usize);
        let mut sum = GradientsAccumulator::new();
        let mut scores = Vec::new();
        let home = model.devices().into_iter().next();
        self.workers.fold_pieces(
            pieces,
            |(model, number, piece): (O::Model, u64, Vec<O::Example>), device| {
                // Each fork has a graph of its own: pieces that shared one would wait for each other.
                let model = model.train().fork(&self.autodiff(device));
                let Looked { loss, score, .. } =
                    self.look(&of_all, &model, &piece, &mut Pass::training(seed.wrapping_add(number)))?;
                let gradients = loss.map(|loss| GradientsParams::from_grads(loss.backward(), &model));
                let gradients = gradients.unwrap_or_default();
                Ok(match &home {
                    Some(home) if home != device => (gradients.to_device(home, &model), score.moved_to(home)),
                    _ => (gradients, score),
                })
            },
            |(gradients, score)| {
                sum.accumulate(model, self.precision.of_gradients(model, gradients));
                scores.push(score);
            },
        )?;
        Ok((sum.grads(), PieceScores { scores, first, all }))
    }

    /// What is looked at together: where a batch is not to be cut, that is one; of more examples, it is so many batches.
    fn pieces(&self, examples: Vec<O::Example>) -> Vec<Vec<O::Example>> {
        if self.objective.is_indivisible() { deal(examples, self.batch) } else { pieces(examples, self.piece_tokens) }
    }

    fn autodiff(&self, device: &Device) -> Device {
        let device = device.clone().autodiff();
        if self.gradient_checkpointing { device.gradient_checkpointing() } else { device }
    }

    /// What a batch's means are over, for each part.
    fn counts(&self, examples: &[O::Example]) -> Vec<usize> {
        let mut counts = vec![0; self.objective.parts().len()];
        for example in examples {
            for (count, of_example) in counts.iter_mut().zip(self.objective.counts(example)) {
                *count += of_example;
            }
        }
        counts
    }

    /// What `piece` adds to its batch.
    fn look(&self, of_all: &[usize], model: &O::Model, piece: &[O::Example], pass: &mut Pass) -> Result<Looked, Error> {
        let mut answers: Vec<Vec<u32>> = vec![Vec::new(); of_all.len()];
        for example in piece {
            for (all, some) in answers.iter_mut().zip(self.objective.answers(example)) {
                all.extend(some);
            }
        }
        let (weights, counts) = (self.objective.weights(), self.counts(piece));
        let mut score = Unread::default();
        let mut total: Option<Tensor<1>> = None;
        let Look { parts, said } = self.objective.look(model, piece, pass)?;
        for ((((part, answers), weight), count), of_all) in
            parts.into_iter().zip(answers).zip(weights).zip(counts).zip(of_all)
        {
            let Some(loss) = part.loss else {
                score.0.push(UnreadPart { weight, loss: None, right: None, all: 0 });
                continue;
            };
            let loss = loss * (count as f64 / *of_all as f64);
            let right = part.guesses.map(|guesses| Accuracy::right(&guesses, &answers));
            score.0.push(UnreadPart { weight, loss: Some(loss.clone().without_autodiff()), right, all: answers.len() });
            let loss = if weight == 1.0 { loss } else { loss * weight };
            total = Some(match total {
                Some(total) => total + loss,
                None => loss,
            });
        }
        Ok(Looked { loss: total, score, said })
    }
}
