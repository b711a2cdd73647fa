//! The BERT family in Rust: from a folder of text to a trained model that
//! Hugging Face opens, and from a Hugging Face directory to answers.
//!
//! This is the front door; the crates behind it are re-exported and can each
//! be used alone.
//!
//! | to do | here |
//! | --- | --- |
//! | a vector for each sentence | [`Embedder`] |
//! | which vectors are alike | [`Similarity`] |
//! | what a text is | [`Classifier`] |
//! | what the words of a text are | [`Tagger`] |
//! | where the answer to a question stands | [`Answerer`] |
//! | which of one's own labels a text has | [`ZeroShot`] |
//! | how well texts answer a query | [`Reranker`] |
//! | what these have in common, and how they are opened | [`Pipeline`], [`Builder`] |
//! | the files around a model that embeds sentences | [`SentencePipeline`] |
//! | a model by its name on the hub | [`find_pretrained`] |
//! | fill in `[MASK]` | [`FillMask`] |
//! | what each head looks at, as numbers and as a picture | [`AttentionMapper`] |
//! | many texts through a model, in order and in bounded memory | [`Schedule`] |
//! | Hugging Face's tensors in, its outputs out | [`forward`] |
//! | what is in a directory | [`inspect`] |
//! | other types, other files | [`convert`] |
//! | any model of the family | [`AutoModel`], [`AutoModelForMaskedLm`], … |
//! | train a model on text | [`pretrain`] |
//! | train a model for a task | [`finetune`](mod@finetune) |
//! | say how good a model is | [`evaluate`](fn@evaluate) |
//! | see it all work | [`quickstart`] |

pub mod attention;
mod auto;
mod config_keys;
mod convert;
mod device;
mod directory;
mod encode;
mod error;
mod evaluate;
pub mod finetune;
pub mod forward;
mod inspect;
mod open;
mod pipelines;
pub mod pretrain;
mod pretrained;
pub mod quickstart;
pub mod report;
pub mod run;
mod schedule;
mod sentence;
mod tasks;
#[cfg(feature = "remote")]
mod worker;

pub use auto::{
    AutoBackbone, AutoConfig, AutoEncoder, AutoModel, AutoModelForMaskedLm, AutoModelForMultipleChoice,
    AutoModelForNextSentencePrediction, AutoModelForPreTraining, AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification, AutoModelForTokenClassification,
};
pub use convert::{ConvertSettings, convert};
pub use device::{Backend, Chosen, DeviceChoice, Found, TOKEN_VARIABLE, message_of};
pub use directory::is_free;
pub use embert_core::Pooling;
pub use error::Error;
pub use evaluate::{Evaluated, Judged, evaluate, evaluate_masked_lm};
pub use inspect::{Inspection, Part, inspect};
pub use open::{RunOn, open};
pub use pipelines::{
    Aggregation, Answer, Answerer, Answering, Answers, AttentionMapper, AttentionMapping, Builder, Candidates,
    Classification, Classifier, Embedder, Embedding, Entity, Fill, FillMask, Filled, MaskFilling, Passage, Pipeline,
    Ranked, Reranker, Reranking, Scored, Stream, Tagger, Tagging, Task, ZeroShot, ZeroShotClassification,
};
pub use pretrained::{OnTransfer, Wanted, find_pretrained};
pub use schedule::{Schedule, Sequence, Text};
pub use sentence::{Nearest, SentencePipeline, Similarity};
pub use tasks::{Columns, TaskName};
#[cfg(feature = "remote")]
pub use worker::{check_door, serve};

pub use embert_albert as albert;
pub use embert_checkpoint as checkpoint;
pub use embert_core as core;
pub use embert_data as data;
pub use embert_distilbert as distilbert;
pub use embert_kernels as kernels;
pub use embert_objectives as objectives;
pub use embert_roberta as roberta;
pub use embert_tokenizer as tokenizer;
pub use embert_train as train;

/// The code of the README and of the book, compiled with the tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../../README.md")]
    struct Readme;

    #[doc = include_str!("../../../docs/src/coming-from.md")]
    struct ComingFrom;

    #[doc = include_str!("../../../docs/src/data.md")]
    struct Data;
}
