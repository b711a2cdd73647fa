//! What was done and what came of it, in Markdown.

use std::fmt;

use super::{
    Study, THREADS,
    books::{self, Books, FEWEST_WORDS, PAGES_TO_ONE_HELD_OUT, WORDS},
    claims::Claim,
    measure::{Row, Seconds},
    models::{LAYERS, LAYERS_TOML, Model, VOCABULARY, train_tokenizer},
    settings,
    spread::Spread,
};
use crate::bench::{
    machine::{Machine, commit},
    table::table,
};

/// All that the page says.
pub(super) struct Report<'a> {
    pub(super) study: &'a Study,
    pub(super) books: &'a Books,
    pub(super) rows: &'a [Row],
    pub(super) seconds: Seconds,
    /// None of a run that is too short to judge by.
    pub(super) claims: Option<Vec<Claim>>,
    /// The picture's file, beside the page.
    pub(super) figure: &'a str,
    settings: [String; 2],
    machine: Machine,
}

impl<'a> Report<'a> {
    /// # Errors
    /// Where a run's settings are not there.
    pub(super) fn new(
        study: &'a Study,
        books: &'a Books,
        (rows, seconds): (&'a [Row], Seconds),
        claims: Option<Vec<Claim>>,
        figure: &'a str,
    ) -> anyhow::Result<Self> {
        let config = |model: Model, run| format!("{}/{run}/config.toml", model.place(&study.folder, 1));
        let pretraining = Model::ALL.map(|model| (model.name(), config(model, "pretraining")));
        let settings = [
            settings::table_of(&pretraining)?,
            settings::table_of(&[("all models", config(Model::Bert, "finetuning"))])?,
        ];
        Ok(Self { study, books, rows, seconds, claims, figure, settings, machine: Machine::this(THREADS)? })
    }

    fn results(&self) -> String {
        let bert = self.rows.iter().find(|row| row.model == Model::Bert);
        let header = [
            "model",
            "parameters",
            "of BERT's",
            "without embeddings, of BERT's",
            "masked words, %",
            "perplexity",
            "score, %",
            "ms a sentence",
        ];
        let cells = |row: &Row| {
            let share = |of: fn(&Row) -> usize| bert.map(|bert| format!("{:.0} %", 100.0 * ratio(of(row), of(bert))));
            let percent = |shares: &[f64]| shares.iter().map(|share| 100.0 * share).collect::<Vec<_>>();
            vec![
                row.model.name().to_owned(),
                row.parameters.to_string(),
                share(|row| row.parameters).unwrap_or_default(),
                share(|row| row.parameters - row.embeddings).unwrap_or_default(),
                spread(&percent(&row.accuracy), 1),
                spread(&row.perplexity, 1),
                spread(&percent(&row.score), 1),
                spread(&row.milliseconds, 3),
            ]
        };
        table(1, &header, &self.rows.iter().map(cells).collect::<Vec<_>>())
    }

    fn trainings(&self) -> String {
        let header = ["model", "steps", "million tokens", "minutes"];
        let cells = |row: &Row| {
            let millions: Vec<f64> = row.tokens.iter().map(|tokens| tokens / 1e6).collect();
            vec![row.model.name().into(), row.steps.to_string(), spread(&millions, 2), spread(&row.minutes, 1)]
        };
        table(1, &header, &self.rows.iter().map(cells).collect::<Vec<_>>())
    }

    fn text(&self) -> String {
        let header = [
            "book",
            "pages to train on",
            "their words",
            "their examples",
            "pages held out",
            "their words",
            "their examples",
        ];
        let cells = |book: &books::Book| {
            let part = |part: &books::Part| [part.pages, part.words, part.examples].map(|count| count.to_string());
            [vec![book.name.clone()], part(&book.training).into(), part(&book.held_out).into()].concat()
        };
        table(1, &header, &self.books.books.iter().map(cells).collect::<Vec<_>>())
    }

    /// What was asked of the program, at the first seed.
    fn commands(&self) -> String {
        let Study { folder, tokens, .. } = self.study;
        let trainings = Model::ALL.map(|model| model.pretrain(folder, 1, *tokens));
        let of_all = [
            Model::Bert.finetune(folder, 1),
            Model::Bert.evaluate(folder, 1),
            Model::Bert.evaluate_task(folder, 1),
            Model::Bert.inspect(folder, 1),
            Model::Bert.embed(folder, 1, &self.study.sentences),
        ];
        let all = [train_tokenizer()].into_iter().chain(trainings).chain(of_all);
        all.map(|arguments| format!("embert {}\n", arguments.join(" "))).collect()
    }
}

fn spread(numbers: &[f64], digits: usize) -> String {
    Spread::of(numbers).map_or_else(String::new, |spread| format!("{spread:.digits$}"))
}

fn ratio(part: usize, of: usize) -> f64 {
    part as f64 / of as f64
}

fn verdicts(claims: &[Claim], seeds: u64) -> String {
    let header = ["claim", "in the paper", "here", "holds", "seeds"];
    let cells = |claim: &Claim| {
        let holds = if claim.holds { "yes" } else { "no" };
        let by_seed = format!("{} of {seeds}", claim.seeds);
        vec![claim.claim.to_owned(), claim.paper.to_owned(), claim.here.clone(), holds.to_owned(), by_seed]
    };
    table(5, &header, &claims.iter().map(cells).collect::<Vec<_>>())
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Study { tokens, seeds, sentence_count, .. } = self.study;
        let (commit, machine, toolchain, figure) = (commit(), &self.machine, &self.books.toolchain, self.figure);
        let arguments = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
        let Seconds { pretraining, finetuning, evaluation } = self.seconds;
        let minutes = |seconds: f64| (seconds / 60.0).round();
        let all = minutes(pretraining + finetuning + evaluation);
        let [pretraining, finetuning, evaluation] = [pretraining, finetuning, evaluation].map(minutes);
        let held_out: usize = self.books.books.iter().map(|book| book.held_out.examples).sum();
        let (results, trainings, text, commands) = (self.results(), self.trainings(), self.text(), self.commands());
        let [of_pretraining, of_finetuning] = &self.settings;
        let (least, most) = (WORDS.start(), WORDS.end());
        let seeds = if *seeds == 1 { "one seed".into() } else { format!("{seeds} seeds") };
        let millions = *tokens as f64 / 1e6;
        writeln!(
            f,
            "# The papers' claims at a small size

<!-- Written by `cargo xtask {arguments}`. -->

`cargo xtask {arguments}`, commit {commit}, {machine}; text of {toolchain}. {all} minutes of the program: {pretraining} of
pre-training, {finetuning} of fine-tuning, {evaluation} of evaluation (of a run that was interrupted, its last process alone).

The recipes are run as `embert` has them, at {millions} million tokens each and {seeds}, on a text of a few megabytes and with
models of a million parameters; the papers have a hundred times the parameters and ten thousand times the tokens and more. Nothing is
tuned to make a claim hold: rates, forms and masks are those that each recipe has where nothing is said, and the bounds of the
verdicts were written down before the first run. Two things were chosen after first tries, for all models alike, so that there is
something to compare: in 2.5 million tokens at 2,048 a step BERT had learned how often words come and nothing else, since one per
cent of so few steps is no warm-up. A tenth of the steps is warm-up now, here as wherever a run is not of a paper's size, and a step
is of 1,024 tokens."
        )?;
        if let Some(claims) = &self.claims {
            let verdicts = verdicts(claims, self.study.seeds);
            writeln!(
                f,
                "
## Which claims hold here

{verdicts}
`holds` is by the means of all seeds; `seeds` are those by whose own numbers it holds, model beside model of the same seed."
            )?;
        } else {
            writeln!(f, "\nThis was a short run, to see that all works: it is nothing to judge the claims by.")?;
        }
        writeln!(
            f,
            "
## What came of it

![For each model, how many masked words it fills in and of how many paragraphs it knows the book]({figure})

A dot is a seed, the upright line their mean.

{results}
A mean over seeds, with the lowest and the highest; of the milliseconds over rounds. Parameters are without heads, as the papers
count them. Masked words and perplexity are of the held-out pages, 15 % masked as RoBERTa's code masks them, with the same masks
for all. The score is the share of {held_out} held-out paragraphs of which the fine-tuned model names the right one of four books; one
of four is right by chance, and the number of paragraphs alone makes it uncertain by about {error:.1} points. The milliseconds are
those of `embert embed` from its start to its end on {sentence_count} sentences, at {THREADS} threads.

{trainings}
## What was done

**Text.** Every {PAGES_TO_ONE_HELD_OUT}th page of each book is held out, from pre-training and from fine-tuning alike; those of fewer than
{FEWEST_WORDS} words, most of which lead to another, are left out. A paragraph that stands on several pages is kept on the first alone, and
not among those held out where any page that is trained on has it. Examples are paragraphs of {least} to {most} words, as many of each
book.

{text}
**Models.** BERT, RoBERTa and ALBERT have four layers of 128 with two heads, the students two of them. All read one WordPiece
vocabulary of {VOCABULARY}, so that their accuracies and perplexities are of the same tokens, and so small that the embeddings have the
share of the parameters that they have in bert-base. `{LAYERS}` is

```toml
{LAYERS_TOML}```

**Pre-training.** What each recipe makes of it:

{of_pretraining}
**Fine-tuning.** The same for all models:

{of_finetuning}
**Commands**, at the first seed; those after the trainings are asked of every model.

<!-- not run: `cargo xtask repro` runs them -->

```sh
{commands}```

## What this does not say

- The student that is distilled has what its teacher learned of as many tokens before, and begins as two of its layers; the one that
  is alone begins from nothing, as in the paper's comparison.
- RoBERTa's larger steps are not tried: all steps are of as many tokens. Where BERT's text is gone through no more often than it has
  duplicates, each with masks of its own, no mask is seen twice, and dynamic masks cannot matter.
- The rate of BERT's recipe is lower than RoBERTa's, since it has no bias correction: rate, optimiser, form and masks are compared
  together, as recipes.
- RoBERTa and the students are pre-trained on rows as those that the masked words are measured on; BERT and ALBERT on two segments.
- ALBERT's embeddings are as wide as its layers here, so that nothing is factorised: what it differs in is shared layers, its masks,
  its question and its optimiser, all at once.",
            error = 100.0 * (0.16 / held_out.max(1) as f64).sqrt(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::verdicts;
    use crate::repro::claims::Claim;

    #[test]
    fn a_verdict_says_at_how_many_seeds_it_is_so() {
        let claim = Claim { claim: "a", paper: "b", here: "c".into(), holds: true, seeds: 2 };
        let expected = "| claim | in the paper | here | holds | seeds  |\n\
                        | ----- | ------------ | ---- | ----- | ------ |\n\
                        | a     | b            | c    | yes   | 2 of 3 |\n";
        assert_eq!(verdicts(&[claim], 3), expected);
    }
}
