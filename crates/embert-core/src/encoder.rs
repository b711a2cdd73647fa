//! The stack of blocks.

use burn::{module::Module, tensor::Tensor};
use embert_kernels::AttentionPlan;

use crate::{Batch, EncoderLayer, Init, LayerSizes, Linear, Pass};

/// `num_hidden_layers` blocks, one after another.
#[derive(Module, Debug)]
pub struct Encoder {
    pub(crate) layer: Vec<EncoderLayer>,
}

impl Encoder {
    /// That many blocks of those sizes.
    pub fn new(num_hidden_layers: usize, sizes: &LayerSizes, init: &Init) -> Self {
        Self { layer: (0..num_hidden_layers).map(|_| EncoderLayer::new(sizes, init)).collect() }
    }

    /// # Shapes
    /// - `hidden`: the batch's embeddings, `[tokens, hidden_size]`
    /// - result: `[tokens, hidden_size]`
    pub fn forward(&self, hidden: Tensor<2>, batch: &Batch, pass: &mut Pass) -> Tensor<2> {
        run_layers(&self.layer, hidden, batch, pass)
    }

    /// The maps of all blocks.
    pub fn linears_mut(&mut self) -> impl Iterator<Item = &mut Linear> {
        self.layer.iter_mut().flat_map(EncoderLayer::linears_mut)
    }
}

/// One block after another, whatever of them are the same.
///
/// # Shapes
/// - `hidden`: the batch's embeddings, `[tokens, hidden_size]`
/// - result: `[tokens, hidden_size]`
pub fn run_layers<'a>(
    layers: impl IntoIterator<Item = &'a EncoderLayer>,
    hidden: Tensor<2>,
    batch: &Batch,
    pass: &mut Pass,
) -> Tensor<2> {
    let plan = AttentionPlan::new(&batch.lengths, &batch.visible, &hidden.device().inner());
    pass.saw_hidden_state(&hidden);
    layers.into_iter().fold(hidden, |hidden, layer| {
        let hidden = layer.forward(hidden, &plan, pass);
        pass.saw_hidden_state(&hidden);
        hidden
    })
}
