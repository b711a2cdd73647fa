//! Hugging Face's padded tensors in, its outputs out: what a program in
//! another language needs of a model.

mod inputs;
mod outputs;
mod task;

use std::path::Path;

use burn::tensor::Tensor;
use embert_checkpoint::{CONFIG_FILE, LoadReport, NamedTensor, Pretrained, read_config};
use embert_core::{FamilyConfig, ForInference, Inference, Labels, PairQuestion, Pass, ProblemType};
use embert_objectives::losses::{answer_span, binary_cross_entropy, labelled_cross_entropy, mean_squared_error};

pub use inputs::INPUTS;
use inputs::Inputs;
use outputs::Padder;
pub use task::Task;
pub(crate) use task::any_task;

use crate::{
    auto::{
        AutoConfig, AutoModel, AutoModelForMaskedLm, AutoModelForMultipleChoice, AutoModelForNextSentencePrediction,
        AutoModelForPreTraining, AutoModelForQuestionAnswering, AutoModelForSequenceClassification,
        AutoModelForTokenClassification,
    },
    error::Error,
    open::{RunOn, open},
};

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

/// Opens the model in `dir` and runs it once over `inputs`, those of
/// [`INPUTS`] that are given, under Hugging Face's names. A tensor that the
/// task does not use is ignored.
///
/// # Errors
/// Where the model cannot be opened, or an input does not fit it.
pub fn forward(
    dir: &Path,
    task: Option<Task>,
    inputs: &[NamedTensor],
    extras: Extras,
    on: &RunOn,
) -> Result<Outputs, Error> {
    let task = task.map_or_else(|| Task::of(dir), Ok)?;
    let config: AutoConfig = read_config(&dir.join(CONFIG_FILE))?;
    let inputs = Inputs::new(task, inputs)?;
    let mut pass = Pass::inference();
    if extras.hidden_states {
        pass = pass.keep_hidden_states();
    }
    if extras.attentions {
        pass = pass.keep_attentions();
    }

    let has_segments = !matches!(config, AutoConfig::DistilBert(_));
    let padded = inputs.ragged(task, config.positions(), has_segments)?;
    let mut run = Run { dir, on, config, pass, out: Padder::new(&inputs, &padded), inputs: &inputs };
    let report = match task {
        Task::Base => run.base(),
        Task::MaskedLm => run.masked_lm(),
        Task::NextSentence => run.next_sentence(),
        Task::PreTraining => run.pre_training(),
        Task::SequenceClassification => run.sequence_classification(),
        Task::TokenClassification => run.token_classification(),
        Task::QuestionAnswering => run.question_answering(),
        Task::MultipleChoice => run.multiple_choice(),
    }?;
    let Run { pass, mut out, .. } = run;
    for (layer, hidden) in pass.hidden_states().iter().enumerate() {
        out.tokens(&format!("hidden_states.{layer}"), hidden.clone())?;
    }
    for (layer, probabilities) in pass.attentions().iter().enumerate() {
        out.attention(&format!("attentions.{layer}"), probabilities.clone())?;
    }
    Ok(Outputs { tensors: out.tensors, warnings: report.warnings() })
}

/// One model, run once.
struct Run<'a> {
    dir: &'a Path,
    on: &'a RunOn,
    config: AutoConfig,
    inputs: &'a Inputs<'a>,
    pass: Pass,
    out: Padder<'a>,
}

impl Run<'_> {
    fn open<M: Pretrained + ForInference>(&self) -> Result<(Inference<M>, LoadReport), Error> {
        let (model, _, report) = open::<M>(self.dir, self.on)?;
        Ok((model, report))
    }

    fn base(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModel>()?;
        let output = model.forward(self.out.batch(), &mut self.pass)?;
        self.out.tokens("last_hidden_state", output.last_hidden_state)?;
        if let Some(pooled) = output.pooler_output {
            self.out.rows("pooler_output", pooled)?;
        }
        Ok(report)
    }

    fn masked_lm(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForMaskedLm>()?;
        let logits = model.forward(self.out.batch(), None, &mut self.pass)?;
        self.token_loss(&logits)?;
        self.out.tokens("logits", logits)?;
        Ok(report)
    }

    fn next_sentence(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForNextSentencePrediction>()?;
        let logits = model.forward(self.out.batch(), &mut self.pass)?;
        let labels = match self.inputs.row_labels("next_sentence_label")? {
            None => self.inputs.row_labels("labels")?,
            labels => labels,
        };
        if let Some(labels) = labels {
            self.out.loss(labelled_cross_entropy(logits.clone(), labels)?)?;
        }
        self.out.rows("logits", logits)?;
        Ok(report)
    }

    /// The loss is given where both labels are.
    fn pre_training(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForPreTraining>()?;
        let output = model.forward(self.out.batch(), None, &mut self.pass)?;
        let (words, pairs) = (output.prediction_logits, output.sentence_pair_logits);
        let (label, logits) = match self.config.heads().sentence_pair.map(|pair| pair.question) {
            Some(PairQuestion::SentenceOrder) => ("sentence_order_label", "sop_logits"),
            _ => ("next_sentence_label", "seq_relationship_logits"),
        };
        let labels = (self.inputs.token_labels()?, self.inputs.row_labels(label)?);
        if let (Some(tokens), Some(rows)) = labels {
            let words = labelled_cross_entropy(words.clone(), &self.out.of_tokens(tokens))?;
            let pairs = labelled_cross_entropy(pairs.clone(), rows)?;
            self.out.loss(words + pairs)?;
        }
        self.out.tokens("prediction_logits", words)?;
        self.out.rows(logits, pairs)?;
        Ok(report)
    }

    fn sequence_classification(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForSequenceClassification>()?;
        let logits = model.forward(self.out.batch(), &mut self.pass)?; // [rows, num_labels]
        let Labels { num_labels, problem_type } = self.config.heads().labels;
        // As in transformers, where config.json does not say what the scores are, their number and the labels' type do.
        let problem_type = problem_type.unwrap_or_else(|| match num_labels {
            1 => ProblemType::Regression,
            _ if self.inputs.labels_are_floats() => ProblemType::MultiLabelClassification,
            _ => ProblemType::SingleLabelClassification,
        });
        let loss = match problem_type {
            ProblemType::SingleLabelClassification => {
                let labels = self.inputs.row_labels("labels")?;
                labels.map(|labels| labelled_cross_entropy(logits.clone(), labels)).transpose()?
            }
            ProblemType::Regression => {
                let labels = self.inputs.number_labels(num_labels)?;
                labels.map(|labels| mean_squared_error(logits.clone(), &labels)).transpose()?
            }
            ProblemType::MultiLabelClassification => {
                let labels = self.inputs.number_labels(num_labels)?;
                labels.map(|labels| binary_cross_entropy(logits.clone(), &labels)).transpose()?
            }
        };
        if let Some(loss) = loss {
            self.out.loss(loss)?;
        }
        self.out.rows("logits", logits)?;
        Ok(report)
    }

    fn token_classification(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForTokenClassification>()?;
        let logits = model.forward(self.out.batch(), &mut self.pass)?;
        self.token_loss(&logits)?;
        self.out.tokens("logits", logits)?;
        Ok(report)
    }

    fn question_answering(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForQuestionAnswering>()?;
        let logits = model.forward(self.out.batch(), &mut self.pass)?; // [tokens, 2]
        let [start, end] = [0, 1].map(|column| logits.clone().narrow(1, column, 1)); // [tokens, 1]
        let positions = (self.inputs.row_labels("start_positions")?, self.inputs.row_labels("end_positions")?);
        if let (Some(starts), Some(ends)) = positions {
            // Where these are given, every row was kept whole.
            let all = [self.inputs.rows, self.inputs.columns];
            self.out.loss(answer_span(start.clone().reshape(all), end.clone().reshape(all), starts, ends)?)?;
        }
        self.out.token_scores("start_logits", start)?;
        self.out.token_scores("end_logits", end)?;
        Ok(report)
    }

    fn multiple_choice(&mut self) -> Result<LoadReport, Error> {
        let (model, report) = self.open::<AutoModelForMultipleChoice>()?;
        let logits = model.forward(self.out.batch(), &mut self.pass)?; // [batch·choices, 1]
        let logits = logits.reshape(self.inputs.batch_and_choices()); // [batch, choices]
        if let Some(labels) = self.inputs.choice_labels()? {
            self.out.loss(labelled_cross_entropy(logits.clone(), labels)?)?;
        }
        self.out.rows("logits", logits)?;
        Ok(report)
    }

    /// Of a class for each token.
    fn token_loss(&mut self, logits: &Tensor<2>) -> Result<(), Error> {
        if let Some(labels) = self.inputs.token_labels()? {
            let labels = self.out.of_tokens(labels);
            self.out.loss(labelled_cross_entropy(logits.clone(), &labels)?)?;
        }
        Ok(())
    }
}
