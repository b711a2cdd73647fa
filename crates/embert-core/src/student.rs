//! A student that begins as some layers of its teacher (Sanh et al. 2019, section 3).

use std::{any::Any, collections::VecDeque};

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    tensor::Tensor,
};

use crate::{Backbone, Bert, Embedding, Embeddings, Encoder, ForMaskedLm};

/// `module` with the parameters of another that is built alike, whatever the two drop.
pub fn with_parameters_of<M: Module>(module: &M, other: &M) -> M {
    let mut parameters = Parameters::default();
    other.visit(&mut parameters);
    module.clone().map(&mut parameters)
}

/// Parameters in the order in which a module is gone through.
#[derive(Default)]
struct Parameters(VecDeque<Box<dyn Any>>);

impl ModuleVisitor for Parameters {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push_back(Box::new(param.val()));
    }
}

impl ModuleMapper for Parameters {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.0.pop_front().and_then(|value| value.downcast::<Tensor<D>>().ok()) {
            Some(value) if value.shape() == param.lazy_shape() => {
                let id = param.id;
                param.transform_for_load(*value, id)
            }
            _ => param,
        }
    }
}

impl Embeddings {
    /// Becomes the teacher's. Without segments of its own, it adds the teacher's first to every position, and gives a
    /// sequence of one segment the same vectors.
    pub fn take(&mut self, teacher: &Self) {
        self.word_embeddings = with_parameters_of(&self.word_embeddings, &teacher.word_embeddings);
        self.layer_norm = with_parameters_of(&self.layer_norm, &teacher.layer_norm);
        let positions = match (&mut self.token_type_embeddings, &teacher.token_type_embeddings) {
            (None, Some(segments)) => teacher.position_embeddings.plus_first_of(segments),
            (Some(own), Some(segments)) => {
                *own = with_parameters_of(own, segments);
                teacher.position_embeddings.clone()
            }
            (_, None) => teacher.position_embeddings.clone(),
        };
        self.position_embeddings = with_parameters_of(&self.position_embeddings, &positions);
    }
}

impl Embedding {
    fn plus_first_of(&self, other: &Self) -> Self {
        let first = other.weight.val().narrow(0, 0, 1); // [1, width]
        Self { weight: Param::from_tensor(self.weight.val() + first) }
    }
}

impl Encoder {
    /// Its layers become those of the teacher at these places, counted from 0.
    pub fn take(&mut self, teacher: &Self, layers: &[usize]) {
        for (own, &place) in self.layer.iter_mut().zip(layers) {
            if let Some(layer) = teacher.layer.get(place) {
                *own = with_parameters_of(own, layer);
            }
        }
    }
}

impl Bert {
    /// What a student of another family is made of.
    pub fn parts(&self) -> (&Embeddings, &Encoder) {
        (&self.embeddings, &self.encoder)
    }
}

impl<B: Backbone> ForMaskedLm<B> {
    /// Begins as some layers of a teacher with the same widths and words, as [`Backbone::take`] has it, under the
    /// teacher's head.
    pub fn take(&mut self, teacher: &Self, layers: &[usize]) {
        self.base.take(&teacher.base, layers);
        self.predictions = with_parameters_of(&self.predictions, &teacher.predictions);
    }
}
