//! `embert quickstart`.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{
    pretrain::{Event, Settings},
    quickstart::{Asked, MASKED_LM_TARGET, NEXT_SENTENCE_TARGET, quickstart},
    run::remove_run,
};
use serde_json::json;

use super::{Machines, Talk, WrongUse};
use crate::{
    interrupt::Interrupt,
    output::tell,
    progress::{Progress, accuracies},
};

/// Train a small BERT on a world of its own and ask it what it learned: no file, no network, no choice.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert quickstart\n",
    "  embert quickstart --out runs/first --seed 7",
))]
pub(crate) struct Quickstart {
    /// The run's folder.
    #[arg(long, default_value = "runs/quickstart")]
    out: PathBuf,
    /// The corpus, the first weights and the order of the data follow from it.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    machines: Machines,
}

impl Quickstart {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        // An earlier quickstart, which alone has no text of its own, makes room.
        if !remove_run(&self.out, |settings: &Settings| settings.corpus.paths.is_empty())? {
            let message = format!("--out {}: it holds something else than an earlier quickstart", self.out.display());
            return Err(WrongUse(message).into());
        }
        let devices = self.machines.open(talk)?;
        let mut progress = Progress::new(talk);
        let version = env!("CARGO_PKG_VERSION");
        progress.say(&format!("embert {version}   {}   seed {}", self.machines.describe(), self.seed));
        let interrupt = Interrupt::default();
        let on_event = |event: &Event| {
            interrupt.on_event(event);
            progress.on_event(event);
        };
        let outcome = quickstart(&self.out, self.seed, &devices, on_event, || interrupt.came())?;
        let Some(outcome) = outcome else { return Ok(interrupt.exit_code()) };
        progress.finish(&outcome.run);
        if let Some(validation) = &outcome.run.validation {
            progress.say(&format!("held out    {}", accuracies(validation)));
        }
        for Asked { question, answers } in &outcome.asked {
            let answers: Vec<String> =
                answers.iter().map(|answer| format!("{} {:.2}", answer.token, answer.score)).collect();
            progress.say(&format!("asked       ... {}   ->   {}", question.sentence, answers.join("   ")));
        }
        if talk.json {
            let asked = outcome.asked.iter().map(|Asked { question, answers }| {
                let answers = answers.iter().map(|answer| json!({ "token": answer.token, "score": answer.score }));
                json!({ "context": question.context, "sentence": question.sentence, "answer": question.answer, "answers": answers.collect::<Vec<_>>() })
            });
            // Nobody to tell is no failure of the model.
            let _ = writeln!(std::io::stdout(), "{}", json!({ "event": "asked", "asked": asked.collect::<Vec<_>>() }));
        }
        if !outcome.meets_targets() {
            let share = |part| outcome.share_of(part).unwrap_or((f64::NAN, f64::NAN));
            let ((words, commonest), (sentences, _)) = (share("mlm"), share("nsp"));
            tell(&format!(
                "error: the model learned less than it should: masked tokens {words:.3}, {:.3} is expected ({MASKED_LM_TARGET} times the commonest token); next sentence {sentences:.3}, {NEXT_SENTENCE_TARGET} is expected",
                MASKED_LM_TARGET * commonest,
            ));
            return Ok(ExitCode::FAILURE);
        }
        let model = outcome.run.model.display();
        progress.say(&format!(
            "now try     embert fill-mask --pretty --model {model} \"anna gives the red [MASK] to ben .\""
        ));
        progress.say("            embert pretrain --corpus YOUR/TEXT --out runs/mine");
        Ok(ExitCode::SUCCESS)
    }
}
