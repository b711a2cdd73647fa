//! A vector for each sentence.

use embert_core::{Batch, FamilyConfig, Inference, Pass, Pooling, SentenceHead, SentenceModule};

use super::{
    builder::{Builder, Opening},
    pipeline::{Opened, Pipeline, Task},
    reader::{Numbered, Reader},
};
use crate::{
    auto::AutoEncoder,
    encode::floats,
    error::Error,
    open::open,
    schedule::Sequence,
    sentence::{MODULES_FILE, SentencePipeline, Similarity},
};

/// A model that gives a vector for each sentence, as sentence-transformers does with the same directory: that of any
/// model of the family, too, of which it is the mean of the tokens' vectors, normalised.
///
/// ```no_run
/// use embert::Embedder;
///
/// let embedder = Embedder::from_pretrained("sentence-transformers/all-MiniLM-L6-v2")?;
/// let vectors = embedder.embed(&["a cat on a mat", "a dog on a log"])?;
/// assert_eq!(vectors.len(), 2);
/// # Ok::<(), embert::Error>(())
/// ```
pub type Embedder = Pipeline<Embedding>;

/// Sentences to vectors: what an [`Embedder`] does.
#[derive(Debug)]
pub struct Embedding {
    encoder: Inference<AutoEncoder>,
    dimension: usize,
    pipeline: SentencePipeline,
}

/// What is to be done otherwise than the model's directory says.
#[derive(Debug, Default)]
pub struct EmbeddingOptions {
    pooling: Option<Pooling>,
    normalize: Option<bool>,
    prompt: Option<Prompt>,
}

/// What goes before each text.
#[derive(Debug)]
enum Prompt {
    /// The directory's prompt of that name.
    Named(String),
    /// This.
    Text(String),
}

impl Builder<Embedding> {
    /// Pools so, and not as the directory says.
    pub fn pooling(mut self, pooling: Pooling) -> Self {
        self.options.pooling = Some(pooling);
        self
    }

    /// Whether vectors get length 1 in the end, and not what the directory says of it.
    pub fn normalize(mut self, normalize: bool) -> Self {
        self.options.normalize = Some(normalize);
        self
    }

    /// Puts this before each text: `"query: "`.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.options.prompt = Some(Prompt::Text(prompt.into()));
        self
    }

    /// Puts before each text what the directory calls so (`config_sentence_transformers.json`): `"query"`.
    pub fn prompt_name(mut self, name: impl Into<String>) -> Self {
        self.options.prompt = Some(Prompt::Named(name.into()));
        self
    }
}

impl Task for Embedding {
    type Options = EmbeddingOptions;
    type Input = String;
    type Output = Vec<f32>;
    type About = ();
    type Part = Vec<f32>;

    fn open(of: &Opening<'_>, options: EmbeddingOptions) -> Result<Opened<Self>, Error> {
        let mut pipeline = SentencePipeline::open(of.dir, &of.on.device)?;
        let pooling = options.pooling.map_or_else(|| pipeline.head.pooling().to_vec(), |pooling| vec![pooling]);
        let mut modules = pipeline.head.modules().to_vec();
        let is_normalize = |module: &SentenceModule| matches!(module, SentenceModule::Normalize);
        match options.normalize {
            Some(true) if !modules.last().is_some_and(is_normalize) => modules.push(SentenceModule::Normalize),
            Some(false) => modules.retain(|module| !is_normalize(module)),
            _ => {}
        }
        pipeline.head = SentenceHead::new(pooling, modules);
        match options.prompt {
            Some(Prompt::Named(name)) => pipeline.choose_prompt(name, of.dir)?,
            Some(Prompt::Text(text)) => pipeline.put_before(text),
            None => {}
        }
        pipeline.check_prompt(of.dir)?;
        let (encoder, config, report) = open::<AutoEncoder>(&pipeline.transformer, &of.on)?;
        let mut reader = Reader::open(&pipeline.transformer, &config, of.read)?;
        if let Some(max_length) = pipeline.max_length {
            reader.max_length = max_length.min(config.longest_sequence());
        }
        let dimension = pipeline
            .head
            .width(config.heads().hidden_size)
            .map_err(|error| Error::File { file: of.dir.join(MODULES_FILE), message: error.to_string() })?;
        let warnings = report.but_for_heads(config.family().layout).warnings();
        Ok(Opened { task: Self { encoder, dimension, pipeline }, reader, warnings })
    }

    fn rows(&self, reader: &Reader, of: Numbered<String>) -> Result<Vec<Sequence<()>>, Error> {
        reader.only_row(of.number, self.pipeline.text(&of.input))
    }

    fn compute(&self, batch: &Batch, _: &[()]) -> Result<Vec<Vec<f32>>, Error> {
        let hidden = self.encoder.forward(batch, &mut Pass::inference())?; // [tokens, hidden_size]
        let vectors = floats(self.pipeline.head.forward(hidden, batch))?; // [rows, dimension]
        Ok(vectors.chunks_exact(self.dimension).map(<[f32]>::to_vec).collect())
    }

    fn output(&self, parts: Vec<Vec<f32>>) -> Vec<f32> {
        parts.into_iter().next().unwrap_or_default()
    }
}

impl Pipeline<Embedding> {
    /// The length of a vector.
    pub fn dimension(&self) -> usize {
        self.task().dimension
    }

    /// How the directory says that vectors are compared; cosine where it does not.
    pub fn similarity(&self) -> Similarity {
        self.task().pipeline.similarity
    }

    /// A vector for each text, in the order of the texts.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn embed(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vec<f32>>, Error> {
        self.run(texts.iter().map(AsRef::as_ref))
    }
}
