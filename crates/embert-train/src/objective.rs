//! What a model is trained to do.

use burn::{
    module::Module,
    tensor::{Int, Tensor},
};
use embert_core::Pass;
use embert_kernels::read_floats;

use crate::{accuracy::Accuracy, data::Tokens, error::Error, metrics::Metrics};

/// A loss on examples: a weighted sum of means, each over answers, or tokens, of its own.
///
/// The loop knows nothing else of a training. It looks at a batch in pieces and weighs a piece's means by the piece's
/// share of the batch's answers, so that the pieces' sum is the loss of the whole batch. A loss of which that is not so is
/// [indivisible](Objective::is_indivisible).
pub trait Objective: Sync {
    /// What learns.
    type Model: Module;
    /// What it learns from.
    type Example: Tokens + Clone + Send + Sync;
    /// What the model says of an example, to be judged together with all others'; `()` where nothing is.
    type Verdict: Send;

    /// The names of the loss's parts: `mlm`, `nsp`.
    fn parts(&self) -> &[&'static str];

    /// By what each part counts in the sum: alike, mostly.
    fn weights(&self) -> Vec<f64> {
        vec![1.0; self.parts().len()]
    }

    /// The right answers of an example, for each part; none for a part that asks no questions.
    fn answers(&self, example: &Self::Example) -> Vec<Vec<u32>>;

    /// What each part's mean is over, of an example: its answers, mostly.
    fn counts(&self, example: &Self::Example) -> Vec<usize> {
        self.answers(example).iter().map(Vec::len).collect()
    }

    /// Looks at some examples: a [`Part`] for each of [`Objective::parts`], and what verdicts are made of. All stays on the
    /// device.
    ///
    /// # Errors
    /// Where the examples do not fit the model.
    fn look(&self, model: &Self::Model, examples: &[Self::Example], pass: &mut Pass) -> Result<Look, Error>;

    /// What the model says of each of some examples, by the rows of their [`Look::said`].
    fn verdicts(&self, _examples: &[Self::Example], _said: Vec<Vec<f32>>) -> Vec<Self::Verdict> {
        Vec::new()
    }

    /// Whether an example's loss depends on the others of its batch, so that a batch is looked at in one piece.
    fn is_indivisible(&self) -> bool {
        false
    }

    /// How good the verdicts on held-out examples are, as the task counts it.
    fn judge(&self, _examples: &[Self::Example], _verdicts: Vec<Self::Verdict>) -> Option<Metrics> {
        None
    }

    /// The figure of [`Objective::judge`] by which the best model is chosen, the higher the better; without one it is the
    /// loss.
    fn criterion(&self) -> Option<&'static str> {
        None
    }

    /// Multiplications and additions of a forward pass over one example.
    fn flops(&self, example: &Self::Example) -> f64;
}

/// What one look at some examples gives.
#[derive(Clone, Debug)]
pub struct Look {
    /// The parts of the loss.
    pub parts: Vec<Part>,
    /// What [`Objective::verdicts`] are made of; None where none are.
    pub said: Option<Tensor<2>>,
}

impl Look {
    /// The rows of what was said, on the host; none where there is nothing.
    ///
    /// # Shapes
    /// - `said`: `[rows, columns]`
    /// - result: `rows` vectors of `columns` numbers
    ///
    /// # Errors
    /// Where the device does not give its values back.
    pub fn said_rows(said: Option<Tensor<2>>) -> Result<Vec<Vec<f32>>, Error> {
        let Some(said) = said else { return Ok(Vec::new()) };
        let [_, columns] = said.dims();
        Ok(read_floats(said)?.chunks(columns.max(1)).map(<[f32]>::to_vec).collect())
    }
}

impl From<Vec<Part>> for Look {
    fn from(parts: Vec<Part>) -> Self {
        Self { parts, said: None }
    }
}

/// One part of a loss, over some examples.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The mean over the answers, `[1]`; None where there is none.
    pub loss: Option<Tensor<1>>,
    /// What the model would answer, one for each answer, `[answers]`; None where no question has a right one.
    pub guesses: Option<Tensor<1, Int>>,
}

impl Part {
    /// A part that asks no question that has a right answer.
    ///
    /// # Shapes
    /// - `loss`: `[1]`, the mean
    pub fn of(loss: Tensor<1>) -> Self {
        Self { loss: Some(loss), guesses: None }
    }

    /// The part that `logits`, `[answers, classes]`, are the scores of; `loss` makes their mean.
    ///
    /// # Errors
    /// Where `loss` fails.
    pub fn new<E>(logits: Tensor<2>, loss: impl FnOnce(Tensor<2>) -> Result<Tensor<1>, E>) -> Result<Self, E> {
        if logits.dims()[0] == 0 {
            // A mean over no answers is no number.
            return Ok(Self::default());
        }
        let guesses = Accuracy::guesses(logits.clone().without_autodiff());
        Ok(Self { loss: Some(loss(logits)?), guesses: Some(guesses) })
    }
}
