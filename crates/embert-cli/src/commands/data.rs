//! `embert data`.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::{Args, Subcommand, ValueEnum};
use embert::{
    data::{
        Corpus, CorpusOptions, Error, Example,
        store::{Dataset, FormName, MaskingTime, Progress, Settings, build, source_of},
        vocabulary_of,
    },
    objectives::masking::{Choice, MaskingConfig},
    tokenizer::Tokenizer,
};
use serde_json::{Value, json};

use super::{Source, Talk, Threads, WrongUse, check_apart, named::named, stories::Stories};
use crate::{
    output::tell,
    progress::{bar, grouped},
};

/// Make training examples of text once, and look at them; print text to try things on.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert data build --recipe roberta --corpus TEXT --tokenizer DIR --out examples\n",
    "  embert data show examples --pretty\n",
    "  embert data stories --count 3",
))]
pub(crate) struct Data {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(Box<Build>),
    Show(Show),
    Stories(Stories),
}

impl Data {
    pub(crate) fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Build(build) => build.run(talk),
            Command::Show(show) => show.run(),
            Command::Stories(stories) => stories.run().map(|()| ExitCode::SUCCESS),
        }
    }
}

/// Make a folder of training examples (Parquet) of text. What was interrupted goes on.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert data build --corpus TEXT --tokenizer DIR --out examples\n",
    "  embert data build --recipe roberta --max-length 128 --corpus TEXT --tokenizer DIR --out examples\n",
    "  embert data build --form doc-sentences --masking dynamic --corpus TEXT.jsonl.gz --tokenizer DIR --out examples",
))]
struct Build {
    /// Files of text, or folders of them: .txt .md .html .jsonl .csv .tsv .parquet, .gz and .zst.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    corpus: Vec<PathBuf>,
    /// The directory of a tokenizer or model, or its name on the Hugging Face hub.
    #[arg(long)]
    tokenizer: Source,
    /// The folder to write; it is not there, empty, or was begun with the same settings.
    #[arg(long)]
    out: PathBuf,
    /// Whose examples: what the flags below do not say is as it was for this model.
    #[arg(long, value_enum, default_value_t = Recipe::Bert)]
    recipe: Recipe,
    /// What an example is.
    #[arg(long, value_parser = named(FormName::NAMES.map(|(name, _)| name), str::parse::<FormName>))]
    form: Option<FormName>,
    /// The longest example, in tokens.
    #[arg(long)]
    max_length: Option<usize>,
    /// How often a pair has a random shorter length.
    #[arg(long)]
    short_sequence_probability: Option<f64>,
    /// How often a second segment is random, where there is a choice.
    #[arg(long)]
    random_next_probability: Option<f64>,
    /// static: masked once, as it is written; dynamic: masked anew each time that it is read.
    #[arg(long, value_enum)]
    masking: Option<When>,
    /// How often the text is gone through for static masks, each time with others.
    #[arg(long)]
    duplicates: Option<u64>,
    /// Which tokens are masked: as whose code chooses them.
    #[arg(long, value_parser = named(Choice::NAMES.map(|(name, _)| name), str::parse::<Choice>))]
    choice: Option<Choice>,
    /// The share of the tokens that is masked.
    #[arg(long)]
    mask_probability: Option<f64>,
    /// The share of the chosen tokens that becomes the mask token.
    #[arg(long)]
    mask_share: Option<f64>,
    /// The share of the chosen tokens that becomes a random token; the others stay.
    #[arg(long)]
    random_share: Option<f64>,
    /// The most masked tokens of an example.
    #[arg(long)]
    max_predictions: Option<usize>,
    /// All that is random follows from it.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// The column, or the field of JSON lines, with the text.
    #[arg(long, default_value = "text")]
    text_column: String,
    /// Bytes that are not UTF-8 become U+FFFD; else they are an error.
    #[arg(long)]
    lossy: bool,
    #[command(flatten)]
    threads: Threads,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Recipe {
    Bert,
    Roberta,
    Albert,
    Distilbert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    Static,
    Dynamic,
}

impl Build {
    fn run(self, talk: Talk) -> anyhow::Result<ExitCode> {
        self.threads.apply()?;
        let is_static = matches!(self.recipe().masking_time, MaskingTime::Static { .. });
        let is_static = self.masking.map_or(is_static, |when| when == When::Static);
        if self.duplicates.is_some() && !is_static {
            return Err(WrongUse("--duplicates is for static masks; these are dynamic".into()).into());
        }
        check_apart(&self.out, &self.corpus)?;
        let settings = self.settings();
        let tokenizer = Tokenizer::from_dir(&self.tokenizer.tokenizer(talk)?)?;
        let options = CorpusOptions { text_column: self.text_column, lossy: self.lossy };
        let corpus = Corpus::open_with(&self.corpus, options)?;
        let start = Instant::now();
        // What is text in a page, or in a compressed file, is more or less than its bytes.
        let sizes = corpus.files().filter_map(|file| Some(file.metadata().ok()?.len()));
        let bar =
            bar(talk, Some(sizes.sum()), "examples    [{bar:13}] {bytes} of text in {total_bytes} of files   {msg}");
        let made = build(corpus.documents(), source_of(&corpus)?, &tokenizer, &settings, &self.out, |progress| {
            bar.set_position(progress.bytes as u64);
            bar.set_message(line(&progress, start));
        });
        let made = made.map_err(|error| match error {
            Error::NotUtf8 { .. } => anyhow::anyhow!("{error}; --lossy puts U+FFFD in its place"),
            error => error.into(),
        })?;
        bar.finish_and_clear();
        if talk.json {
            let Progress { documents, bytes, examples, shards, kept } = made;
            let made = json!({
                "documents": documents, "bytes": bytes, "examples": examples, "shards": shards, "kept": kept,
                "seconds": start.elapsed().as_secs_f64(),
            });
            println!("{made}");
        } else if !talk.quiet {
            tell(&format!("{}   {}", line(&made, start), self.out.display()));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn recipe(&self) -> Settings {
        match self.recipe {
            Recipe::Bert => Settings::bert(),
            Recipe::Roberta => Settings::roberta(),
            Recipe::Albert => Settings::albert(),
            Recipe::Distilbert => Settings::distilbert(),
        }
    }

    /// The recipe's, with what the flags say.
    fn settings(&self) -> Settings {
        let recipe = self.recipe();
        let statically = |duplicates| MaskingTime::Static { duplicates };
        let masking_time = match (self.masking, self.duplicates, recipe.masking_time) {
            (Some(When::Dynamic), ..) => MaskingTime::Dynamic,
            (_, Some(duplicates), _) => statically(duplicates),
            (Some(When::Static), None, MaskingTime::Dynamic) => statically(1),
            (_, None, time) => time,
        };
        Settings {
            form: self.form.unwrap_or(recipe.form),
            max_length: self.max_length.unwrap_or(recipe.max_length),
            short_sequence_probability: self.short_sequence_probability.unwrap_or(recipe.short_sequence_probability),
            random_next_probability: self.random_next_probability.unwrap_or(recipe.random_next_probability),
            masking_time,
            masking: MaskingConfig {
                probability: self.mask_probability.unwrap_or(recipe.masking.probability),
                choice: self.choice.unwrap_or(recipe.masking.choice),
                max_predictions_per_sequence: self.max_predictions.or(recipe.masking.max_predictions_per_sequence),
                mask_share: self.mask_share.unwrap_or(recipe.masking.mask_share),
                random_share: self.random_share.unwrap_or(recipe.masking.random_share),
            },
            seed: self.seed,
        }
    }
}

/// `12,000 documents   34,000 examples   3 shards   1,234 examples/s`.
fn line(progress: &Progress, start: Instant) -> String {
    let Progress { documents, examples, shards, kept, .. } = *progress;
    let kept = if kept > 0 { format!(" ({kept} were there)") } else { String::new() };
    let pace = examples as f64 / start.elapsed().as_secs_f64();
    format!(
        "{} documents   {} examples   {shards} shards{kept}   {} examples/s",
        grouped(documents),
        grouped(examples),
        grouped(pace as usize)
    )
}

/// Show training examples: tokens, segments, what was masked, and the answer about the segments.
#[derive(Debug, Args)]
#[command(after_help = concat!(
    "Examples:\n",
    "  embert data show examples --pretty\n",
    "  embert data show examples --from 100 --count 10\n",
    "  embert data show runs/mine/data/training --epoch 1",
))]
struct Show {
    /// The folder of a data set.
    dir: PathBuf,
    /// The number of the first example to show.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many to show.
    #[arg(long, default_value_t = 1)]
    count: usize,
    /// The epoch whose masks are shown, where they are drawn when an example is read.
    #[arg(long, default_value_t = 0)]
    epoch: u64,
    /// For people, and not as JSON lines.
    #[arg(long)]
    pretty: bool,
}

impl Show {
    fn run(self) -> anyhow::Result<ExitCode> {
        let dataset = Dataset::open(&self.dir)?;
        let tokenizer = dataset.tokenizer()?;
        let settings = dataset.settings();
        if self.from >= dataset.len() {
            let (dir, count) = (self.dir.display(), dataset.len());
            anyhow::bail!("{dir}: there is no example {}; there are {count}", self.from);
        }
        let mut vocabulary = vocabulary_of(&tokenizer)?;
        if matches!(settings.masking.choice, Choice::DistilBert { .. }) {
            vocabulary = vocabulary.with_counts(dataset.token_counts(tokenizer.vocab_size())?);
        }
        let masks = dataset.masks(settings.seed, self.epoch, &vocabulary);
        let mut out = BufWriter::new(std::io::stdout().lock());
        for (index, example) in (self.from..).zip(dataset.examples(self.from).take(self.count)) {
            let mut example = example?;
            masks.draw(index, &mut example);
            let shown = shown(index, &example, settings.form, &tokenizer, &self.dir)?;
            if self.pretty {
                write!(out, "{}", page(&shown))?;
            } else {
                writeln!(out, "{shown}")?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(index: u64, example: &Example, form: FormName, tokenizer: &Tokenizer, dir: &Path) -> anyhow::Result<Value> {
    let tokens = |ids: &[u32]| -> anyhow::Result<Vec<String>> {
        let token = |id: &u32| {
            let outside =
                || anyhow::anyhow!("{}: example {index} has the id {id}, which its tokenizer has not", dir.display());
            tokenizer.id_to_token(*id).ok_or_else(outside)
        };
        ids.iter().map(token).collect()
    };
    let mut shown = json!({
        "index": index,
        "tokens": tokens(&example.ids)?,
        "input_ids": example.ids,
        "token_type_ids": example.type_ids,
        "masked_positions": example.masked.positions,
        "masked_tokens": tokens(&example.masked.originals)?,
        "masked_labels": example.masked.originals,
    });
    let answer = example.sentence_pair_label.map(|label| match form {
        FormName::SentenceOrder => ("is_swapped", label == 1),
        _ => ("is_next", label == 0),
    });
    if let (Some(object), Some((name, answer))) = (shown.as_object_mut(), answer) {
        object.insert(name.to_owned(), answer.into());
    }
    Ok(shown)
}

/// A line for the tokens, with what stood where something was masked, and one for each other thing.
fn page(shown: &Value) -> String {
    let strings = |key: &str| -> Vec<String> {
        let values = shown[key].as_array().into_iter().flatten();
        values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
    };
    let mut tokens = strings("tokens");
    for (position, original) in strings("masked_positions").iter().zip(strings("masked_tokens")) {
        if let Some(token) = position.parse().ok().and_then(|position: usize| tokens.get_mut(position)) {
            *token = format!("{token}({original})");
        }
    }
    let mut page = format!("example     {}\ntokens      {}\n", shown["index"], tokens.join(" "));
    page += &format!("segments    {}\n", strings("token_type_ids").join(" "));
    for (key, name) in [("is_next", "is next"), ("is_swapped", "is swapped")] {
        if let Some(answer) = shown[key].as_bool() {
            page += &format!("{name:<12}{answer}\n");
        }
    }
    page + "\n"
}
