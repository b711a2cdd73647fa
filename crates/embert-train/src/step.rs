//! What one look at a batch gives: losses, right answers and, in training, gradients.

use burn::{
    module::Module,
    optim::{GradientsAccumulator, GradientsParams},
    tensor::{Device, Tensor},
};
use embert_core::{BertForPreTraining, Pass};
use embert_data::Example;
use embert_objectives::losses::{SentencePair, pretraining};

use crate::{
    accuracy::Accuracy,
    data::{PreTrainingBatch, pieces},
    error::Error,
    workers::Workers,
};

/// The losses of a batch, as means over all of it, and its right answers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) masked_lm_loss: f64,
    pub(crate) next_sentence_loss: f64,
    pub(crate) masked_lm: Accuracy,
    pub(crate) next_sentence: Accuracy,
}

impl Score {
    pub(crate) fn loss(&self) -> f64 {
        self.masked_lm_loss + self.next_sentence_loss
    }

    /// Adds what another piece of the same batch contributes.
    pub(crate) fn add(&mut self, other: Self) {
        self.masked_lm_loss += other.masked_lm_loss;
        self.next_sentence_loss += other.next_sentence_loss;
        self.masked_lm.add(other.masked_lm);
        self.next_sentence.add(other.next_sentence);
    }
}

/// Looks at `examples` in pieces of about `piece_tokens` tokens, without training on them.
pub(crate) fn evaluate(
    model: &BertForPreTraining,
    examples: Vec<Example>,
    piece_tokens: usize,
    workers: &Workers,
) -> Result<Score, Error> {
    let shares = Shares::of(&examples);
    let pieces = pieces(examples, piece_tokens).into_iter().map(|piece| (model.clone(), piece)).collect();
    let mut score = Score::default();
    for piece in workers.map(pieces, |(model, piece)| shares.look(&model, &piece, &mut Pass::inference())) {
        score.add(piece?.1);
    }
    Ok(score)
}

/// The gradients of the loss of `examples`, looked at in pieces of about `piece_tokens` tokens. Each piece adds its
/// share of the means, so that the pieces' sum is the whole batch's loss; what is dropped derives from `seed` and the
/// piece's number.
pub(crate) fn gradients(
    model: &BertForPreTraining,
    examples: Vec<Example>,
    piece_tokens: usize,
    workers: &Workers,
    device: &Device,
    seed: u64,
) -> Result<(GradientsParams, Score), Error> {
    let shares = Shares::of(&examples);
    // Each fork has a graph of its own: pieces that shared one would wait for each other.
    let fork = |(number, piece)| (model.clone().fork(device), seed.wrapping_add(number), piece);
    let pieces = (0..).zip(pieces(examples, piece_tokens)).map(fork).collect();
    let learn = |(model, seed, piece): (BertForPreTraining, u64, Vec<Example>)| -> Result<_, Error> {
        let (loss, score) = shares.look(&model, &piece, &mut Pass::training(seed))?;
        Ok((GradientsParams::from_grads(loss.backward(), &model), score))
    };
    let mut sum = GradientsAccumulator::new();
    let mut score = Score::default();
    for piece in workers.map(pieces, learn) {
        let (gradients, piece) = piece?;
        sum.accumulate(model, gradients);
        score.add(piece);
    }
    Ok((sum.grads(), score))
}

/// What a batch's means are over.
#[derive(Clone, Copy, Debug)]
struct Shares {
    masked: usize,
    sequences: usize,
}

impl Shares {
    fn of(examples: &[Example]) -> Self {
        Self { masked: examples.iter().map(|example| example.masked.positions.len()).sum(), sequences: examples.len() }
    }

    /// The loss that `piece` adds to its batch's, `[1]`.
    fn look(self, model: &BertForPreTraining, piece: &[Example], pass: &mut Pass) -> Result<(Tensor<1>, Score), Error> {
        let PreTrainingBatch { batch, positions, originals, sentence_pair_labels } = PreTrainingBatch::new(piece)?;
        let output = model.forward(&batch, Some(&positions), pass)?;
        let (words, sentences) = (output.prediction_logits, output.sentence_pair_logits);
        let mut score = Score {
            masked_lm: Accuracy::of(words.clone().without_autodiff(), &originals)?,
            next_sentence: Accuracy::of(sentences.clone().without_autodiff(), &sentence_pair_labels)?,
            ..Score::default()
        };
        let question = SentencePair::NextSentence;
        let loss = pretraining(words, &originals, question, sentences, &sentence_pair_labels)?;
        let mut total: Option<Tensor<1>> = None;
        for (name, part) in loss.parts {
            let (units, of_all, told) = if name == question.name() {
                (piece.len(), self.sequences, &mut score.next_sentence_loss)
            } else {
                (originals.len(), self.masked, &mut score.masked_lm_loss)
            };
            // A mean over no words is no number.
            if units == 0 {
                continue;
            }
            let part = part * (units as f64 / of_all as f64);
            *told = scalar(&part)?;
            total = Some(match total {
                Some(total) => total + part,
                None => part,
            });
        }
        let loss = total.unwrap_or_else(|| loss.total.zeros_like());
        Ok((loss, score))
    }
}

pub(crate) fn scalar(tensor: &Tensor<1>) -> Result<f64, Error> {
    Ok(f64::from(tensor.clone().try_into_scalar::<f32>()?))
}
