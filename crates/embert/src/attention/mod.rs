//! What the heads of a model look at, and pictures of it (Vig 2019, "A Multiscale Visualization of Attention in the
//! Transformer Model").

mod html;
mod svg;

/// A token, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What of the text it is; the name of a special or unknown token, such as `[CLS]`; what the tokenizer has for a part of a
    /// character.
    pub text: String,
    /// 0 for the first text and 1 for the second.
    pub part: u32,
}

/// How much each token looks at each other one, in every head of every layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttentionMap {
    /// The tokens.
    pub pieces: Vec<Piece>,
    layers: usize,
    heads: usize,
    /// `[layers, heads, tokens, tokens]`
    weights: Vec<f32>,
}

impl AttentionMap {
    /// That of one row of a batch, of whose layers each has the `shape` `[rows, heads, longest, longest]`.
    pub(crate) fn of_row(pieces: Vec<Piece>, layers: &[Vec<f32>], shape: [usize; 4], row: usize) -> Self {
        let ([_, heads, longest, _], tokens) = (shape, pieces.len());
        let mut weights = Vec::with_capacity(layers.len() * heads * tokens * tokens);
        for layer in layers {
            for head in row * heads..(row + 1) * heads {
                for looking in 0..tokens {
                    let start = (head * longest + looking) * longest;
                    weights.extend_from_slice(layer.get(start..start + tokens).unwrap_or_default());
                }
            }
        }
        Self { pieces, layers: layers.len(), heads, weights }
    }

    /// How many layers the model has.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// How many heads a layer has.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// A head's attention, `[tokens, tokens]`: each row is a token that looks, and sums to 1. Layers and heads are counted
    /// from 0; where there is none of that number, nothing is looked at.
    pub fn of_head(&self, layer: usize, head: usize) -> &[f32] {
        if layer >= self.layers || head >= self.heads {
            return &[];
        }
        let length = self.pieces.len().pow(2);
        let start = (layer * self.heads + head) * length;
        self.weights.get(start..start + length).unwrap_or_default()
    }

    /// The weights of a head that are no less than `from`, as `(looking, looked at, weight)`.
    fn lines(&self, layer: usize, head: usize, from: f32) -> impl Iterator<Item = (usize, usize, f32)> {
        let tokens = self.pieces.len().max(1);
        let weights = self.of_head(layer, head).iter().enumerate();
        weights.filter(move |(_, weight)| **weight >= from).map(move |(at, &weight)| (at / tokens, at % tokens, weight))
    }

    /// A page with all heads, to be looked at in a browser: the tokens twice, with a line where one looks at another, for
    /// the heads that are chosen, and all heads in small. It needs no network.
    pub fn to_html(&self) -> String {
        html::page(self)
    }

    /// A picture of all heads in small, a layer a row.
    pub fn to_svg(&self) -> String {
        svg::overview(self)
    }

    /// A picture of heads of one layer over each other, each with a colour: the tokens twice, with a line where one looks at
    /// another. Heads that there are not, are not drawn.
    pub fn layer_to_svg(&self, layer: usize, heads: &[usize]) -> String {
        svg::layer(self, layer, heads)
    }
}
