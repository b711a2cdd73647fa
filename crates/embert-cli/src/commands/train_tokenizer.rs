//! `embert train-tokenizer`.

use std::{io::Write, path::PathBuf, process::ExitCode, time::Instant};

use clap::{Args, ValueEnum};
use embert::{
    data::{self, Corpus},
    tokenizer::{
        Error, Tokenizer,
        train::{ByteLevelBpe, PieceRule, Progress, Stage, Unigram, WordPiece},
    },
};
use indicatif::ProgressBar;
use serde_json::json;

use super::{Talk, Threads};
use crate::{output::tell, progress};

/// Train a vocabulary on text; the same text gives the same vocabulary, whatever the number of threads.
///
/// The files are read as `embert pretrain` reads them, sentence by sentence, and never held in memory.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert train-tokenizer --kind wordpiece --vocab-size 30000 --input TEXT --out my-tokenizer\n",
    "  embert train-tokenizer --kind bpe --input TEXT --out my-bpe",
))]
pub(crate) struct TrainTokenizer {
    /// What kind of vocabulary.
    #[arg(long, value_enum)]
    kind: Kind,
    /// Tokens of the vocabulary, special tokens included.
    #[arg(long, default_value_t = 30_000)]
    vocab_size: usize,
    /// Text files, or folders of them.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    input: Vec<PathBuf>,
    /// The Hugging Face directory that is written.
    #[arg(long)]
    out: PathBuf,
    /// Keep upper case and accents (BPE always does).
    #[arg(long)]
    cased: bool,
    /// A pair of pieces that occurs less often is never merged (WordPiece and BPE).
    #[arg(long, default_value_t = 2)]
    min_frequency: u64,
    /// The longest row of the model to come, special tokens included.
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    max_length: u32,
    #[command(flatten)]
    threads: Threads,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// BERT's: the most frequent pair is merged, as Hugging Face's trainer does it.
    Wordpiece,
    /// BERT's: the pair is merged that makes the text most likely, as the paper has it.
    WordpieceLikelihood,
    /// RoBERTa's: byte-level byte pair encoding.
    Bpe,
    /// ALBERT's: the pieces of a unigram model.
    Unigram,
}

impl TrainTokenizer {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        self.threads.apply()?;
        let corpus = Corpus::open(&self.input)?;
        let start = Instant::now();
        let mut report = Report::new(talk);
        let tokenizer = self.train(sentences(&corpus), &mut |progress| report.on_progress(progress))?;
        report.bar.finish_and_clear();
        tokenizer.save(&self.out)?;
        let seconds = start.elapsed().as_secs_f64();
        if talk.json {
            let saved = json!({
                "event": "saved", "tokenizer": self.out, "origin": tokenizer.origin(),
                "vocab_size": tokenizer.vocab_size(), "seconds": seconds,
            });
            writeln!(std::io::stdout(), "{saved}")?;
        } else if !talk.quiet {
            tell(&format!("tokenizer   {}   {seconds:.1} s", tokenizer.origin()));
            tell(&format!("saved       {}, a Hugging Face directory", self.out.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn train(
        &self,
        texts: impl Iterator<Item = Result<String, data::Error>>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Tokenizer, Error> {
        let &Self { vocab_size, min_frequency, cased, .. } = self;
        let max_length = Some(self.max_length as usize);
        let word_piece =
            |rule| WordPiece { vocab_size, min_frequency, lowercase: !cased, max_length, rule, ..WordPiece::default() };
        match self.kind {
            Kind::Wordpiece => word_piece(PieceRule::Frequency).train(texts, progress),
            Kind::WordpieceLikelihood => word_piece(PieceRule::Likelihood).train(texts, progress),
            Kind::Bpe => {
                ByteLevelBpe { vocab_size, min_frequency, max_length, ..ByteLevelBpe::default() }.train(texts, progress)
            }
            Kind::Unigram => {
                let trainer =
                    Unigram { vocab_size, lowercase: !cased, keep_accents: cased, max_length, ..Unigram::default() };
                trainer.train(texts, progress)
            }
        }
    }
}

/// The sentences of all documents; a file that cannot be read ends the training.
fn sentences(corpus: &Corpus) -> impl Iterator<Item = Result<String, data::Error>> + '_ {
    corpus.documents().flat_map(|document| {
        let (sentences, error) = match document {
            Ok(document) => (document.sentences, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        sentences.into_iter().map(Ok).chain(error.map(Err))
    })
}

/// A bar on standard error for people, JSON lines on standard output for machines.
struct Report {
    talk: Talk,
    bar: ProgressBar,
}

impl Report {
    fn new(talk: Talk) -> Self {
        let bar = progress::bar(talk, None, "{msg}");
        Self { talk, bar }
    }

    fn on_progress(&mut self, Progress { stage, done, total }: Progress) {
        let (name, template) = match stage {
            Stage::Reading => ("reading", "reading     {bytes}   {bytes_per_sec}"),
            Stage::Learning => ("learning", "learning    [{bar:13}] {pos}/{len}   {eta} left"),
        };
        if self.talk.json {
            let line = json!({ "event": name, "done": done, "total": total });
            // Nobody to tell any more is no reason to stop a training.
            let _ = writeln!(std::io::stdout(), "{line}");
            return;
        }
        self.bar.set_style(progress::style(template));
        match total {
            Some(total) => self.bar.set_length(total),
            None => self.bar.unset_length(),
        }
        self.bar.set_position(done);
    }
}
