//! What the members of the family have in common, as the heads see it.

use burn::{
    module::{Module, ModuleDisplay},
    tensor::Tensor,
};
use embert_checkpoint::{Layout, ModelConfig};
use embert_kernels::Activation;

use crate::{Batch, Embedding, Init, InputError, Labels, LayerSizes, Linear, Pass, Positions};

/// A model without a head: ids in, a vector for each token out.
///
/// Whatever implements this gets every head of the family:
/// [`ForMaskedLm<B>`](crate::ForMaskedLm) and the rest.
pub trait Backbone: Module + ModuleDisplay + Sync {
    /// Its config.
    type Config: FamilyConfig;

    /// The tables and blocks of `config`.
    fn new(config: &Self::Config, init: &Init) -> Self;

    /// The last hidden state: `[tokens, hidden_size]`.
    ///
    /// # Errors
    /// Where an id of the batch is not one of this model.
    fn forward(&self, batch: &Batch, pass: &mut Pass) -> Result<Tensor<2>, InputError>;

    /// The table that a tied masked-LM head reads backwards.
    fn word_embeddings(&self) -> &Embedding;

    /// The maps of its blocks, which a model that is only run has packed.
    fn linears_mut(&mut self) -> Vec<&mut Linear>;

    /// Begins as some layers of a teacher of the same family and widths: its own first has the parameters of the
    /// teacher's `layers[0]`, counted from 0, and so on. Embeddings are the teacher's.
    fn take(&mut self, teacher: &Self, layers: &[usize]);
}

/// What a [`Backbone`] of the fields `embeddings` and `encoder` does, besides being made.
#[macro_export]
macro_rules! embeddings_then_encoder {
    () => {
        fn forward(&self, batch: &$crate::Batch, pass: &mut $crate::Pass) -> Result<Tensor<2>, $crate::InputError> {
            let tokens = batch.tokens();
            let batch = self.embeddings.rounded(batch, pass);
            let embedded = self.embeddings.forward(&batch, pass)?; // [tokens, hidden_size]
            let hidden = self.encoder.forward(embedded, &batch, pass);
            Ok(if batch.tokens() == tokens { hidden } else { hidden.narrow(0, 0, tokens) })
        }

        fn word_embeddings(&self) -> &$crate::Embedding {
            self.embeddings.word_embeddings()
        }

        fn linears_mut(&mut self) -> Vec<&mut $crate::Linear> {
            self.encoder.linears_mut().collect()
        }

        fn take(&mut self, teacher: &Self, layers: &[usize]) {
            self.embeddings.take(&teacher.embeddings);
            self.encoder.take(&teacher.encoder, layers);
        }
    };
}

/// A config that a [`Backbone`] and the heads on it are built from.
pub trait FamilyConfig: ModelConfig {
    /// Its family.
    fn family(&self) -> &'static Family;

    /// The sizes and rates of every head that the family has.
    fn heads(&self) -> Heads;

    /// The blocks that a token passes through.
    fn layers(&self) -> Layers;

    /// The position of a token that is not given one.
    fn positions(&self) -> Positions;

    /// The tokens of the longest sequence.
    fn longest_sequence(&self) -> usize;
}

/// The blocks of a model.
#[derive(Clone, Copy, Debug)]
pub struct Layers {
    /// How many a token passes through, shared or not.
    pub count: usize,
    /// What each of them is.
    pub sizes: LayerSizes,
}

/// The names of a family in Hugging Face's files.
#[derive(Debug)]
pub struct Family {
    /// `model_type`: `bert`.
    pub model_type: &'static str,
    /// What the names in `architectures` begin with: `Bert`.
    pub class_prefix: &'static str,
    /// Where the parameters stand.
    pub layout: &'static Layout,
}

/// How the heads of a model are built: all that they need of its config.
#[derive(Clone, Debug)]
pub struct Heads {
    /// Width of the last hidden state.
    pub hidden_size: usize,
    /// Standard deviation of freshly drawn matrices.
    pub initializer_range: f64,
    /// The masked-LM head.
    pub masked_lm: MaskedLmSizes,
    /// The vector of a whole sequence; DistilBERT has none.
    pub pooler: Option<Summary>,
    /// The head that is pre-trained with pairs of sentences; only BERT (next
    /// sentence) and ALBERT (sentence order) have one.
    pub sentence_pair: Option<SentencePair>,
    /// What a sequence classifier reads.
    pub sequence: Summary,
    /// What multiple choice reads.
    pub choice: Summary,
    /// Dropout before the classifier of a sequence, and before a choice's score.
    pub sequence_dropout: f64,
    /// Dropout before the classifier of each token.
    pub token_dropout: f64,
    /// Dropout before the scores of where an answer starts and ends.
    pub question_answering_dropout: f64,
    /// The classes of sequences and of tokens.
    pub labels: Labels,
}

/// The sizes of a masked-LM head.
#[derive(Clone, Debug)]
pub struct MaskedLmSizes {
    /// Width of a word's vector: `hidden_size`, in ALBERT `embedding_size`.
    pub embedding_size: usize,
    /// Words.
    pub vocab_size: usize,
    /// Between the two maps.
    pub activation: Activation,
    /// Of the head's LayerNorm.
    pub layer_norm_eps: f64,
    /// Where the second map's matrix is.
    pub decoder: Decoder,
}

/// The matrix from a word's vector to the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoder {
    /// The word embedding itself: one parameter.
    Tied,
    /// Its own.
    Own,
    /// Its own, and the file has a bias besides the decoder's that nothing
    /// reads, as transformers' own BERT, RoBERTa and ALBERT have.
    OwnBesideUnusedBias,
}

impl Decoder {
    /// By `tie_word_embeddings`, where an untied file has the unused bias.
    pub fn of(tie_word_embeddings: bool) -> Self {
        if tie_word_embeddings { Self::Tied } else { Self::OwnBesideUnusedBias }
    }
}

/// A head that says what a pair of sentences is.
#[derive(Clone, Copy, Debug)]
pub struct SentencePair {
    /// What it is asked.
    pub question: PairQuestion,
    /// The answers that it can give.
    pub classes: usize,
    /// Dropout before the classifier.
    pub dropout: f64,
}

/// What is asked of a pair of sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairQuestion {
    /// Does B follow A (0), or is it a random sentence (1)? BERT, section 3.1.
    NextSentence,
    /// Are they in order (0), or swapped (1)? ALBERT, section 3.1.
    SentenceOrder,
}

/// How a sequence becomes one vector: from its first token's, through a map
/// and an activation.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// Dropout before the map.
    pub dropout: f64,
    /// After the map.
    pub activation: Activation,
}

impl Summary {
    /// BERT's pooler.
    pub const TANH: Self = Self { dropout: 0.0, activation: Activation::Tanh };
}
