//! The models, and what each is trained by: `embert`'s arguments, with nothing said that its recipe says.

use super::{FOLDER, THREADS, books};

/// Pieces of the vocabulary, which all models have: beside the layers as many as bert-base has, so that the embeddings
/// have the same share of the parameters.
pub(super) const VOCABULARY: usize = 1500;
/// Where it is.
pub(super) const TOKENIZER: &str = "target/repro/tokenizer";
/// The published size that all are of, but for its two layers: those are the student's.
const SIZE: &str = "bert-tiny";
/// What says so of the others.
pub(super) const LAYERS: &str = "target/repro/layers.toml";
pub(super) const LAYERS_TOML: &str = "[model.keys]\nnum_hidden_layers = 4\n";
/// The longest row, in tokens.
const LENGTH: usize = 128;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    Bert,
    Roberta,
    /// For twice the tokens of all others.
    RobertaLonger,
    Albert,
    /// Of the same seed's BERT.
    Distilled,
    /// The same student, without a teacher.
    Alone,
}

impl Model {
    /// All of them; who learns from another stands after it.
    pub(super) const ALL: [Self; 6] =
        [Self::Bert, Self::Roberta, Self::RobertaLonger, Self::Albert, Self::Distilled, Self::Alone];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bert => "BERT",
            Self::Roberta => "RoBERTa",
            Self::RobertaLonger => "RoBERTa, 2x steps",
            Self::Albert => "ALBERT",
            Self::Distilled => "DistilBERT",
            Self::Alone => "student alone",
        }
    }

    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
            Self::RobertaLonger => "roberta-longer",
            Self::Albert => "albert",
            Self::Distilled => "distilled",
            Self::Alone => "alone",
        }
    }

    /// How many times the budget it is trained for.
    pub(super) fn budgets(self) -> u64 {
        if self == Self::RobertaLonger { 2 } else { 1 }
    }

    /// What makes it another model than the others.
    fn recipe(self, study: &str, seed: u64) -> String {
        let recipe = match self {
            Self::Distilled => return format!("distill --teacher {}", Self::Bert.model(study, seed)),
            Self::Alone => return format!("pretrain --recipe distilbert --preset {SIZE} --tokenizer {TOKENIZER}"),
            Self::Bert => "bert",
            Self::Roberta | Self::RobertaLonger => "roberta",
            Self::Albert => "albert",
        };
        format!("pretrain --recipe {recipe} --preset {SIZE} --config {LAYERS} --tokenizer {TOKENIZER}")
    }

    /// Where all is that is of it.
    pub(super) fn place(self, study: &str, seed: u64) -> String {
        format!("{study}/seed-{seed}/{}", self.folder())
    }

    /// The pre-trained model's directory.
    pub(super) fn model(self, study: &str, seed: u64) -> String {
        format!("{}/pretraining/model", self.place(study, seed))
    }

    /// Its pre-training; what was begun is gone on with.
    pub(super) fn pretrain(self, study: &str, seed: u64, tokens: u64) -> Vec<String> {
        let (recipe, corpus, place) = (self.recipe(study, seed), books::text(false), self.place(study, seed));
        let tokens = tokens * self.budgets();
        arguments(&format!(
            "{recipe} --corpus {corpus} --held-out 0.01 --tokens {tokens} --batch-tokens 1024 --max-length {LENGTH} \
             --validate-every 500 --seed {seed} --threads {THREADS} --out {place}/pretraining --resume --quiet"
        ))
    }

    /// Its fine-tuning: the same for all of them.
    pub(super) fn finetune(self, study: &str, seed: u64) -> Vec<String> {
        let (model, place) = (self.model(study, seed), self.place(study, seed));
        let [training, held_out] = [false, true].map(books::examples);
        arguments(&format!(
            "finetune --task sequence-classification --model {model} --train {training} --valid {held_out} \
             --max-length {LENGTH} --seed {seed} --threads {THREADS} --out {place}/finetuning --resume --quiet"
        ))
    }

    /// How many masked words of the held-out pages it fills in.
    pub(super) fn evaluate(self, study: &str, seed: u64) -> Vec<String> {
        let (model, data) = (self.model(study, seed), books::text(true));
        let of = format!("evaluate --model {model} --data {data} --task masked-lm");
        arguments(&format!("{of} --max-length {LENGTH} --threads {THREADS}"))
    }

    /// Of how many paragraphs of the held-out pages it knows the book, after fine-tuning.
    pub(super) fn evaluate_task(self, study: &str, seed: u64) -> Vec<String> {
        let (place, data) = (self.place(study, seed), books::examples(true));
        let of = format!("evaluate --model {place}/finetuning/model --data {data}");
        arguments(&format!("{of} --max-length {LENGTH} --threads {THREADS}"))
    }

    /// How many parameters it has, without its heads.
    pub(super) fn inspect(self, study: &str, seed: u64) -> Vec<String> {
        arguments(&format!("inspect {} --task base --json", self.model(study, seed)))
    }

    /// A vector for each sentence of a file.
    pub(super) fn embed(self, study: &str, seed: u64, sentences: &str) -> Vec<String> {
        let model = self.model(study, seed);
        let of = format!("embed --model {model} --input {sentences} --output {FOLDER}/vectors.npy");
        arguments(&format!("{of} --format npy --threads {THREADS} --quiet"))
    }
}

/// The vocabulary of all of them.
pub(super) fn train_tokenizer() -> Vec<String> {
    let corpus = books::text(false);
    let of = format!("train-tokenizer --kind wordpiece --vocab-size {VOCABULARY} --input {corpus}");
    arguments(&format!("{of} --max-length {LENGTH} --threads {THREADS} --out {TOKENIZER} --quiet"))
}

/// None has a space in it: all paths are from the root.
fn arguments(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
