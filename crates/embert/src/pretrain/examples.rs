//! The examples of a run, on disk.

use std::{path::Path, time::Instant};

use embert_data::{
    Document, Template,
    document::tokenize,
    store::{Dataset, MaskingTime, Progress, build},
    vocabulary_of,
};
use embert_objectives::masking::MaskingVocabulary;
use embert_tokenizer::Tokenizer;
use embert_train::{ExampleSource, StoredExamples};
use serde_json::json;

use super::{
    Event, Settings, Text,
    text::{Parts, bytes_of},
};
use crate::error::Error;

/// What a model is trained on, and what it is measured on.
pub(super) struct RunExamples {
    pub(super) training: StoredExamples,
    pub(super) held_out: StoredExamples,
}

impl RunExamples {
    /// The data sets in `dir`, where both are whole.
    ///
    /// # Errors
    /// Where they were made with other settings.
    pub(super) fn there(dir: &Path, settings: &Settings) -> Result<Option<(Dataset, Dataset)>, Error> {
        let (Some(training), Some(held_out)) = (opened(&dir.join(TRAINING))?, opened(&dir.join(HELD_OUT))?) else {
            return Ok(None);
        };
        if training.settings() != &settings.data {
            return Err(Error::OtherConfig { keys: vec!["data".into()] });
        }
        Ok(Some((training, held_out)))
    }

    /// Makes the data sets in `dir`, or what of them is not there yet.
    ///
    /// # Errors
    /// Where no examples can be made of the text, or a file cannot be written.
    pub(super) fn made(
        dir: &Path,
        text: &impl Text,
        parts: &Parts,
        tokenizer: &Tokenizer,
        settings: &Settings,
        on_event: &mut impl FnMut(&Event),
    ) -> Result<(Dataset, Dataset), Error> {
        let start = Instant::now();
        let mut dataset = |name: &str, is_held_out: bool| {
            let dir = dir.join(name);
            if let Some(there) = opened(&dir)? {
                return Ok(there);
            }
            let source = json!({ "text": text.source()?, "part": name, "share": settings.corpus.held_out });
            let mut data = settings.data.clone();
            if is_held_out && data.masking_time != MaskingTime::Dynamic {
                // It is looked at, not learned from: once is enough.
                data.masking_time = MaskingTime::Static { duplicates: 1 };
            }
            let tell = |Progress { examples, bytes, .. }| {
                on_event(&Event::Examples { examples, bytes, of_bytes: parts.bytes });
            };
            build(parts.part(text, is_held_out), source, tokenizer, &data, &dir, tell)?;
            Ok::<_, Error>(Dataset::open(&dir)?)
        };
        let (training, held_out) = (dataset(TRAINING, false)?, dataset(HELD_OUT, true)?);
        on_event(&Event::Data { training: training.len(), held_out: held_out.len(), elapsed: start.elapsed() });
        Ok((training, held_out))
    }

    /// # Errors
    /// Where there are fewer tokens than a step takes.
    pub(super) fn new(
        training: Dataset,
        held_out: Dataset,
        tokenizer: &Tokenizer,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let counts = training.token_counts(tokenizer.vocab_size())?;
        let (tokens, batch_tokens) = (counts.iter().sum::<u64>() as usize, settings.batch.tokens);
        if tokens < batch_tokens {
            return Err(embert_train::Error::SmallerThanABatch { tokens, batch_tokens }.into());
        }
        let vocabulary = vocabulary_of(tokenizer)?.with_counts(counts);
        Ok(Self {
            held_out: StoredExamples { dataset: held_out, vocabulary: vocabulary.clone() },
            training: StoredExamples { dataset: training, vocabulary },
        })
    }
}

const TRAINING: &str = "training";
const HELD_OUT: &str = "held-out";

/// The data set in `dir`, where it is whole.
fn opened(dir: &Path) -> Result<Option<Dataset>, Error> {
    match Dataset::open(dir) {
        Ok(there) => Ok(Some(there)),
        Err(embert_data::Error::NoDataset { .. } | embert_data::Error::Unfinished { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first documents of a text, tokenised: what can be told of all of it before examples are made.
pub(super) struct Sample {
    pub(super) examples: ExampleSource,
    /// Tokens for each byte of text.
    pub(super) density: f64,
}

impl Sample {
    /// # Errors
    /// Where the tokenizer cannot encode the text.
    pub(super) fn of(documents: &[Document], tokenizer: &Tokenizer, settings: &Settings) -> Result<Self, Error> {
        let bytes: usize = documents.iter().map(bytes_of).sum();
        let documents = tokenize(documents, tokenizer)?;
        let tokens: usize = documents.iter().flat_map(|document| &document.sentences).map(Vec::len).sum();
        let vocabulary: MaskingVocabulary = vocabulary_of(tokenizer)?;
        let form = settings.data.form(Template::of(tokenizer)?);
        let examples = ExampleSource { documents, form, masking: settings.data.masking, vocabulary };
        Ok(Self { examples, density: tokens as f64 / bytes.max(1) as f64 })
    }
}
