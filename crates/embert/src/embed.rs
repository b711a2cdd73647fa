//! A vector for each sentence.

use std::{collections::BTreeMap, path::Path};

use embert_checkpoint::read_json;
use embert_core::{Batch, FamilyConfig, Inference, Pass};
use embert_tokenizer::{EncodeOptions, Tokenizer, Truncation};
use rayon::prelude::*;
use serde::Deserialize;

use crate::{
    auto::AutoEncoder,
    encode::floats,
    error::Error,
    open::{RunOn, open},
    schedule::{Schedule, Sequence},
    sentence_modules::{Pooling, SentenceModule, SentencePipeline},
};

/// What to do otherwise than the model's directory says.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbedSettings {
    /// Pools so.
    pub pooling: Option<Pooling>,
    /// Leaves the vectors at the length that they have.
    pub no_normalize: bool,
    /// Takes the texts in such portions.
    pub schedule: Schedule,
}

/// A model that gives a vector for each sentence, as sentence-transformers
/// does with the same directory.
#[derive(Debug)]
pub struct SentenceEmbedder {
    tokenizer: Tokenizer,
    encoder: Inference<AutoEncoder>,
    hidden_size: usize,
    dimension: usize,
    /// Goes before every text.
    prompt: String,
    modules: Vec<SentenceModule>,
    options: EncodeOptions,
    lower_case: bool,
    schedule: Schedule,
}

/// `sentence_bert_config.json`.
#[derive(Debug, Default, Deserialize)]
struct SentenceBertConfig {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

/// `config_sentence_transformers.json`.
#[derive(Debug, Default, Deserialize)]
struct SentenceTransformersConfig {
    #[serde(default)]
    prompts: BTreeMap<String, Option<String>>,
    default_prompt_name: Option<String>,
}

/// What sentence-transformers puts before every text that comes without a prompt of its own.
fn default_prompt(dir: &Path) -> Result<String, Error> {
    let file = dir.join("config_sentence_transformers.json");
    let config: SentenceTransformersConfig = if file.exists() { read_json(&file)? } else { Default::default() };
    match config.default_prompt_name {
        None => Ok(String::new()),
        Some(name) => config.prompts.get(&name).cloned().flatten().ok_or_else(|| Error::File {
            file,
            message: format!("default_prompt_name is {name:?}; one of the prompts is expected"),
        }),
    }
}

impl SentenceEmbedder {
    /// Opens a sentence-transformers directory, or that of any model of the family: without
    /// `modules.json`, the mean of the tokens' vectors, normalised.
    ///
    /// # Errors
    /// Where a file cannot be read, or a module is not known.
    pub fn open(dir: &Path, settings: EmbedSettings, on: impl Into<RunOn>) -> Result<(Self, Vec<String>), Error> {
        let on = on.into();
        let SentencePipeline { transformer, mut modules } = SentencePipeline::read(dir, &on.device)?;
        if let (Some(pooling), Some(SentenceModule::Pooling(ways))) = (settings.pooling, modules.first_mut()) {
            *ways = vec![pooling];
        }
        if settings.no_normalize {
            modules.retain(|module| !matches!(module, SentenceModule::Normalize));
        }

        let tokenizer = Tokenizer::from_dir(&transformer)?;
        let (encoder, config, report) = open::<AutoEncoder>(&transformer, &on)?;
        let hidden_size = config.heads().hidden_size;
        let file = transformer.join("sentence_bert_config.json");
        let limits: SentenceBertConfig = if file.exists() { read_json(&file)? } else { Default::default() };
        let positions = config.longest_sequence();
        let max_length = limits.max_seq_length.or(tokenizer.max_length()).unwrap_or(positions).min(positions);
        let modules_file = dir.join("modules.json");
        let dimension = modules
            .iter()
            .try_fold(hidden_size, |width, module| module.width(width))
            .map_err(|message| Error::File { file: modules_file, message })?;
        let embedder = Self {
            tokenizer,
            encoder,
            hidden_size,
            dimension,
            prompt: default_prompt(dir)?,
            modules,
            options: EncodeOptions { truncation: Some(Truncation::new(max_length)), ..EncodeOptions::default() },
            lower_case: limits.do_lower_case,
            schedule: settings.schedule,
        };
        Ok((embedder, report.but_for_heads(config.family().layout).warnings()))
    }

    /// The length of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
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
    /// are in memory at a time (see [`Schedule`]).
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
        self.schedule.run(texts, |text| self.row(text.as_ref()), |batch, _| self.vectors(batch), sink)
    }

    fn row(&self, text: &str) -> Result<Vec<Sequence<()>>, Error> {
        let text = format!("{}{text}", self.prompt);
        let text = if self.lower_case { text.to_lowercase() } else { text };
        let encodings = self.tokenizer.encode(&text, &self.options)?;
        Ok(vec![Sequence { ids: encodings.ids, type_ids: encodings.type_ids, about: () }])
    }

    fn vectors(&self, batch: &Batch) -> Result<Vec<Vec<f32>>, Error> {
        let hidden = floats(self.encoder.forward(batch, &mut Pass::inference())?)?; // [tokens, hidden_size]
        let mut vectors = Vec::new(); // [rows, width], the width as the last module gives it
        for module in &self.modules {
            match module {
                SentenceModule::Pooling(ways) => {
                    let mut rest = hidden.as_slice();
                    vectors.clear();
                    for &length in batch.lengths() {
                        let (sequence, after) = rest.split_at(length * self.hidden_size);
                        for way in ways {
                            way.pool(sequence, self.hidden_size, &mut vectors);
                        }
                        rest = after;
                    }
                }
                SentenceModule::Dense(dense) => vectors = dense.forward(vectors)?,
                SentenceModule::Normalize => {
                    let width = vectors.len() / batch.lengths().len();
                    vectors.chunks_exact_mut(width).for_each(normalize);
                }
            }
        }
        // In the memory of other threads: they outlive the batch, and would stand in the way of the next one's activations.
        Ok(vectors.par_chunks_exact(self.dimension).map(<[f32]>::to_vec).collect())
    }
}

/// To length 1, as `torch.nn.functional.normalize` does.
fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|value| *value /= length);
}
