//! How good a model is, by the figures of its task.

use std::{path::Path, str::FromStr};

use burn::tensor::Device;
use embert_checkpoint::{CONFIG_FILE, Pretrained, from_pretrained, read_config};
use embert_core::FamilyConfig;
use embert_data::{Corpus, Template, document::tokenize, store, vocabulary_of};
use embert_train::{BatchSize, ExampleSource, MaskedLm, Objective, metrics::Metrics};

use crate::{
    AutoBackbone, AutoConfig, AutoModelForMaskedLm, SentencePipeline,
    encode::tokenizer_of,
    error::Error,
    open::check_head,
    run::{PIECE_TOKENS, first, wrong},
    sentence::MODULES_FILE,
    tasks::{self, Beginning, Columns, Files, Ready, TaskName},
};

/// Examples whose vectors are compared with each other, where they are: as many as a step of fine-tuning has.
const BATCH: BatchSize = BatchSize { tokens: usize::MAX, examples: 32 };

/// By what a model is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// By masked words of text.
    MaskedLm,
    /// By examples of a task.
    By(TaskName),
}

impl Judged {
    const MASKED_LM: &str = "masked-lm";

    /// The names of all, as `--task` has them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        [Self::MASKED_LM].into_iter().chain(TaskName::ALL.map(|(_, name)| name))
    }

    /// What the model in `dir` was trained for: by the class in its config, or as a directory of sentence-transformers.
    ///
    /// # Errors
    /// Where it has no config, or is a model without a head.
    pub fn of(dir: &Path) -> Result<Self, Error> {
        if dir.join(MODULES_FILE).exists() {
            return Ok(Self::By(TaskName::Embedding));
        }
        let file = dir.join(CONFIG_FILE);
        let config: AutoConfig = read_config(&file)?;
        let class = config.architectures().first().map_or("", String::as_str);
        let classes = [
            ("ForMaskedLM", Self::MaskedLm),
            ("ForPreTraining", Self::MaskedLm),
            ("ForSequenceClassification", Self::By(TaskName::SequenceClassification)),
            ("ForTokenClassification", Self::By(TaskName::TokenClassification)),
            ("ForQuestionAnswering", Self::By(TaskName::QuestionAnswering)),
            ("ForMultipleChoice", Self::By(TaskName::MultipleChoice)),
        ];
        let known = classes.into_iter().find(|(suffix, _)| class.ends_with(suffix));
        known.map(|(_, judged)| judged).ok_or_else(|| {
            let message = format!("architectures says {class:?}, which is of no task; --task is expected");
            Error::File { file, message }
        })
    }
}

impl FromStr for Judged {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == Self::MASKED_LM {
            return Ok(Self::MaskedLm);
        }
        name.parse().map(Self::By).map_err(|error| format!("{error}, or {}", Self::MASKED_LM))
    }
}

/// What came of looking at examples.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// How many there were.
    pub examples: usize,
    /// Rows that annotators gave no label, and that were left out.
    pub passed_over: usize,
    /// The figures, the mean loss among them.
    pub metrics: Vec<(&'static str, f64)>,
}

/// Judges the model in `dir` by the examples of a task in `file`, whose rows are cut to `max_length` tokens, or to what the
/// model reads.
///
/// # Errors
/// Where the model has no head for the task, or the file is none of it.
pub fn evaluate(
    dir: &Path,
    task: TaskName,
    file: &Path,
    columns: &Columns,
    max_length: Option<usize>,
    devices: &[Device],
) -> Result<Evaluated, Error> {
    let pipeline = SentencePipeline::open(dir, first(devices)?)?;
    let dir = pipeline.transformer.as_path();
    let config: AutoConfig = read_config(&dir.join(CONFIG_FILE))?;
    let tokenizer = tokenizer_of(dir, &config)?;
    let max_length = length(max_length, pipeline.max_length.or(tokenizer.max_length()), &config)?;
    let of = Beginning { config: &config, has_head: true, tokenizer: &tokenizer };
    let files = Files { training: None, held_out: file, columns, max_length };
    let evaluated = match task {
        TaskName::SequenceClassification => judge(dir, || tasks::sequence(&of, &files), devices),
        TaskName::TokenClassification => judge(dir, || tasks::tokens(&of, &files), devices),
        TaskName::QuestionAnswering => judge(dir, || tasks::answers(&of, &files), devices),
        TaskName::MultipleChoice => judge(dir, || tasks::choices(&of, &files), devices),
        TaskName::Embedding => judge(dir, || tasks::embedding(&of, &files, &pipeline, BATCH.examples), devices),
    };
    evaluated.map(|mut evaluated| {
        // By which number scores became cosines is the run's to know.
        evaluated.metrics.retain(|(figure, _)| task != TaskName::Embedding || *figure != "mse");
        evaluated
    })
}

/// The model comes before its examples: of one without the head, the classes say nothing about theirs.
fn judge<O>(dir: &Path, ready: impl FnOnce() -> Result<Ready<O>, Error>, devices: &[Device]) -> Result<Evaluated, Error>
where
    O: Objective,
    O::Model: Pretrained<Config = AutoConfig>,
{
    let model = whole::<O::Model>(dir, first(devices)?)?;
    let Ready { objective, held_out, examples, passed_over, .. } = ready()?;
    let validation = embert_train::evaluate(&objective, &model, held_out, BATCH, PIECE_TOKENS, devices)?;
    let figures = validation.metrics.iter().flat_map(Metrics::iter);
    Ok(Evaluated {
        examples,
        passed_over,
        metrics: std::iter::once(("loss", validation.loss)).chain(figures).collect(),
    })
}

/// Judges the model in `dir`, which fills in masked words, by text: 15 % of the words are masked, as in RoBERTa's
/// training, in rows of as many sentences as `max_length` tokens hold; which ones follows from `seed`. The perplexity is
/// that of masked words: `e` to the power of the mean loss.
///
/// # Errors
/// Where the model has no head for masked words, or the text cannot be read or is empty.
pub fn evaluate_masked_lm(
    dir: &Path,
    corpus: &Corpus,
    seed: u64,
    max_length: Option<usize>,
    devices: &[Device],
) -> Result<Evaluated, Error> {
    let config: AutoConfig = read_config(&dir.join(CONFIG_FILE))?;
    let tokenizer = tokenizer_of(dir, &config)?;
    let max_length = length(max_length, tokenizer.max_length(), &config)?;
    let documents = corpus.documents().collect::<Result<Vec<_>, _>>()?;
    let settings = store::Settings { max_length, seed, ..store::Settings::roberta() };
    let source = ExampleSource {
        documents: tokenize(&documents, &tokenizer)?,
        form: settings.form(Template::of(&tokenizer)?),
        masking: settings.masking,
        vocabulary: vocabulary_of(&tokenizer)?,
    };
    let examples = source.examples(seed, 0)?;
    let model = whole::<AutoModelForMaskedLm>(dir, first(devices)?)?;
    let (objective, count) = (MaskedLm::<AutoBackbone>::new(&config), examples.len());
    let validation = embert_train::evaluate(&objective, &model, examples, BATCH, PIECE_TOKENS, devices)?;
    let accuracy = validation.parts.first().map_or(0.0, |(part, _)| part.accuracy.share());
    let metrics = vec![("loss", validation.loss), ("accuracy", accuracy), ("perplexity", validation.loss.exp())];
    Ok(Evaluated { examples: count, passed_over: 0, metrics })
}

/// The longest row: what was asked for, or what the directory says that the model reads.
///
/// # Errors
/// Where the model has no positions for what was asked for.
fn length(asked: Option<usize>, stated: Option<usize>, config: &AutoConfig) -> Result<usize, Error> {
    let longest = config.longest_sequence();
    match asked {
        Some(asked) if asked > longest => {
            Err(wrong("--max-length", &format!("it is {asked}; the model reads {longest} tokens at most")))
        }
        asked => Ok(asked.or(stated).unwrap_or(longest).min(longest)),
    }
}

/// The model in `dir`, of which nothing is missing.
fn whole<M: Pretrained<Config = AutoConfig>>(dir: &Path, device: &Device) -> Result<M, Error> {
    let (model, config, report) = from_pretrained::<M>(dir, device)?;
    check_head::<M>(&config, &report)?;
    Ok(model)
}
