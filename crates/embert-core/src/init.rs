//! Initial weights.

use std::cell::Cell;

use burn::{
    module::{Param, ParamId},
    tensor::{Device, Shape, Tensor, TensorData},
};
use embert_kernels::mix;
use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Makes the parameters of a model, one after another.
///
/// A parameter's first values depend on the seed and on its place in that
/// order, and on nothing else: not on the device, the threads or a global
/// generator. They are drawn when the parameter is first used, so a parameter
/// that a checkpoint fills is never drawn.
pub struct Init {
    device: Device,
    seed: u64,
    standard_deviation: f64,
    made: Cell<u64>,
}

impl Init {
    /// Parameters on `device`; matrices are drawn with `initializer_range` as
    /// their standard deviation.
    pub fn new(device: &Device, seed: u64, initializer_range: f64) -> Self {
        Self { device: device.clone(), seed, standard_deviation: initializer_range, made: Cell::new(0) }
    }

    /// Normal values cut off at two standard deviations, as BERT's code draws
    /// its matrices (`tf.truncated_normal_initializer`).
    pub(crate) fn matrix(&self, shape: [usize; 2]) -> Param<Tensor<2>> {
        let made = self.made.replace(self.made.get() + 1);
        let (seed, standard_deviation) = (mix(self.seed, made), self.standard_deviation);
        self.parameter(shape, true, move || {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let draw = |_| truncated_normal(&mut random, standard_deviation) as f32;
            (0..shape[0] * shape[1]).map(draw).collect()
        })
    }

    pub(crate) fn zeros(&self, length: usize) -> Param<Tensor<1>> {
        self.parameter([length], true, move || vec![0.0; length])
    }

    pub(crate) fn ones(&self, length: usize) -> Param<Tensor<1>> {
        self.parameter([length], true, move || vec![1.0; length])
    }

    /// Values that training does not move.
    pub(crate) fn fixed(
        &self,
        shape: [usize; 2],
        values: impl Fn() -> Vec<f32> + Send + Sync + 'static,
    ) -> Param<Tensor<2>> {
        self.parameter(shape, false, values)
    }

    fn parameter<const D: usize>(
        &self,
        shape: [usize; D],
        is_trained: bool,
        values: impl Fn() -> Vec<f32> + Send + Sync + 'static,
    ) -> Param<Tensor<D>> {
        let fill = move |device: &Device, require_grad| {
            Tensor::from_data(TensorData::new(values(), shape), device).set_require_grad(require_grad)
        };
        Param::uninitialized(ParamId::new(), fill, self.device.clone(), is_trained, Shape::from(shape))
    }
}

fn truncated_normal(random: &mut impl Rng, standard_deviation: f64) -> f64 {
    loop {
        let value: f64 = random.sample(StandardNormal);
        if value.abs() <= 2.0 {
            return value * standard_deviation;
        }
    }
}
