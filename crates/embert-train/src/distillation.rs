//! What a student learns from its teacher (Sanh et al. 2019, section 2), for any two models of the family.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use embert_core::{Backbone, FamilyConfig, Flops, ForMaskedLm, Inference, Pass};
use embert_data::Example;
use embert_objectives::losses::{Distillation, LayerMap, Pupil};

use crate::{
    accuracy::Accuracy,
    data::PreTrainingBatch,
    error::Error,
    objective::{Look, Objective, Part},
    pretraining::in_f32,
    training::PASSES,
};

/// The triple loss: to say of each token what the teacher says, to find the masked words, and to have hidden states that
/// point where the teacher's do.
#[derive(Debug)]
pub struct Distil<B: Backbone> {
    loss: Distillation,
    layers: LayerMap,
    /// One on each device that a student is trained on.
    teachers: Vec<(Device, Inference<ForMaskedLm<B>>)>,
    parts: Vec<(&'static str, f64)>,
    names: Vec<&'static str>,
    student_flops: Flops,
    teacher_flops: Flops,
}

impl<B: Backbone> Distil<B> {
    /// For students of one config and a teacher of another, which is on every device that they are trained on. Both have
    /// the same words, and, where `loss` weighs hidden states, the same `hidden_size`.
    ///
    /// # Errors
    /// Where they have not, or no part of the loss has a weight.
    pub fn new(
        loss: Distillation,
        layers: LayerMap,
        student: &B::Config,
        teacher: &B::Config,
        teachers: Vec<(Device, Inference<ForMaskedLm<B>>)>,
    ) -> Result<Self, Error> {
        let wrong = |name, found: String, expected| Err(Error::Setting { name, found, expected });
        let words = |config: &B::Config| config.heads().masked_lm.vocab_size;
        if words(student) != words(teacher) {
            let expected = "as many as the teacher has";
            return wrong(
                "the student's vocabulary",
                format!("{} words (teacher: {})", words(student), words(teacher)),
                expected,
            );
        }
        let width = |config: &B::Config| config.layers().sizes.hidden_size;
        if loss.alpha_cos != 0.0 && width(student) != width(teacher) {
            let found = format!("{} (teacher: {})", width(student), width(teacher));
            return wrong(
                "the student's hidden_size",
                found,
                "the teacher's, or a weight of 0 for the cosine of hidden states",
            );
        }
        let all = [("ce", loss.alpha_ce), ("mlm", loss.alpha_mlm), ("mse", loss.alpha_mse), ("cos", loss.alpha_cos)];
        if let Some((_, found)) = all.iter().find(|(_, weight)| !(*weight >= 0.0 && weight.is_finite())) {
            return wrong("a weight of the loss", found.to_string(), "a number, 0 or more");
        }
        if !(loss.temperature > 0.0 && loss.temperature.is_finite()) {
            return wrong("the temperature", loss.temperature.to_string(), "a number above 0");
        }
        let parts: Vec<_> = all.into_iter().filter(|(_, weight)| *weight != 0.0).collect();
        if parts.is_empty() {
            return wrong("every weight of the loss", "0".into(), "one above 0");
        }
        Ok(Self {
            loss,
            layers,
            teachers,
            names: parts.iter().map(|(name, _)| *name).collect(),
            parts,
            student_flops: Flops::of(student),
            teacher_flops: Flops::of(teacher),
        })
    }

    /// The one beside the student.
    fn teacher(&self, student: &ForMaskedLm<B>) -> Result<&Inference<ForMaskedLm<B>>, Error> {
        let device = student.devices().into_iter().next().map(Device::inner);
        let beside = self.teachers.iter().find(|(there, _)| Some(there) == device.as_ref());
        let missing = || Error::Setting {
            name: "the student's device",
            found: format!("{device:?}"),
            expected: "one with a teacher",
        };
        beside.map(|(_, teacher)| teacher).ok_or_else(missing)
    }

    /// Whether student and teacher are compared at every token, and not only where words are masked.
    fn compares_all_tokens(&self) -> bool {
        !self.loss.restrict_ce_to_mask && (self.loss.alpha_ce != 0.0 || self.loss.alpha_mse != 0.0)
    }
}

impl<B: Backbone> Objective for Distil<B> {
    type Model = ForMaskedLm<B>;
    type Example = Example;
    type Verdict = ();

    fn parts(&self) -> &[&'static str] {
        &self.names
    }

    fn weights(&self) -> Vec<f64> {
        self.parts.iter().map(|(_, weight)| *weight).collect()
    }

    fn answers(&self, example: &Example) -> Vec<Vec<u32>> {
        let of = |name: &str| if name == "mlm" { example.masked.originals.clone() } else { Vec::new() };
        self.names.iter().map(|name| of(name)).collect()
    }

    fn counts(&self, example: &Example) -> Vec<usize> {
        let (tokens, masked) = (example.ids.len(), example.masked.originals.len());
        let of = |name: &str| match name {
            "cos" => tokens,
            "ce" | "mse" if self.compares_all_tokens() => tokens,
            _ => masked,
        };
        self.names.iter().map(|name| of(name)).collect()
    }

    fn look(&self, model: &Self::Model, examples: &[Example], pass: &mut Pass) -> Result<Look, Error> {
        let PreTrainingBatch { batch, mut positions, mut originals, .. } = PreTrainingBatch::new(examples)?;
        // Of a text without a mask no word is asked for; one stands in, and does not count.
        let is_asked = !positions.is_empty();
        if !is_asked {
            positions.push(0);
            originals.extend(examples.iter().flat_map(|example| &example.ids).take(1));
        }
        let teacher = self.teacher(model)?;
        let mut beside = Pass::inference().keep_hidden_states();
        *pass = std::mem::take(pass).keep_hidden_states();
        // Of all tokens, or of the masked ones, which are all rows then.
        let (asked, masked) = match self.compares_all_tokens() {
            true => (None, positions),
            false => (Some(&positions[..]), (0..originals.len() as u32).collect()),
        };
        let student_logits = in_f32(model.forward(&batch, asked, pass)?); // [rows, vocab_size]
        let teacher_logits = teacher.forward(&batch, asked, &mut beside)?;
        let guesses = Accuracy::guesses(at(student_logits.clone().without_autodiff(), &masked));
        let (own, theirs) = (pass.hidden_states(), beside.hidden_states());
        let pairs = self.layers.pairs(own.len().saturating_sub(1), theirs.len().saturating_sub(1));
        let hidden_states = pairs
            .into_iter()
            .filter_map(|(student, teacher)| Some((in_f32(own.get(student)?.clone()), theirs.get(teacher)?.clone())));
        let hidden_states = if self.loss.alpha_cos == 0.0 { Vec::new() } else { hidden_states.collect() };
        let pupil = Pupil { student_logits, teacher_logits, masked: &masked, originals: &originals, hidden_states };
        let loss = self.loss.loss(pupil)?;
        let part = |(name, loss): (&str, Tensor<1>)| {
            let counts = is_asked || name == "cos" || (self.compares_all_tokens() && name != "mlm");
            let guesses = (is_asked && name == "mlm").then(|| guesses.clone());
            Part { loss: counts.then_some(loss), guesses }
        };
        Ok(loss.parts.into_iter().map(part).collect::<Vec<_>>().into())
    }

    fn flops(&self, example: &Example) -> f64 {
        let tokens = example.ids.len();
        let asked = if self.compares_all_tokens() { tokens } else { example.masked.originals.len() };
        // A forward pass is counted with the way back, which a teacher does not go.
        self.student_flops.of_sequence(tokens, asked) + self.teacher_flops.of_sequence(tokens, asked) / PASSES
    }
}

/// Some rows of a matrix.
fn at(matrix: Tensor<2>, rows: &[u32]) -> Tensor<2> {
    let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    let device = matrix.device();
    matrix.select(0, Tensor::from_ints(rows.as_slice(), &device))
}
