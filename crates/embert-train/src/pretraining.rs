//! The objectives of pre-training, for any model of the family.

use std::marker::PhantomData;

use burn::tensor::{DType, Tensor};
use embert_core::{Backbone, Flops, ForMaskedLm, ForPreTraining, Pass};
use embert_data::Example;
use embert_objectives::losses::{SentencePair, cross_entropy};

use crate::{
    data::PreTrainingBatch,
    error::Error,
    objective::{Look, Objective, Part},
};

/// Masked words alone: RoBERTa's objective, and a DistilBERT's without its teacher.
#[derive(Clone, Copy, Debug)]
pub struct MaskedLm<B> {
    flops: Flops,
    backbone: PhantomData<fn() -> B>,
}

impl<B: Backbone> MaskedLm<B> {
    /// For models of `config`.
    pub fn new(config: &B::Config) -> Self {
        Self { flops: Flops::of(config), backbone: PhantomData }
    }
}

impl<B: Backbone> Objective for MaskedLm<B> {
    type Model = ForMaskedLm<B>;
    type Example = Example;
    type Verdict = ();

    fn parts(&self) -> &[&'static str] {
        &["mlm"]
    }

    fn answers(&self, example: &Example) -> Vec<Vec<u32>> {
        vec![example.masked.originals.clone()]
    }

    fn look(&self, model: &Self::Model, examples: &[Example], pass: &mut Pass) -> Result<Look, Error> {
        let PreTrainingBatch { batch, positions, originals, .. } = PreTrainingBatch::new(examples)?;
        let words = model.forward(&batch, Some(&positions), pass)?; // [masked, vocab_size]
        Ok(vec![Part::new(in_f32(words), |words| cross_entropy(words, &originals))?].into())
    }

    fn flops(&self, example: &Example) -> f64 {
        self.flops.of_sequence(example.ids.len(), example.masked.positions.len())
    }
}

/// Masked words and a question about the two segments: BERT's objective and ALBERT's.
#[derive(Clone, Copy, Debug)]
pub struct PreTraining<B> {
    masked_lm: MaskedLm<B>,
    parts: [&'static str; 2],
}

impl<B: Backbone> PreTraining<B> {
    /// For models of `config`, which are asked `question`.
    pub fn new(config: &B::Config, question: SentencePair) -> Self {
        Self { masked_lm: MaskedLm::new(config), parts: ["mlm", question.name()] }
    }
}

impl<B: Backbone> Objective for PreTraining<B> {
    type Model = ForPreTraining<B>;
    type Example = Example;
    type Verdict = ();

    fn parts(&self) -> &[&'static str] {
        &self.parts
    }

    fn answers(&self, example: &Example) -> Vec<Vec<u32>> {
        vec![example.masked.originals.clone(), example.sentence_pair_label.into_iter().collect()]
    }

    fn look(&self, model: &Self::Model, examples: &[Example], pass: &mut Pass) -> Result<Look, Error> {
        let PreTrainingBatch { batch, positions, originals, sentence_pair_labels } = PreTrainingBatch::new(examples)?;
        let output = model.forward(&batch, Some(&positions), pass)?;
        Ok(vec![
            Part::new(in_f32(output.prediction_logits), |words| cross_entropy(words, &originals))?,
            Part::new(in_f32(output.sentence_pair_logits), |pairs| cross_entropy(pairs, &sentence_pair_labels))?,
        ]
        .into())
    }

    fn flops(&self, example: &Example) -> f64 {
        self.masked_lm.flops(example)
    }
}

/// A loss is one of f32, whatever the model computes in.
pub(crate) fn in_f32(logits: Tensor<2>) -> Tensor<2> {
    logits.cast(DType::F32)
}
