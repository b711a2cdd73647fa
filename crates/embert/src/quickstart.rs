//! The whole line on a world of its own: a corpus is made, a vocabulary and a
//! BERT are trained on it, and the model is asked what it learned.

use std::path::Path;

use burn::tensor::Device;
use embert_data::{Microworld, microworld::Question};

use crate::{
    error::Error,
    pipelines::{Fill, FillMask},
    pretrain::{Draft, Event, Options, Run, Stories},
    run::{Finished, Said},
};

/// Documents of the corpus, the world's first: enough that none is seen more than three times, and so learned by heart.
pub const DOCUMENTS: usize = 12_000;
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
    /// How often the model's answers to a part's held-out questions were right, and the commonest answer was.
    pub fn share_of(&self, part: &str) -> Option<(f64, f64)> {
        let parts = &self.run.validation.as_ref()?.parts;
        parts
            .iter()
            .find(|(report, _)| report.name == part)
            .map(|(report, commonest)| (report.accuracy.share(), *commonest))
    }

    /// Whether the model learned what it can be expected to.
    pub fn meets_targets(&self) -> bool {
        self.share_of("mlm").is_some_and(|(share, commonest)| share >= MASKED_LM_TARGET * commonest)
            && self.share_of("nsp").is_some_and(|(share, _)| share >= NEXT_SENTENCE_TARGET)
    }
}

/// What a quickstart trains: 3 layers of 128 on pairs of up to 80 tokens.
fn draft(seed: u64) -> Draft {
    let mut said = Said::default();
    said.say("seed", seed as i64);
    said.say("corpus.paths", Vec::<String>::new());
    said.say("tokenizer.algorithm", "wordpiece");
    said.say("tokenizer.vocab_size", 512);
    said.say("model.preset", "bert-tiny");
    said.say("model.keys.num_hidden_layers", 3);
    said.say("model.keys.num_attention_heads", 4);
    // What is not learned by heart needs no dropout, which would only slow it down.
    said.say("model.keys.hidden_dropout_prob", 0.0);
    said.say("model.keys.attention_probs_dropout_prob", 0.0);
    said.say("data.max_length", MAX_LENGTH as i64);
    said.say("optimizer.learning_rate", 2e-3);
    said.say("optimizer.bias_correction", true);
    said.say("schedule.steps", 1200);
    said.say("batch.tokens", 1536);
    said.say("run.validate_every", 300);
    said.into()
}

/// Makes the corpus, trains, saves into `out`, and asks. Until `stop` says so; then there is no outcome.
///
/// # Errors
/// Where a file cannot be written.
pub fn quickstart(
    out: &Path,
    seed: u64,
    devices: &[Device],
    on_event: impl FnMut(&Event),
    stop: impl Fn() -> bool,
) -> Result<Option<Outcome>, Error> {
    let world = Microworld::new(seed);
    let run = Run::begin(&draft(seed), out)?;
    let options = Options { devices: devices.to_vec(), record_batches: 0 };
    let run = run.train(|_| Ok(Stories { world, count: DOCUMENTS }), &options, on_event, stop)?;
    if !run.is_finished {
        return Ok(None);
    }
    let (Some(device), fresh) = (devices.first(), DOCUMENTS as u64..) else { return Ok(None) };
    let model = FillMask::builder(&run.model).device(device.clone()).top_k(ANSWERS).open()?;
    let asked = fresh
        .filter_map(|story| world.questions(story).into_iter().next())
        .take(QUESTIONS)
        .map(|question| {
            let filled = model.fill(&[in_context(&question)])?;
            let answers = filled.into_iter().flatten().next().map(|filled| filled.fills).unwrap_or_default();
            Ok(Asked { question, answers })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Some(Outcome { run, asked }))
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
