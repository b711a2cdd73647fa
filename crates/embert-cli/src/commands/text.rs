//! The flags of every command that trains on text.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    data::Corpus,
    pretrain::{Budget, Draft, Event, Options, Run, Settings, follow},
    run::Said,
};

use super::{
    Talk, WrongUse, check_apart,
    training::{RunFlags, at_least, path},
};

/// A run on text: that, and how much of it.
#[derive(Debug, Args)]
pub(super) struct TextFlags {
    /// Files of text, or folders of them: .txt .md .html .jsonl .csv .tsv .parquet, .gz and .zst.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// As many steps as go through so many tokens.
    #[arg(long, value_parser = at_least::<1>, conflicts_with = "steps")]
    tokens: Option<i64>,
    /// As many steps as fit into a time, such as 30m or 1.5h, at the pace of the first few.
    #[arg(long, value_parser = budget, conflicts_with_all = ["steps", "tokens"])]
    budget: Option<String>,
    /// Tokens of a step [4096].
    #[arg(long, value_parser = at_least::<1>)]
    batch_tokens: Option<i64>,
    /// The share of the documents that is held out [0.05].
    #[arg(long, value_parser = share)]
    held_out: Option<f64>,
    /// Write what the model is shown in the first steps to batches.jsonl, token for token.
    #[arg(long, default_value_t = 0, value_name = "STEPS")]
    record_batches: usize,
    #[command(flatten)]
    pub(super) run: RunFlags,
}

fn share(text: &str) -> Result<f64, String> {
    let is_share = |share: &f64| *share > 0.0 && *share < 1.0;
    text.parse().ok().filter(is_share).ok_or_else(|| "a number between 0 and 1 is expected".into())
}

fn budget(text: &str) -> Result<String, String> {
    text.parse::<Budget>().map(|_| text.to_owned())
}

impl TextFlags {
    /// Trains by a draft, from its beginning or from its last checkpoint.
    ///
    /// # Errors
    /// Where `check` refuses the run's settings, or the training fails.
    pub(super) fn train(
        self,
        draft: &Draft,
        talk: Talk,
        check: impl FnOnce(&Settings) -> Result<(), WrongUse>,
    ) -> anyhow::Result<ExitCode> {
        check_apart(&self.run.out, &self.corpus)?;
        self.run.shared(|ranks| {
            let out = &self.run.out;
            let devices = self.run.devices(talk.of(&*ranks))?;
            let options = Options { devices, record_batches: self.record_batches };
            if !ranks.is_first() {
                return self.run.follow(|stop| follow(out, &*ranks, &options, stop));
            }
            let run = if self.run.resume { Run::resume(draft, out) } else { Run::begin(draft, out) }?;
            check(run.settings())?;
            let corpus =
                |settings: &Settings| Ok(Corpus::open_with(&settings.corpus.paths, settings.corpus.options())?);
            let (seed, count) = (run.settings().seed, ranks.count());
            self.run.watch(talk, seed, count, |on_event: &mut dyn FnMut(&Event), stop| {
                run.among(ranks).train(corpus, &options, on_event, stop)
            })
        })
    }

    /// What the file says, and then the flags.
    pub(super) fn said(&self) -> anyhow::Result<Said> {
        let mut said = self.run.said()?;
        if !self.corpus.is_empty() {
            said.say("corpus.paths", self.corpus.iter().map(|file| path(file)).collect::<anyhow::Result<Vec<_>>>()?);
        }
        let tokens = self.tokens.map(|tokens| format!("{tokens} tokens"));
        if let Some(budget) = tokens.or(self.budget.clone()) {
            said.unsay("schedule.steps");
            said.say("schedule.budget", budget);
        }
        if let Some(tokens) = self.batch_tokens {
            said.say("batch.tokens", tokens);
        }
        if let Some(share) = self.held_out {
            said.say("corpus.held_out", share);
        }
        Ok(said)
    }
}
