//! Which of a person's own labels a text has, as a model of natural language inference sees it.
//!
//! For each label it is asked whether the text entails that it is so: `This example is {}.` (Yin et al. 2019,
//! "Benchmarking Zero-shot Text Classification", as transformers' pipeline does it).

use std::sync::Arc;

use embert_checkpoint::CONFIG_FILE;
use embert_core::{Batch, FamilyConfig, Inference, Pass};
use embert_tokenizer::{Encodings, Strategy};

use super::{
    builder::{Builder, Opening},
    classify::{Scored, in_order},
    pipeline::{Opened, Pipeline, Task},
    reader::{Numbered, Reader, at},
};
use crate::{
    auto::AutoModelForSequenceClassification,
    encode::floats,
    error::Error,
    schedule::{Sequence, Text},
};

/// Where the label goes in a template.
const PLACE: &str = "{}";

/// A model of natural language inference that says which of a person's own labels a text has.
///
/// Its answers are all labels that were asked for, those with the highest scores first.
///
/// ```no_run
/// use embert::ZeroShot;
///
/// let zero_shot = ZeroShot::from_pretrained("cross-encoder/nli-distilroberta-base")?;
/// let answers = zero_shot.classify(&["The cup was won in overtime."], &["sport", "politics"])?;
/// assert_eq!(answers[0][0].label, "sport");
/// # Ok::<(), embert::Error>(())
/// ```
pub type ZeroShot = Pipeline<ZeroShotClassification>;

/// Texts to labels that the model was not trained for: what a [`ZeroShot`] does.
#[derive(Debug)]
pub struct ZeroShotClassification {
    model: Inference<AutoModelForSequenceClassification>,
    /// The model's class that says that the second text follows from the first, and one that says that it does not.
    entailment: usize,
    contradiction: usize,
    options: ZeroShotOptions,
}

/// How labels are asked for.
#[derive(Debug)]
pub struct ZeroShotOptions {
    template: String,
    multi_label: bool,
}

impl Default for ZeroShotOptions {
    fn default() -> Self {
        Self { template: "This example is {}.".into(), multi_label: false }
    }
}

impl Builder<ZeroShotClassification> {
    /// The sentence that a text entails or does not, with `{}` where the label goes: `This example is {}.`, unless it is
    /// said.
    pub fn template(mut self, template: impl Into<String>) -> Self {
        self.options.template = template.into();
        self
    }

    /// Whether each label is scored by itself; else one of them applies, and their scores add up to 1.
    pub fn multi_label(mut self, multi_label: bool) -> Self {
        self.options.multi_label = multi_label;
        self
    }
}

/// A text, and the labels that it may have.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// The text.
    pub text: String,
    /// The labels.
    pub labels: Arc<[String]>,
}

impl Text for Candidates {
    /// Each label takes the text along.
    fn bytes(&self) -> usize {
        self.labels.iter().map(|label| self.text.len() + label.len()).sum()
    }
}

/// What the model says of a text and a label.
pub struct Judged {
    label: String,
    entailment: f32,
    contradiction: f32,
}

impl Task for ZeroShotClassification {
    type Options = ZeroShotOptions;
    type Input = Candidates;
    type Output = Vec<Scored>;
    type About = String;
    type Part = Judged;

    fn open(of: &Opening<'_>, options: ZeroShotOptions) -> Result<Opened<Self>, Error> {
        if options.template.matches(PLACE).count() != 1 {
            let message =
                format!("it is {:?}; a sentence with one {PLACE} for the label is expected", options.template);
            return Err(Error::Setting { key: "template".into(), message });
        }
        let (model, config, mut opened) = of.model()?;
        let (labels, count) = (config.class_names(), config.heads().labels.num_labels);
        if count < 2 {
            let message = "num_labels is 1; entailment and another are expected of a model of inference".into();
            return Err(Error::File { file: of.dir.join(CONFIG_FILE), message });
        }
        let named = labels.iter().position(|label| label.to_lowercase().starts_with("entail"));
        let entailment = named.unwrap_or(count - 1);
        if named.is_none() {
            let (found, last) = (labels.join(", "), labels.last().map(String::as_str).unwrap_or_default());
            opened.warnings.push(format!("none of the labels {found} is called entailment; {last} is taken for it"));
        }
        // As transformers has it, whatever the other labels are called.
        let contradiction = if entailment == 0 { count - 1 } else { 0 };
        Ok(opened.with(Self { model, entailment, contradiction, options }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<Candidates>) -> Result<Vec<Sequence<String>>, Error> {
        let Candidates { text, labels } = &of.input;
        if labels.is_empty() {
            let message = "there is none; one or more is expected".into();
            return Err(at(of.number, Error::Setting { key: "labels".into(), message }));
        }
        let mut is_any_cut = false;
        let row = |label: &String| {
            let hypothesis = self.options.template.replacen(PLACE, label, 1);
            let pair = (text.as_str(), hypothesis.as_str());
            let (Encodings { ids, type_ids, .. }, is_cut) = reader.row(of.number, pair, Strategy::OnlyFirst)?;
            is_any_cut |= is_cut;
            Ok(Sequence { ids, type_ids, about: label.clone() })
        };
        let rows = labels.iter().map(row).collect();
        reader.count_cut(is_any_cut);
        rows
    }

    fn compute(&self, batch: &Batch, labels: &[String]) -> Result<Vec<Judged>, Error> {
        let logits = self.model.forward(batch, &mut Pass::inference())?; // [rows, num_labels]
        let [_, count] = logits.dims();
        let logits = floats(logits)?;
        let judged = |(label, logits): (&String, &[f32])| Judged {
            label: label.clone(),
            entailment: logits.get(self.entailment).copied().unwrap_or_default(),
            contradiction: logits.get(self.contradiction).copied().unwrap_or_default(),
        };
        Ok(labels.iter().zip(logits.chunks_exact(count.max(1))).map(judged).collect())
    }

    fn output(&self, judged: Vec<Judged>) -> Vec<Scored> {
        let scores = if self.options.multi_label || judged.len() == 1 {
            judged.iter().map(|label| 1.0 / (1.0 + (label.contradiction - label.entailment).exp())).collect()
        } else {
            softmax(judged.iter().map(|label| label.entailment).collect())
        };
        let labels: Vec<String> = judged.into_iter().map(|label| label.label).collect();
        in_order(&labels, scores)
    }
}

impl Pipeline<ZeroShotClassification> {
    /// These labels for each text, those with the highest scores first.
    ///
    /// # Errors
    /// Where a text cannot be encoded, or a label leaves no room for it.
    pub fn classify(&self, texts: &[impl AsRef<str>], labels: &[impl AsRef<str>]) -> Result<Vec<Vec<Scored>>, Error> {
        let labels: Arc<[String]> = labels.iter().map(|label| label.as_ref().to_owned()).collect();
        let candidates =
            |text: &_| Candidates { text: AsRef::<str>::as_ref(text).to_owned(), labels: Arc::clone(&labels) };
        self.run(texts.iter().map(candidates))
    }
}

/// Probabilities that add up to 1.
fn softmax(mut scores: Vec<f32>) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
    let sum: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
    scores
}
