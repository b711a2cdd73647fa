//! `embert decode`.

use std::{
    io::{BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use embert::tokenizer::Tokenizer;
use serde::Deserialize;
use serde_json::json;

use super::{Source, Talk};
use crate::output::{lines, sentence};

/// Turn JSON lines of {"ids": [...]} into JSON lines of {"text": "..."}.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert decode --tokenizer DIR --skip-special-tokens < ids.jsonl\n",
    "  embert tokenize --tokenizer DIR < texts.txt | embert decode --tokenizer DIR",
))]
pub(crate) struct Decode {
    /// The directory of a tokenizer or model, or its name on the Hugging Face hub.
    #[arg(long)]
    tokenizer: Source,
    /// A file with a record a line; - is standard input.
    #[arg(long, default_value = "-")]
    input: PathBuf,
    /// Leave out [CLS], [SEP] and their like.
    #[arg(long)]
    skip_special_tokens: bool,
}

#[derive(Deserialize)]
struct Record {
    ids: Vec<u32>,
}

impl Decode {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        let tokenizer = Tokenizer::from_dir(&self.tokenizer.tokenizer(talk)?)?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        for line in lines(&self.input)? {
            let decoded = line?.map_err(Into::into).and_then(|line| self.decode(&tokenizer, &line));
            let record = match decoded {
                Ok(text) => json!({ "text": text }),
                Err(error) => json!({ "error": sentence(&error) }),
            };
            writeln!(out, "{record}")?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    fn decode(&self, tokenizer: &Tokenizer, line: &str) -> anyhow::Result<String> {
        let record: Record = serde_json::from_str(line)?;
        Ok(tokenizer.decode(&record.ids, self.skip_special_tokens)?)
    }
}
