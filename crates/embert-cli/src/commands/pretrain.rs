//! `embert pretrain`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    core::{BertConfig, PRESETS},
    data::Corpus,
    pretrain::{PIECE_TOKENS, Settings, Vocabulary, pretrain},
    train::{AdamWSettings, LinearSchedule, PreTrain},
};

use super::{Machine, Talk, check_free};
use crate::progress::Progress;

/// BERT warms up over the first 10,000 of its 1,000,000 steps; a run of some
/// hundred needs a larger share to do so gently.
const WARMUP_SHARE: f64 = 0.1;

/// Train a BERT on text: masked words and the next sentence.
///
/// A .txt file holds documents separated by blank lines, or is one document; a .md or .html file
/// is one. The run's folder gets `model` (a Hugging Face directory), `metrics.jsonl` and `loss.svg`.
#[derive(Debug, Args)]
pub(crate) struct Pretrain {
    /// Text files, or folders of them.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// The run's folder, not there or empty.
    #[arg(long)]
    out: PathBuf,
    /// A directory with a tokenizer; without it one is trained on the corpus.
    #[arg(long, conflicts_with = "vocab_size")]
    tokenizer: Option<PathBuf>,
    /// Pieces of the vocabulary that is trained.
    #[arg(long, default_value_t = 8000, value_parser = at_least::<1>)]
    vocab_size: usize,
    /// The model's size.
    #[arg(long, default_value = "bert-mini", value_parser = preset)]
    preset: BertConfig,
    /// Steps of the optimiser.
    #[arg(long, default_value_t = 1000, value_parser = at_least::<1>)]
    steps: usize,
    /// Tokens of a step.
    #[arg(long, default_value_t = 4096, value_parser = at_least::<1>)]
    batch_tokens: usize,
    /// The longest example, in tokens.
    #[arg(long, default_value_t = 128, value_parser = length)]
    max_length: usize,
    /// The highest learning rate.
    #[arg(long, default_value_t = 5e-4, value_parser = rate)]
    lr: f64,
    /// First weights, masks and the order of the data follow from it.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Steps from one line of metrics.jsonl to the next.
    #[arg(long, default_value_t = 10, value_parser = at_least::<1>)]
    log_every: usize,
    /// Steps from one look at the held-out documents to the next.
    #[arg(long, default_value_t = 100, value_parser = at_least::<1>)]
    validate_every: usize,
    /// The share of the documents that is held out.
    #[arg(long, default_value_t = 0.05, value_parser = share)]
    held_out: f64,
    #[command(flatten)]
    machine: Machine,
}

fn preset(name: &str) -> Result<BertConfig, String> {
    BertConfig::preset(name)
        .ok_or_else(|| format!("{name:?} is no preset; {} is expected", PRESETS.map(|(name, _)| name).join(", ")))
}

fn at_least<const LEAST: usize>(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number >= LEAST)
        .ok_or_else(|| format!("a whole number, {LEAST} or more, is expected"))
}

/// Each position costs a vector.
fn length(text: &str) -> Result<usize, String> {
    let lengths = 8..=16_384;
    text.parse()
        .ok()
        .filter(|length| lengths.contains(length))
        .ok_or_else(|| "a whole number from 8 to 16384 is expected".into())
}

fn rate(text: &str) -> Result<f64, String> {
    let is_rate = |rate: &f64| *rate > 0.0 && *rate <= 1.0;
    text.parse().ok().filter(is_rate).ok_or_else(|| "a number above 0, and at most 1, is expected".into())
}

fn share(text: &str) -> Result<f64, String> {
    let is_share = |share: &f64| *share > 0.0 && *share < 1.0;
    text.parse().ok().filter(is_share).ok_or_else(|| "a number between 0 and 1 is expected".into())
}

impl Pretrain {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        check_free(&self.out)?;
        let device = self.machine.open()?;
        let corpus = Corpus::open(&self.corpus)?;
        let mut progress = Progress::new(talk, self.steps);
        let version = env!("CARGO_PKG_VERSION");
        progress.say(&format!("embert {version}   {}   seed {}", self.machine.describe(), self.seed));
        let settings = self.settings();
        pretrain(corpus.documents(), &settings, &device, |event| progress.on_event(event))?;
        Ok(ExitCode::SUCCESS)
    }

    fn settings(self) -> Settings {
        let schedule = LinearSchedule {
            peak: self.lr,
            warmup_steps: (WARMUP_SHARE * self.steps as f64) as usize,
            total_steps: self.steps,
        };
        Settings {
            out: self.out,
            vocabulary: match self.tokenizer {
                Some(dir) => Vocabulary::Existing(dir),
                None => Vocabulary::Trained { vocab_size: self.vocab_size },
            },
            config: self.preset,
            max_length: self.max_length,
            held_out: self.held_out,
            train: PreTrain {
                schedule,
                adamw: AdamWSettings::default(),
                max_grad_norm: 1.0,
                batch_tokens: self.batch_tokens,
                piece_tokens: PIECE_TOKENS,
                seed: self.seed,
                log_every: self.log_every,
                validate_every: self.validate_every,
                validation_examples: 1024,
            },
        }
    }
}
