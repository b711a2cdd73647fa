//! A vector for each sentence.

use std::path::Path;

use embert_core::{Batch, FamilyConfig, Inference, Pass, Pooling, SentenceHead, SentenceModule};
use embert_tokenizer::Encodings;

use super::reader::{Numbered, ReadSettings, Reader, numbered};
use crate::{
    auto::AutoEncoder,
    encode::floats,
    error::Error,
    open::{RunOn, open},
    schedule::Sequence,
    sentence::SentencePipeline,
};

/// What to do otherwise than the model's directory says.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbedSettings {
    /// Pools so.
    pub pooling: Option<Pooling>,
    /// Leaves the vectors at the length that they have.
    pub no_normalize: bool,
    /// How texts are read.
    pub read: ReadSettings,
}

/// A model that gives a vector for each sentence, as sentence-transformers
/// does with the same directory.
#[derive(Debug)]
pub struct SentenceEmbedder {
    reader: Reader,
    encoder: Inference<AutoEncoder>,
    dimension: usize,
    pipeline: SentencePipeline,
}

impl SentenceEmbedder {
    /// Opens a sentence-transformers directory, or that of any model of the family: without
    /// `modules.json`, the mean of the tokens' vectors, normalised.
    ///
    /// # Errors
    /// Where a file cannot be read, or a module is not known.
    pub fn open(dir: &Path, settings: EmbedSettings, on: impl Into<RunOn>) -> Result<(Self, Vec<String>), Error> {
        let on = on.into();
        let mut pipeline = SentencePipeline::open(dir, &on.device)?;
        let pooling = settings.pooling.map_or_else(|| pipeline.head.pooling().to_vec(), |pooling| vec![pooling]);
        let is_kept =
            |module: &&SentenceModule| !(settings.no_normalize && matches!(module, SentenceModule::Normalize));
        let modules = pipeline.head.modules().iter().filter(is_kept).cloned().collect();
        pipeline.head = SentenceHead::new(pooling, modules);

        let (encoder, config, report) = open::<AutoEncoder>(&pipeline.transformer, &on)?;
        let mut reader = Reader::open(&pipeline.transformer, &config, settings.read)?;
        if let Some(max_length) = pipeline.max_length {
            reader.max_length = max_length.min(config.longest_sequence());
        }
        let dimension = pipeline
            .head
            .width(config.heads().hidden_size)
            .map_err(|error| Error::File { file: dir.join("modules.json"), message: error.to_string() })?;
        let embedder = Self { reader, encoder, dimension, pipeline };
        Ok((embedder, report.but_for_heads(config.family().layout).warnings()))
    }

    /// The length of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many texts so far were longer than the model reads, and were cut.
    pub fn cut(&self) -> usize {
        self.reader.cut()
    }

    /// A vector for each text, in the order of the texts.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn embed(&self, texts: &[impl AsRef<str> + Sync]) -> Result<Vec<Vec<f32>>, Error> {
        let mut vectors = Vec::with_capacity(texts.len());
        self.embed_each(texts.iter().map(Ok), |vector| {
            vectors.push(vector);
            Ok::<_, Error>(())
        })?;
        Ok(vectors)
    }

    /// Gives `sink` a vector for each text, in the order of the texts, as they come: of any number of texts, only some
    /// are in memory at a time (see [`Schedule`](crate::Schedule)).
    ///
    /// Not an iterator of vectors: the threads that read and compute ahead borrow the model and the texts, and so must
    /// have ended before the call has. To stop early, `sink` returns an error.
    ///
    /// # Errors
    /// The first of a text that cannot be read, one that cannot be encoded, and `sink`; the vectors of the texts before
    /// have been given then.
    pub fn embed_each<T: AsRef<str> + Send, E: From<Error> + Send>(
        &self,
        texts: impl IntoIterator<Item = Result<T, E>, IntoIter: Send>,
        sink: impl FnMut(Vec<f32>) -> Result<(), E>,
    ) -> Result<(), E> {
        let text = |text: Result<T, E>| text.map(|text| self.pipeline.text(text.as_ref()));
        let texts = numbered(texts.into_iter().map(text));
        self.reader.settings.schedule.run(texts, |text| self.row(&text), |batch, _| self.vectors(batch), sink)
    }

    fn row(&self, text: &Numbered) -> Result<Vec<Sequence<()>>, Error> {
        let Encodings { ids, type_ids, .. } = self.reader.row(text)?;
        Ok(vec![Sequence { ids, type_ids, about: () }])
    }

    fn vectors(&self, batch: &Batch) -> Result<Vec<Vec<f32>>, Error> {
        let hidden = self.encoder.forward(batch, &mut Pass::inference())?; // [tokens, hidden_size]
        let vectors = floats(self.pipeline.head.forward(hidden, batch))?; // [rows, dimension]
        Ok(vectors.chunks_exact(self.dimension).map(<[f32]>::to_vec).collect())
    }
}
