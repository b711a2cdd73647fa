//! How well a text answers a query, of both read together: a cross-encoder (Nogueira and Cho 2019, "Passage Re-ranking
//! with BERT", as sentence-transformers' `CrossEncoder` does it).

use std::path::{Path, PathBuf};

use burn::tensor::activation::sigmoid;
use embert_checkpoint::{CONFIG_FILE, read_json};
use embert_core::{Batch, FamilyConfig, Inference, Pass};
use serde::{Deserialize, Serialize};

use super::{
    builder::Opening,
    pipeline::{Opened, Pipeline, Task},
    reader::{Numbered, Passage, Reader},
};
use crate::{
    auto::AutoModelForSequenceClassification,
    encode::floats,
    error::Error,
    schedule::Sequence,
    sentence::{MODULES_FILE, PROMPTS_FILE},
};

/// A model that says how well a text answers a query: one that classifies sequences, with one label.
///
/// What goes in is a query, and a text as its pair; what comes out is a score.
pub type Reranker = Pipeline<Reranking>;

/// Pairs to scores: what a [`Reranker`] does.
#[derive(Debug)]
pub struct Reranking {
    model: Inference<AutoModelForSequenceClassification>,
    is_probability: bool,
}

/// A text among those that were given, and how well it answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ranked {
    /// The how-many-th it was, from 0.
    pub index: usize,
    /// Higher is better.
    pub score: f32,
}

/// What sentence-transformers keeps of a cross-encoder in `config.json`.
#[derive(Deserialize)]
struct Keys {
    sentence_transformers: Option<Activation>,
    sbert_ce_default_activation_function: Option<String>,
}

/// The same, and what newer versions keep beside `modules.json`.
#[derive(Deserialize)]
struct Activation {
    activation_fn: Option<String>,
}

/// The class in PyTorch of what makes scores of logits, where the directory names one.
fn activation(dir: &Path) -> Result<(PathBuf, Option<String>), Error> {
    let (config, newer) = (dir.join(CONFIG_FILE), dir.join(PROMPTS_FILE));
    if dir.join(MODULES_FILE).exists() && newer.exists() {
        let Activation { activation_fn } = read_json(&newer)?;
        if activation_fn.is_some() {
            return Ok((newer, activation_fn));
        }
    }
    let Keys { sentence_transformers, sbert_ce_default_activation_function } = read_json(&config)?;
    let named = sentence_transformers.and_then(|keys| keys.activation_fn).or(sbert_ce_default_activation_function);
    Ok((config, named))
}

impl Task for Reranking {
    type Options = ();
    type Input = Passage;
    type Output = f32;
    type About = ();
    type Part = f32;

    fn open(of: &Opening<'_>, (): ()) -> Result<Opened<Self>, Error> {
        let (model, config, opened) = of.model()?;
        let wrong = |file, message| Err(Error::File { file, message });
        let labels = config.heads().labels.num_labels;
        if labels != 1 {
            let message = format!("num_labels is {labels}; 1 is expected of a model that ranks");
            return wrong(of.dir.join(CONFIG_FILE), message);
        }
        let (file, activation) = activation(of.dir)?;
        let is_probability = match activation.as_deref().map(|class| class.rsplit('.').next().unwrap_or_default()) {
            None | Some("Sigmoid") => true,
            Some("Identity") => false,
            Some(found) => return wrong(file, format!("its activation is {found}; Sigmoid or Identity is expected")),
        };
        Ok(opened.with(Self { model, is_probability }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<Passage>) -> Result<Vec<Sequence<()>>, Error> {
        let Passage { text, pair } = &of.input;
        reader.only_row(of.number, (text.as_str(), pair.as_deref().unwrap_or_default()))
    }

    fn compute(&self, batch: &Batch, _: &[()]) -> Result<Vec<f32>, Error> {
        let logits = self.model.forward(batch, &mut Pass::inference())?; // [rows, 1]
        floats(if self.is_probability { sigmoid(logits) } else { logits })
    }

    fn output(&self, parts: Vec<f32>) -> f32 {
        parts.into_iter().sum()
    }
}

impl Pipeline<Reranking> {
    /// How well the second text of each pair answers the first.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn score<Q: AsRef<str>, T: AsRef<str>>(&self, pairs: &[(Q, T)]) -> Result<Vec<f32>, Error> {
        self.run(pairs.iter().map(|(query, text)| (query.as_ref(), text.as_ref())))
    }

    /// The texts by how well they answer `query`, the best first.
    ///
    /// # Errors
    /// Where a text cannot be encoded.
    pub fn rank(&self, query: &str, texts: &[impl AsRef<str>]) -> Result<Vec<Ranked>, Error> {
        let scores = self.run(texts.iter().map(|text| (query, text.as_ref())))?;
        let mut ranked: Vec<Ranked> =
            scores.into_iter().enumerate().map(|(index, score)| Ranked { index, score }).collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(ranked)
    }
}
