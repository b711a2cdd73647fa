//! `embert fill-mask`.

use std::{io::Write, process::ExitCode};

use arrow_schema::Field;
use clap::Args;
use embert::{Fill, MaskFilling};
use serde::Serialize;

use super::{
    Talk,
    job::{Job, printable},
    texts::Texts,
};
use crate::output::{Told, float, list, text};

/// Say what could stand where [MASK] stands: token, probability, the text with it.
///
/// For each mask a line, {"fills": [{"token", "score", "text"}, …]}, the likeliest first.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert fill-mask --model DIR --pretty \"anna gives the [MASK] to ben .\"\n",
    "  embert fill-mask --model DIR --top-k 10 --input texts.txt --output filled.jsonl",
))]
pub(crate) struct FillMask {
    /// Answers for each mask.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    #[command(flatten)]
    texts: Texts,
    #[command(flatten)]
    job: Job,
}

#[derive(Serialize)]
struct Fills {
    fills: Vec<Fill>,
}

impl Told for Fills {
    fn columns() -> Vec<Field> {
        vec![list("fills", vec![text("token"), float("score"), text("text")])]
    }

    /// A line for each answer.
    fn tell(&self, out: &mut dyn Write) -> std::io::Result<()> {
        self.fills.iter().try_for_each(|fill| {
            let (token, text) = (printable(&fill.token), printable(&fill.text));
            writeln!(out, "{token:<16} {:.4}  {text}", fill.score)
        })
    }
}

impl FillMask {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let Self { top_k, texts, job } = self;
        let texts = texts.single(&job)?;
        let fill_mask = job.open::<MaskFilling>(talk, |builder| builder.top_k(top_k as usize))?;
        job.answer::<Fills, _, _>(talk, &fill_mask, texts, |answers, of_text| {
            of_text.into_iter().try_for_each(|of_mask| answers.write(&Fills { fills: of_mask.fills }))
        })
    }
}
