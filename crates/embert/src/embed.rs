//! A vector for each sentence.

use std::{collections::BTreeMap, path::Path};

use burn::tensor::Device;
use embert_checkpoint::{from_pretrained, read_json};
use embert_core::{FamilyConfig, Pass};
use embert_tokenizer::{EncodeOptions, Input, Row, Tokenizer, Truncation};
use serde::Deserialize;

use crate::{
    auto::AutoEncoder,
    encode::{floats, to_batch},
    error::Error,
    sentence_modules::{Pooling, SentenceModule, SentencePipeline},
};

/// Tokens of one forward pass, each row counted as long as the longest. Enough to keep the cores busy, few enough to
/// stay in their caches.
const BATCH_TOKENS: usize = 4096;

/// What to do otherwise than the model's directory says.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbedSettings {
    /// Pools so.
    pub pooling: Option<Pooling>,
    /// Leaves the vectors at the length that they have.
    pub no_normalize: bool,
}

/// A model that gives a vector for each sentence, as sentence-transformers
/// does with the same directory.
#[derive(Debug)]
pub struct SentenceEmbedder {
    tokenizer: Tokenizer,
    encoder: AutoEncoder,
    hidden_size: usize,
    dimension: usize,
    /// Goes before every text.
    prompt: String,
    modules: Vec<SentenceModule>,
    options: EncodeOptions,
    lower_case: bool,
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
    pub fn open(dir: &Path, settings: EmbedSettings, device: &Device) -> Result<(Self, Vec<String>), Error> {
        let SentencePipeline { transformer, mut modules } = SentencePipeline::read(dir, device)?;
        if let (Some(pooling), Some(SentenceModule::Pooling(ways))) = (settings.pooling, modules.first_mut()) {
            *ways = vec![pooling];
        }
        if settings.no_normalize {
            modules.retain(|module| !matches!(module, SentenceModule::Normalize));
        }

        let tokenizer = Tokenizer::from_dir(&transformer)?;
        let (encoder, config, report) = from_pretrained::<AutoEncoder>(&transformer, device)?;
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
    pub fn embed(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vec<f32>>, Error> {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| {
                let text = format!("{}{}", self.prompt, text.as_ref());
                if self.lower_case { text.to_lowercase() } else { text }
            })
            .collect();
        let inputs: Vec<Input<'_>> = texts.iter().map(Input::from).collect();
        let encodings = self.tokenizer.encode_batch(&inputs, &self.options)?;
        let rows: Vec<Row<'_>> = encodings.rows().collect();

        // Rows of like length together: attention computes no more than it must.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| rows[row].ids.len());
        let mut vectors = vec![Vec::new(); rows.len()];
        let mut start = 0;
        while start < order.len() {
            // Each row is as long as those before it, or longer: as long as attention's rectangle is wide.
            let fits =
                |&(count, row): &(usize, &usize)| count == 0 || (count + 1) * rows[*row].ids.len() <= BATCH_TOKENS;
            let count = order[start..].iter().enumerate().take_while(fits).count();
            let batch = &order[start..start + count];
            start += count;
            let batch_rows: Vec<Row<'_>> = batch.iter().map(|&row| rows[row]).collect();
            for (&row, vector) in batch.iter().zip(self.embed_rows(&batch_rows)?) {
                vectors[row] = vector;
            }
        }
        Ok(vectors)
    }

    fn embed_rows(&self, rows: &[Row<'_>]) -> Result<Vec<Vec<f32>>, Error> {
        let batch = to_batch(rows)?;
        let hidden = floats(self.encoder.forward(&batch, &mut Pass::inference())?)?; // [tokens, hidden_size]
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
                    let width = vectors.len() / rows.len();
                    vectors.chunks_exact_mut(width).for_each(normalize);
                }
            }
        }
        Ok(vectors.chunks_exact(self.dimension).map(<[f32]>::to_vec).collect())
    }
}

/// To length 1, as `torch.nn.functional.normalize` does.
fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|value| *value /= length);
}
