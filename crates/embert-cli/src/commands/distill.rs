//! `embert distill`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use embert::{
    Wanted,
    pretrain::{Draft, Recipe},
};

use super::{Source, Talk, WrongUse, check_apart, source::resolve, text::TextFlags, training::path};

/// Train a small model to say what a large one says (DistilBERT).
///
/// The student reads what its teacher reads. By default it has half of the teacher's layers and begins as them: a
/// DistilBERT of a BERT, else one of the teacher's own family. Its loss is 5 times how far its words are from the
/// teacher's, 2 times that of the masked words, and the angle between both's hidden states. A run is one of
/// `embert pretrain` in all else: its folder, --resume, Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert distill --teacher DIR --corpus TEXT --out runs/small --budget 30m\n",
    "  embert distill --resume --out runs/small\n",
    "  embert distill --teacher DIR --student-layers 0,2,4,7,9,11 --corpus TEXT --out runs/six",
))]
pub(crate) struct Distill {
    /// The teacher, a model that fills in masked words: its directory, or its name on the Hugging Face hub.
    #[arg(long, value_name = "DIR")]
    teacher: Option<Source>,
    /// The teacher's layers that the student begins as, from 0: 0,2,4,7,9,11. By default every other, the first and the
    /// last among them.
    #[arg(long, value_delimiter = ',', value_name = "LAYERS")]
    student_layers: Vec<i64>,
    /// The student's config.json, of any family; with the teacher's widths and family it begins as its layers too.
    #[arg(long, value_name = "FILE")]
    student_config: Option<PathBuf>,
    /// By what the scores of both are divided before they are compared [2].
    #[arg(long)]
    temperature: Option<f64>,
    /// Weight of the teacher's words [5].
    #[arg(long)]
    alpha_ce: Option<f64>,
    /// Weight of the masked words [2].
    #[arg(long)]
    alpha_mlm: Option<f64>,
    /// Weight of the angle between hidden states, for which both have one width [1].
    #[arg(long)]
    alpha_cos: Option<f64>,
    /// Weight of the squared difference of the scores [0].
    #[arg(long)]
    alpha_mse: Option<f64>,
    /// Compare words where they are masked only, and not at every token: faster.
    #[arg(long)]
    restrict_ce_to_mask: bool,
    /// The hidden states whose angle is taken: the last ones, or those after all of the student's layers [last].
    #[arg(long)]
    cosine: Option<Cosine>,
    #[command(flatten)]
    text: TextFlags,
}

/// Which hidden states are compared.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cosine {
    /// The last ones.
    Last,
    /// Those after each layer of the student.
    All,
}

impl Distill {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let mut draft = self.draft()?;
        if !draft.said.says("distillation.teacher") && !self.text.run.goes_on() {
            return Err(WrongUse("--teacher DIR is expected where no run has begun".into()).into());
        }
        let teacher = resolve(&mut draft.said, "distillation.teacher", Wanted::Model, talk)?;
        check_apart(&self.text.run.out, teacher.as_slice())?;
        self.text.train(&draft, talk, |settings| match settings.distillation {
            Some(_) => Ok(()),
            None => Err(WrongUse(
                "the run has no teacher; --teacher DIR, or `embert pretrain --resume`, is expected".into(),
            )),
        })
    }

    fn draft(&self) -> anyhow::Result<Draft> {
        let mut said = self.text.said()?;
        said.say("recipe", Recipe::Distilbert.name());
        if let Some(teacher) = &self.teacher {
            said.say("distillation.teacher", path(teacher.said())?);
        }
        if !self.student_layers.is_empty() {
            said.say("distillation.layers", self.student_layers.clone());
        }
        if let Some(file) = &self.student_config {
            said.unsay("model.preset");
            said.say("model.config", path(file)?);
        }
        for (key, number) in [
            ("temperature", self.temperature),
            ("alpha_ce", self.alpha_ce),
            ("alpha_mlm", self.alpha_mlm),
            ("alpha_cos", self.alpha_cos),
            ("alpha_mse", self.alpha_mse),
        ] {
            if let Some(number) = number {
                said.say(&format!("distillation.{key}"), number);
            }
        }
        if self.restrict_ce_to_mask {
            said.say("distillation.restrict_ce_to_mask", true);
        }
        if let Some(cosine) = self.cosine {
            said.say(
                "distillation.cosine",
                match cosine {
                    Cosine::Last => "last",
                    Cosine::All => "all",
                },
            );
        }
        Ok(said.into())
    }
}
