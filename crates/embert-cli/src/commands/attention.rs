//! `embert attention`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use embert::{AttentionMapper, Passage, RunOn, attention::AttentionMap};

use super::{Runner, Source, Talk, WrongUse, check_folder, job::done};
use crate::output::write_to;

/// The most tokens that a picture has room for.
const MOST_TOKENS: usize = 256;

/// Draw what each head of a model looks at in a text.
///
/// F.html is a page for a browser, in which layers, heads and tokens are chosen; it needs no network. F.svg is a picture of
/// all heads in small, or with --layer of the heads of one. A text has at most 256 tokens.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert attention --model DIR \"the cat sat on the mat\" --out attention.html\n",
    "  embert attention --model DIR \"the cat sat\" --pair \"it slept\" --layer 1 --head 0,3 --out heads.svg",
))]
pub(crate) struct Attention {
    /// The model's directory, or its name on the Hugging Face hub.
    #[arg(long)]
    model: Source,
    /// The text.
    text: String,
    /// A second text, which the model reads with the first.
    #[arg(long, value_name = "TEXT")]
    pair: Option<String>,
    /// The file to write: its name ends with .html or .svg.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A layer, from 0, of which a picture is drawn.
    #[arg(long, value_name = "N")]
    layer: Option<usize>,
    /// Its heads, from 0; all by default.
    #[arg(long, value_delimiter = ',', requires = "layer", value_name = "N")]
    head: Vec<usize>,
    /// A text that is longer than the model reads is an error; else it is cut.
    #[arg(long)]
    no_truncate: bool,
    #[command(flatten)]
    runner: Runner,
}

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Picture,
}

impl Attention {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let kind = self.kind()?;
        check_folder("--out", &self.out)?;
        let RunOn { device, compute } = self.runner.open(talk)?;
        let mapper = AttentionMapper::builder(self.model.model(talk)?).device(device).compute(compute);
        let mapper = mapper.no_truncate(self.no_truncate).open()?;
        talk.warn(mapper.warnings());
        let passage = Passage { text: self.text.clone(), pair: self.pair.clone() };
        let map = mapper.run([passage])?.pop().unwrap_or_default();
        let picture = self.picture(kind, &map)?;
        write_to(Some(&self.out), |file| Ok(file.write_all(picture.as_bytes())?))?;
        Ok(done(talk, mapper.cut()))
    }

    fn kind(&self) -> Result<Kind, WrongUse> {
        let out = self.out.display();
        match self.out.extension().unwrap_or_default().to_string_lossy().to_lowercase().as_str() {
            "svg" => Ok(Kind::Picture),
            "html" if self.layer.is_some() => {
                Err(WrongUse(format!("--layer: in {out} layers are chosen; a name that ends with .svg is expected")))
            }
            "html" => Ok(Kind::Page),
            _ => Err(WrongUse(format!("--out {out}: a name that ends with .html or .svg is expected"))),
        }
    }

    fn picture(&self, kind: Kind, map: &AttentionMap) -> anyhow::Result<String> {
        let (tokens, layers, heads) = (map.pieces.len(), map.layers(), map.heads());
        anyhow::ensure!(tokens <= MOST_TOKENS, "the text has {tokens} tokens; a picture has room for {MOST_TOKENS}");
        let wrong = |flag: &str, number: usize, count: usize| {
            WrongUse(format!("{flag} {number}: the model has {count}, which are counted from 0"))
        };
        if let Some(&head) = self.head.iter().find(|head| **head >= heads) {
            return Err(wrong("--head", head, heads).into());
        }
        match (kind, self.layer) {
            (Kind::Page, _) => Ok(map.to_html()),
            (Kind::Picture, None) => Ok(map.to_svg()),
            (Kind::Picture, Some(layer)) if layer >= layers => Err(wrong("--layer", layer, layers).into()),
            (Kind::Picture, Some(layer)) if self.head.is_empty() => {
                Ok(map.layer_to_svg(layer, &(0..heads).collect::<Vec<_>>()))
            }
            (Kind::Picture, Some(layer)) => Ok(map.layer_to_svg(layer, &self.head)),
        }
    }
}
