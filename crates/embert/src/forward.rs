//! Hugging Face's padded tensors in, its outputs out: what a program in
//! another language needs of a model.

use std::{path::Path, str::FromStr};

use burn::tensor::{Device, Tensor};
use embert_checkpoint::{NamedTensor, Pretrained, TensorFile, Values, from_pretrained};
use embert_core::{
    BertForMaskedLm, BertForNextSentencePrediction, BertForPreTraining, BertModel, Padded, PaddedInputs, Pass,
};
use embert_objectives::losses::labelled_cross_entropy;

use crate::{
    encode::{Architecture, floats, read_architecture},
    error::Error,
};

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `last_hidden_state`, `pooler_output`.
    Base,
    /// `logits` of each token over the vocabulary.
    MaskedLm,
    /// `logits` of each row: B follows A, or not.
    NextSentence,
    /// `prediction_logits` and `seq_relationship_logits`.
    PreTraining,
}

impl Task {
    /// Every task, by the name that `--task` has for it.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("base", Self::Base),
        ("masked-lm", Self::MaskedLm),
        ("next-sentence", Self::NextSentence),
        ("pretraining", Self::PreTraining),
    ];

    /// What the model in `dir` was saved for: the `architectures` of its
    /// config decide, without them the heads in its file, else `base`.
    ///
    /// # Errors
    /// Where the directory cannot be read, or holds a head that there is no
    /// task for.
    pub fn of(dir: &Path) -> Result<Self, Error> {
        let Architecture { architectures, .. } = read_architecture(dir)?;
        let known = [
            (BertModel::ARCHITECTURE, Self::Base),
            (BertForMaskedLm::ARCHITECTURE, Self::MaskedLm),
            (BertForNextSentencePrediction::ARCHITECTURE, Self::NextSentence),
            (BertForPreTraining::ARCHITECTURE, Self::PreTraining),
        ];
        if let Some(found) = architectures.iter().flatten().next() {
            return match known.into_iter().find(|(name, _)| name == found) {
                Some((_, task)) => Ok(task),
                None => Err(Error::File {
                    file: dir.join(embert_checkpoint::CONFIG_FILE),
                    message: format!(
                        "architectures is {found}; one of {} is expected",
                        known.map(|(name, _)| name).join(", ")
                    ),
                }),
            };
        }
        let names = TensorFile::open(&dir.join(embert_checkpoint::WEIGHTS_FILE))?.names();
        let has = |prefix: &str| names.iter().any(|name| name.starts_with(prefix));
        Ok(match (has("cls.predictions."), has("cls.seq_relationship.")) {
            (true, true) => Self::PreTraining,
            (true, false) => Self::MaskedLm,
            (false, true) => Self::NextSentence,
            (false, false) => Self::Base,
        })
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        named
            .map(|(_, task)| task)
            .ok_or_else(|| format!("{name:?} is no task; {} is expected", Self::NAMES.map(|(n, _)| n).join(", ")))
    }
}

/// What is wanted besides the task's own outputs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// `hidden_states.0` (the input of the first layer), `hidden_states.1`, …
    pub hidden_states: bool,
    /// `attentions.0`, …
    pub attentions: bool,
}

/// The outputs of a model, padded as its inputs were.
#[derive(Clone, Debug)]
pub struct Outputs {
    /// Under Hugging Face's names and with its shapes, f32; zero where the
    /// attention mask is 0.
    pub tensors: Vec<NamedTensor>,
    /// What a person should know of the checkpoint.
    pub warnings: Vec<String>,
}

/// The tensors that a task can use.
pub const INPUTS: [&str; 6] =
    ["input_ids", "attention_mask", "token_type_ids", "position_ids", "labels", "next_sentence_label"];

/// Opens the model in `dir` and runs it once over `inputs`, tensors under
/// Hugging Face's names: `input_ids`, and where given `attention_mask`,
/// `token_type_ids`, `position_ids`, `labels`, `next_sentence_label`. A tensor
/// that the task does not use is ignored.
///
/// # Errors
/// Where the model cannot be opened, or an input does not fit it.
pub fn forward(
    dir: &Path,
    task: Option<Task>,
    inputs: &[NamedTensor],
    extras: Extras,
    device: &Device,
) -> Result<Outputs, Error> {
    let task = task.map_or_else(|| Task::of(dir), Ok)?;
    read_architecture(dir)?;
    let inputs = Inputs::new(inputs)?;
    let mut pass = Pass::inference();
    if extras.hidden_states {
        pass = pass.keep_hidden_states();
    }
    if extras.attentions {
        pass = pass.keep_attentions();
    }

    let padded = inputs.ragged(matches!(task, Task::MaskedLm | Task::PreTraining))?;
    let mut out = Padder { inputs: &inputs, padded: &padded, tensors: Vec::new() };
    let report = match task {
        Task::Base => {
            let (model, _, report) = from_pretrained::<BertModel>(dir, device)?;
            let output = model.forward(&padded.batch, &mut pass)?;
            out.tokens("last_hidden_state", output.last_hidden_state)?;
            out.rows("pooler_output", output.pooler_output)?;
            report
        }
        Task::MaskedLm => {
            let (model, _, report) = from_pretrained::<BertForMaskedLm>(dir, device)?;
            let logits = model.forward(&padded.batch, None, &mut pass)?;
            if let Some(labels) = inputs.token_labels()? {
                out.loss(labelled_cross_entropy(logits.clone(), &out.of_tokens(labels))?)?;
            }
            out.tokens("logits", logits)?;
            report
        }
        Task::NextSentence => {
            let (model, _, report) = from_pretrained::<BertForNextSentencePrediction>(dir, device)?;
            let logits = model.forward(&padded.batch, &mut pass)?;
            let labels = match inputs.row_labels("next_sentence_label")? {
                None => inputs.row_labels("labels")?,
                labels => labels,
            };
            if let Some(labels) = labels {
                out.loss(labelled_cross_entropy(logits.clone(), labels)?)?;
            }
            out.rows("logits", logits)?;
            report
        }
        Task::PreTraining => {
            let (model, _, report) = from_pretrained::<BertForPreTraining>(dir, device)?;
            let output = model.forward(&padded.batch, None, &mut pass)?;
            let (words, sentences) = (output.prediction_logits, output.seq_relationship_logits);
            let labels = (inputs.token_labels()?, inputs.row_labels("next_sentence_label")?);
            if let (Some(tokens), Some(rows)) = labels {
                let words = labelled_cross_entropy(words.clone(), &out.of_tokens(tokens))?;
                let sentences = labelled_cross_entropy(sentences.clone(), rows)?;
                out.loss(words + sentences)?;
            }
            out.tokens("prediction_logits", words)?;
            out.rows("seq_relationship_logits", sentences)?;
            report
        }
    };
    for (layer, hidden) in pass.hidden_states().iter().enumerate() {
        out.tokens(&format!("hidden_states.{layer}"), hidden.clone())?;
    }
    for (layer, probabilities) in pass.attentions().iter().enumerate() {
        out.attention(&format!("attentions.{layer}"), probabilities.clone())?;
    }
    Ok(Outputs { tensors: out.tensors, warnings: report.warnings() })
}

/// The tensors that were given, looked up by name.
struct Inputs<'a> {
    tensors: &'a [NamedTensor],
    rows: usize,
    columns: usize,
}

impl<'a> Inputs<'a> {
    fn new(tensors: &'a [NamedTensor]) -> Result<Self, Error> {
        let ids = tensors.iter().find(|tensor| tensor.name == "input_ids");
        match ids.map(|ids| ids.shape.as_slice()) {
            Some(&[rows, columns]) => Ok(Self { tensors, rows, columns }),
            Some(shape) => Err(input_ids(format!("its shape is {shape:?}; [batch, seq] is expected"))),
            None => Err(input_ids("it is missing".into())),
        }
    }

    /// The integers of a tensor of the given shape.
    fn integers(&self, name: &str, shape: &[usize]) -> Result<Option<&'a [i64]>, Error> {
        let Some(tensor) = self.tensors.iter().find(|tensor| tensor.name == name) else {
            return Ok(None);
        };
        let wrong = |message| Err(Error::InputTensor { name: name.into(), message });
        match &tensor.values {
            Values::Int(values) if tensor.shape == shape => Ok(Some(values)),
            Values::Int(_) => wrong(format!("its shape is {:?}; {shape:?} is expected", tensor.shape)),
            Values::Float(_) => wrong("its type is float; int64 or int32 is expected".into()),
        }
    }

    fn of_tokens(&self, name: &str) -> Result<Option<&'a [i64]>, Error> {
        self.integers(name, &[self.rows, self.columns])
    }

    fn token_labels(&self) -> Result<Option<&'a [i64]>, Error> {
        self.of_tokens("labels")
    }

    /// One label a row; a `[batch, 1]` tensor has as many.
    fn row_labels(&self, name: &str) -> Result<Option<&'a [i64]>, Error> {
        let is_column = self.tensors.iter().any(|tensor| tensor.name == name && tensor.shape == [self.rows, 1]);
        if is_column { self.integers(name, &[self.rows, 1]) } else { self.integers(name, &[self.rows]) }
    }

    fn ragged(&self, labels_are_of_tokens: bool) -> Result<Padded, Error> {
        let input_ids = self.of_tokens("input_ids")?.unwrap_or_default();
        let token_labels = if labels_are_of_tokens { self.token_labels()? } else { None };
        let inputs = PaddedInputs {
            rows: self.rows,
            columns: self.columns,
            input_ids,
            attention_mask: self.of_tokens("attention_mask")?,
            token_type_ids: self.of_tokens("token_type_ids")?,
            position_ids: self.of_tokens("position_ids")?,
            token_labels,
        };
        Ok(inputs.to_ragged()?)
    }
}

fn input_ids(message: String) -> Error {
    Error::InputTensor { name: "input_ids".into(), message }
}

/// Lays what was computed back into the shape of the inputs.
struct Padder<'a> {
    inputs: &'a Inputs<'a>,
    padded: &'a Padded,
    tensors: Vec<NamedTensor>,
}

impl Padder<'_> {
    fn push(&mut self, name: &str, shape: Vec<usize>, values: Vec<f32>) {
        self.tensors.push(NamedTensor { name: name.into(), shape, values: Values::Float(values) });
    }

    fn loss(&mut self, loss: Tensor<1>) -> Result<(), Error> {
        let values = floats(loss)?;
        self.push("loss", vec![1], values);
        Ok(())
    }

    /// `[rows, width]`, as it is.
    fn rows(&mut self, name: &str, tensor: Tensor<2>) -> Result<(), Error> {
        let shape = tensor.dims().to_vec();
        let values = floats(tensor)?;
        self.push(name, shape, values);
        Ok(())
    }

    /// `[tokens, width]` to `[rows, columns, width]`.
    fn tokens(&mut self, name: &str, tensor: Tensor<2>) -> Result<(), Error> {
        let Inputs { rows, columns, .. } = *self.inputs;
        let [_, width] = tensor.dims();
        let mut values = vec![0.0; rows * columns * width];
        let packed = floats(tensor)?;
        let tokens = self.padded.cells.iter().zip(&self.padded.real);
        for ((&cell, &real), token) in tokens.zip(packed.chunks_exact(width)) {
            if real {
                values[cell * width..(cell + 1) * width].copy_from_slice(token);
            }
        }
        self.push(name, vec![rows, columns, width], values);
        Ok(())
    }

    /// `[rows, heads, longest, longest]`, over the tokens that were kept, to
    /// `[rows, heads, columns, columns]`.
    fn attention(&mut self, name: &str, probabilities: Tensor<4>) -> Result<(), Error> {
        let Inputs { rows, columns, .. } = *self.inputs;
        let [_, heads, longest, _] = probabilities.dims();
        let packed = floats(probabilities)?;
        let mut values = vec![0.0; rows * heads * columns * columns];
        let mut start = 0;
        for (row, &length) in self.padded.batch.lengths().iter().enumerate() {
            let tokens = start..start + length;
            start += length;
            let column = |token: usize| self.padded.cells[token] % columns;
            for head in 0..heads {
                for (i, query) in tokens.clone().enumerate().filter(|&(_, q)| self.padded.real[q]) {
                    let from = ((row * heads + head) * longest + i) * longest;
                    let to = ((row * heads + head) * columns + column(query)) * columns;
                    for (j, key) in tokens.clone().enumerate() {
                        values[to + column(key)] = packed[from + j];
                    }
                }
            }
        }
        self.push(name, vec![rows, heads, columns, columns], values);
        Ok(())
    }

    /// The labels of the tokens that were kept.
    fn of_tokens(&self, labels: &[i64]) -> Vec<i64> {
        self.padded.cells.iter().map(|&cell| labels[cell]).collect()
    }
}
