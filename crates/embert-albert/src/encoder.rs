//! One group of layers, run again and again (ALBERT, section 3.1).

use burn::{module::Module, tensor::Tensor};
use embert_core::{Batch, EncoderLayer, Init, LayerSizes, Linear, Pass, run_layers, with_parameters_of};

use crate::config::AlbertConfig;

/// The projection to `hidden_size`, then the groups.
#[derive(Module, Debug)]
pub struct AlbertEncoder {
    projection: Linear,
    group: Vec<LayerGroup>,
    num_hidden_layers: usize,
}

/// Layers that are run together; the published models have one.
#[derive(Module, Debug)]
pub struct LayerGroup {
    layer: Vec<EncoderLayer>,
}

impl AlbertEncoder {
    /// The groups of `config`.
    pub fn new(config: &AlbertConfig, init: &Init) -> Self {
        // As in transformers, the feed-forward network drops nothing.
        let sizes = LayerSizes { feed_forward_dropout: 0.0, ..config.layer_sizes() };
        let layer = |_| EncoderLayer::new(&sizes, init);
        let group = |_| LayerGroup { layer: (0..config.inner_group_num).map(layer).collect() };
        Self {
            projection: Linear::new(config.embedding_size, config.hidden_size, init),
            group: (0..config.num_hidden_groups).map(group).collect(),
            num_hidden_layers: config.num_hidden_layers,
        }
    }

    /// # Shapes
    /// - `embedded`: the batch's embeddings, `[tokens, embedding_size]`
    /// - result: `[tokens, hidden_size]`
    pub fn forward(&self, embedded: Tensor<2>, batch: &Batch, pass: &mut Pass) -> Tensor<2> {
        let hidden = self.projection.forward(embedded); // [tokens, hidden_size]
        // As transformers rounds it, where the groups do not divide the layers.
        let layers_of_a_group = self.num_hidden_layers as f64 / self.group.len() as f64;
        let group = |layer: usize| &self.group[(layer as f64 / layers_of_a_group) as usize].layer;
        run_layers((0..self.num_hidden_layers).flat_map(group), hidden, batch, pass)
    }

    /// Becomes the teacher's: layers that are shared are taken all or not at all, however many times each runs.
    pub fn take(&mut self, teacher: &Self, _layers: &[usize]) {
        *self = with_parameters_of(self, teacher);
    }

    /// The projection, and the maps of all groups.
    pub fn linears_mut(&mut self) -> impl Iterator<Item = &mut Linear> {
        let layers = self.group.iter_mut().flat_map(|group| &mut group.layer);
        std::iter::once(&mut self.projection).chain(layers.flat_map(EncoderLayer::linears_mut))
    }
}
