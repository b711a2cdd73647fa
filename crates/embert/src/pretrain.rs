//! From text to a trained model in a directory that Hugging Face opens.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use burn::{module::Module, tensor::Device};
use embert_checkpoint::{ConfigError, ModelConfig, save_pretrained, write_file};
use embert_core::{BertConfig, BertForPreTraining};
use embert_data::{
    Document, Form, Template,
    document::tokenize,
    pairs::PairConfig,
    split::{HeldOut, Split, split},
    vocabulary_of,
};
use embert_objectives::masking::MaskingConfig;
use embert_tokenizer::{Role, Tokenizer, train::WordPiece};
use embert_train::{ExampleSource, PreTrain, RunDirectory, StepReport, Validation};

use crate::{chart::loss_chart, directory::write_directory, error::Error};

/// Tokens that a core works on at a time. Its tensors then stay in its cache, and a batch of a few thousand tokens gives
/// work to several cores.
pub const PIECE_TOKENS: usize = 768;

/// How a model is made from text.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The run's folder: `model`, `metrics.jsonl`, `loss.svg`.
    pub out: PathBuf,
    /// The tokenizer.
    pub vocabulary: Vocabulary,
    /// The model's sizes; its vocabulary is the tokenizer's, its positions are `max_length`.
    pub config: BertConfig,
    /// The longest example, in tokens.
    pub max_length: usize,
    /// The share of the documents that is not trained on, in `(0, 1)`; two documents at the least.
    pub held_out: f64,
    /// The training.
    pub train: PreTrain,
}

/// Where the tokenizer comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vocabulary {
    /// From the directory of a model or tokenizer.
    Existing(PathBuf),
    /// Trained on the corpus: lower-cased WordPiece of at most so many pieces.
    Trained {
        /// The most pieces.
        vocab_size: usize,
    },
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The corpus was read.
    Corpus {
        /// Documents of it.
        documents: usize,
        /// Sentences of those.
        sentences: usize,
        /// Time that it took.
        elapsed: Duration,
    },
    /// The tokenizer is there.
    Tokenizer {
        /// What it is.
        origin: String,
        /// Its pieces.
        vocab_size: usize,
        /// Time that it took.
        elapsed: Duration,
    },
    /// The model is there, untrained.
    Model {
        /// Its sizes.
        config: Box<BertConfig>,
        /// Its parameters.
        parameters: usize,
    },
    /// The training goes on.
    Training(embert_train::Event),
    /// The model was saved.
    Saved {
        /// The model, a Hugging Face directory.
        model: PathBuf,
        /// The loss curve.
        chart: PathBuf,
    },
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The model, a Hugging Face directory.
    pub model: PathBuf,
    /// What it knows of text that it was not trained on.
    pub validation: Validation,
    /// The losses on the way.
    pub steps: Vec<StepReport>,
}

/// Trains a model on `documents`, saves it, and tells `on_event` of it.
///
/// # Errors
/// Where the documents do not give enough examples, a setting makes no sense,
/// the training fails, or a file cannot be written.
pub fn pretrain(
    documents: impl IntoIterator<Item = Result<Document, embert_data::Error>>,
    settings: &Settings,
    device: &Device,
    mut on_event: impl FnMut(&Event),
) -> Result<Finished, Error> {
    settings.train.check()?;
    let start = Instant::now();
    let documents: Vec<Document> = documents.into_iter().collect::<Result<_, _>>()?;
    on_event(&Event::Corpus {
        documents: documents.len(),
        sentences: documents.iter().map(|document| document.sentences.len()).sum(),
        elapsed: start.elapsed(),
    });
    let Split { training, held_out } = hold_out(documents, settings)?;

    let start = Instant::now();
    // Rows longer than the model's positions are cut, whoever opens the directory.
    let tokenizer = make_tokenizer(&settings.vocabulary, &training)?.with_max_length(settings.max_length);
    on_event(&Event::Tokenizer {
        origin: tokenizer.origin().to_owned(),
        vocab_size: tokenizer.vocab_size(),
        elapsed: start.elapsed(),
    });
    let training = examples(&tokenizer, &training, settings.max_length)?;
    let held_out = examples(&tokenizer, &held_out, settings.max_length)?;

    let config = BertConfig {
        vocab_size: tokenizer.vocab_size(),
        max_position_embeddings: settings.max_length,
        pad_token_id: Some(tokenizer.special_tokens().require(Role::Pad)?.id),
        ..settings.config.clone()
    };
    let wrong = |error: ConfigError| Error::Config { message: error.to_string() };
    config.check().map_err(wrong)?;
    let model = BertForPreTraining::new(&config, device, settings.train.seed).map_err(wrong)?;
    on_event(&Event::Model { config: Box::new(config.clone()), parameters: model.num_params() });

    // What can be wrong with the corpus or the settings is known by now: a failure above leaves no folder behind.
    let mut run = RunDirectory::create(&settings.out)?;
    let (mut steps, mut validations) = (Vec::new(), Vec::new());
    let mut logged = Ok(());
    let outcome = settings.train.run(model, &training, &held_out, device, |event| {
        if logged.is_ok() {
            logged = run.log(&event);
        }
        match &event {
            embert_train::Event::Step(report) => steps.push(report.clone()),
            embert_train::Event::Validated(validation) => validations.push(validation.clone()),
        }
        on_event(&Event::Training(event));
    })?;
    logged?;

    let (model_dir, chart) = (run.model(), run.chart());
    // A model without its tokenizer is none.
    write_directory(&model_dir, |dir| {
        save_pretrained(&outcome.model, &config, dir)?;
        Ok(tokenizer.save(dir)?)
    })?;
    let svg = loss_chart(&steps, &validations).map_err(|message| Error::File { file: chart.clone(), message })?;
    write_file(&chart, svg.as_bytes())?;
    on_event(&Event::Saved { model: model_dir.clone(), chart });
    Ok(Finished { model: model_dir, validation: outcome.validation, steps })
}

/// Sentence pairs take two documents, on both sides.
const FEWEST_DOCUMENTS: usize = 2;

fn hold_out(documents: Vec<Document>, settings: &Settings) -> Result<Split<Document>, Error> {
    let found = documents.len();
    if found < 2 * FEWEST_DOCUMENTS {
        return Err(Error::TooFewDocuments { found, expected: 2 * FEWEST_DOCUMENTS });
    }
    let share = (settings.held_out * found as f64).round() as usize;
    let count = share.clamp(FEWEST_DOCUMENTS, found - FEWEST_DOCUMENTS);
    Ok(split(documents, HeldOut::Count(count), settings.train.seed)?)
}

fn make_tokenizer(vocabulary: &Vocabulary, documents: &[Document]) -> Result<Tokenizer, Error> {
    match vocabulary {
        Vocabulary::Existing(dir) => Ok(Tokenizer::from_dir(dir)?),
        Vocabulary::Trained { vocab_size } => {
            let texts = documents.iter().flat_map(|document| &document.sentences);
            let trainer = WordPiece { vocab_size: *vocab_size, ..WordPiece::default() };
            Ok(trainer.train_from(texts)?)
        }
    }
}

fn examples(tokenizer: &Tokenizer, documents: &[Document], max_length: usize) -> Result<ExampleSource, Error> {
    Ok(ExampleSource {
        documents: tokenize(documents, tokenizer)?,
        form: Form::Pairs(PairConfig::next_sentence(max_length, Template::of(tokenizer)?)),
        masking: MaskingConfig::default(),
        vocabulary: vocabulary_of(tokenizer)?,
    })
}
