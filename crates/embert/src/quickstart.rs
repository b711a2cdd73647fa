//! The whole line on a world of its own: a corpus is made, a vocabulary and a
//! BERT are trained on it, and the model is asked what it learned.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert_core::BertConfig;
use embert_data::{Microworld, microworld::Question};
use embert_train::{AdamWSettings, LinearSchedule, PreTrain};

use crate::{
    error::Error,
    fill_mask::{Fill, FillMask},
    pretrain::{Event, Finished, PIECE_TOKENS, Settings, Vocabulary, pretrain},
};

/// Documents of the corpus: enough that none is seen more than three times, and so learned by heart.
const DOCUMENTS: usize = 12_000;
/// The longest example, in tokens: room for a whole story, since what is left over of one makes a poor pair.
const MAX_LENGTH: usize = 80;
/// Questions, each of a story that is not in the corpus.
const QUESTIONS: usize = 4;
/// Answers to each question.
const ANSWERS: usize = 3;

/// How often better than the commonest token a masked token has to be guessed.
pub const MASKED_LM_TARGET: f64 = 3.0;
/// How often the next sentence has to be judged right.
pub const NEXT_SENTENCE_TARGET: f64 = 0.85;

/// A question to the trained model, and its answers.
#[derive(Clone, Debug)]
pub struct Asked {
    /// A story that was not trained on, up to a sentence with a mask.
    pub question: Question,
    /// The likeliest first.
    pub answers: Vec<Fill>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run.
    pub run: Finished,
    /// Questions and answers.
    pub asked: Vec<Asked>,
}

impl Outcome {
    /// Whether the model learned what it can be expected to.
    pub fn meets_targets(&self) -> bool {
        let validation = &self.run.validation;
        validation.masked_lm.share() >= MASKED_LM_TARGET * validation.commonest_token_share
            && validation.next_sentence.share() >= NEXT_SENTENCE_TARGET
    }
}

/// What a quickstart trains: 3 layers of 128 on pairs of up to 80 tokens.
pub fn settings(out: PathBuf, seed: u64) -> Settings {
    let steps = 1200;
    Settings {
        out,
        vocabulary: Vocabulary::Trained { vocab_size: 512 },
        // What is not learned by heart needs no dropout, which would only slow it down.
        config: BertConfig {
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            ..BertConfig::of_size(3, 128, 4)
        },
        max_length: MAX_LENGTH,
        held_out: 0.05,
        train: PreTrain {
            schedule: LinearSchedule { peak: 2e-3, warmup_steps: steps / 10, total_steps: steps },
            adamw: AdamWSettings::default(),
            max_grad_norm: 1.0,
            batch_tokens: 1536,
            piece_tokens: PIECE_TOKENS,
            seed,
            log_every: 10,
            validate_every: 300,
            validation_examples: 1024,
        },
    }
}

/// Makes the corpus, trains, saves into `out`, and asks.
///
/// # Errors
/// Where a file cannot be written.
pub fn quickstart(out: &Path, seed: u64, device: &Device, on_event: impl FnMut(&Event)) -> Result<Outcome, Error> {
    let world = Microworld::new(seed);
    let documents = world.documents(DOCUMENTS).map(Ok);
    let run = pretrain(documents, &settings(out.to_owned(), seed), device, on_event)?;
    let (model, _) = FillMask::open(&run.model, device)?;
    let fresh = DOCUMENTS as u64..;
    let asked = fresh
        .filter_map(|story| world.questions(story).into_iter().next())
        .take(QUESTIONS)
        .map(|question| {
            let filled = model.fill(&in_context(&question), ANSWERS)?;
            let answers = filled.into_iter().next().map(|filled| filled.fills).unwrap_or_default();
            Ok(Asked { question, answers })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Outcome { run, asked })
}

/// The sentence that asks, after as many of those before it as fit: every word of the world is one token.
fn in_context(question: &Question) -> String {
    const SPECIAL_TOKENS: usize = 2;
    let mut text = question.sentence.clone();
    for sentence in question.context.iter().rev() {
        let longer = format!("{sentence} {text}");
        if longer.split(' ').count() + SPECIAL_TOKENS > MAX_LENGTH {
            break;
        }
        text = longer;
    }
    text
}
