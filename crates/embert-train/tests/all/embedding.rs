//! Sentence embedding: rules that are learned in seconds, and negatives that are those of the whole batch.

use crate::{
    ranks::Threads,
    support::{CLS, best, learn, learn_among, settings},
};
use burn::{module::Module, tensor::Device};
use embert_core::{Bert, BertConfig, EncoderOnly, Pass, SentenceHead};
use embert_train::{
    Alone, BatchSize, Error, Look, Objective, OptimizerSettings, Ranks, Schedule, State, Training,
    tasks::{EmbeddingTask, Row, TextPair},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

fn config() -> BertConfig {
    BertConfig {
        vocab_size: 60,
        max_position_embeddings: 16,
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..BertConfig::of_size(1, 32, 2)
    }
}

fn row(words: impl IntoIterator<Item = u32>) -> Row<()> {
    let ids: Vec<u32> = [CLS].into_iter().chain(words).collect();
    Row { type_ids: vec![0; ids.len()], ids, target: () }
}

/// A text and its translation, in other words (each word `n` is `n + 25`) and another order.
fn translations(count: usize, seed: u64) -> Vec<TextPair> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut pair = || {
        let words: Vec<u32> = (0..random.random_range(3..7)).map(|_| random.random_range(10..35)).collect();
        let mut translated: Vec<u32> = words.iter().map(|word| word + 25).collect();
        translated.shuffle(&mut random);
        TextPair { anchor: row(words), positive: row(translated), negative: None, score: None }
    };
    (0..count).map(|_| pair()).collect()
}

/// Texts of four words in two languages; the score is how many of them are each other's translations.
fn scored(count: usize, seed: u64) -> Vec<TextPair> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut pair = || {
        let mut words: Vec<u32> = (10..35).collect();
        words.shuffle(&mut random);
        let shared = random.random_range(0..=4);
        let mut other: Vec<u32> = words[4 - shared..8 - shared].iter().map(|word| word + 25).collect();
        other.shuffle(&mut random);
        let score = Some(shared as f32);
        TextPair { anchor: row(words[..4].to_vec()), positive: row(other), negative: None, score }
    };
    (0..count).map(|_| pair()).collect()
}

fn model() -> EncoderOnly<Bert> {
    EncoderOnly::new(&config(), &Device::flex(), 1)
}

/// A figure of the model as it is before it has learned.
fn before(objective: &EmbeddingTask<Bert>, held_out: &[TextPair], figure: &str) -> f64 {
    let look = objective.look(&model(), held_out, &mut Pass::inference()).unwrap();
    let verdicts = objective.verdicts(held_out, Look::said_rows(look.said).unwrap());
    objective.judge(held_out, verdicts).unwrap().get(figure).unwrap()
}

fn task(training: &[TextPair], held_out: &[TextPair]) -> Result<EmbeddingTask<Bert>, Error> {
    EmbeddingTask::new(&config(), SentenceHead::default(), training, held_out)
}

#[test]
fn what_belongs_together_is_found() {
    let (training, held_out) = (translations(800, 1), translations(100, 2));
    let objective = task(&training, &held_out).unwrap();
    assert_eq!((objective.parts(), objective.criterion()), (&["ranking"][..], Some("accuracy")));
    let settings = Training { schedule: Schedule::linear(200, 8), ..settings() };
    let (validations, _) = learn(&settings, &objective, model(), [training, held_out]);
    // By chance, one in a hundred is.
    assert!(best(&validations, "accuracy") >= 0.8, "{:?}", validations.last());
}

#[test]
fn scores_become_cosines() {
    let (training, held_out) = (scored(800, 1), scored(100, 2));
    let objective = task(&training, &held_out).unwrap();
    assert_eq!((objective.parts(), objective.criterion()), (&["similarity"][..], Some("spearmanr")));
    let settings = Training { schedule: Schedule::linear(200, 8), ..settings() };
    assert!(before(&objective, &held_out, "spearmanr") <= 0.3);
    let (validations, _) = learn(&settings, &objective, model(), [training, held_out]);
    assert!(best(&validations, "spearmanr") >= 0.85, "{:?}", validations.last());
    assert!(best(&validations, "mse") <= 0.05, "{:?}", validations.last());
}

#[test]
fn what_is_learned_without_scores_can_be_judged_by_them() {
    let (training, held_out) = (translations(64, 1), scored(30, 2));
    let objective = task(&training, &held_out).unwrap();
    assert_eq!((objective.parts(), objective.criterion()), (&["ranking"][..], Some("spearmanr")));
    let settings = Training { schedule: Schedule::linear(10, 1), ..settings() };
    let (validations, _) = learn(&settings, &objective, model(), [training, held_out]);
    assert!(best(&validations, "pearson").is_finite());
}

#[test]
fn a_text_that_is_the_same_as_the_own_one_is_right() {
    let pair =
        |anchor, positive| TextPair { anchor: row([anchor]), positive: row([positive]), negative: None, score: None };
    let pairs = [pair(10, 10), pair(11, 10), pair(12, 13)];
    let objective = task(&pairs, &pairs).unwrap();
    // The last anchor is nearest to what belongs to the others.
    let verdicts = vec![vec![vec![1.0, 0.0]; 2], vec![vec![1.0, 0.0]; 2], vec![vec![1.0, 0.0], vec![0.0, 1.0]]];
    let judged = objective.judge(&pairs, verdicts).unwrap();
    assert_eq!(judged.get("accuracy"), Some(2.0 / 3.0));
    let negative = Some(row([10]));
    let triplet = [TextPair { negative: negative.clone(), ..pair(11, 10) }, TextPair { negative, ..pair(12, 13) }];
    let verdicts = vec![vec![vec![1.0, 0.0], vec![0.6, 0.8], vec![1.0, 0.0]], vec![vec![0.0, 1.0]; 3]];
    assert_eq!(objective.judge(&triplet, verdicts).unwrap().get("accuracy"), Some(1.0));
}

#[test]
fn a_pair_alone_teaches_something_where_it_has_a_score_or_a_negative() {
    let pairs = translations(3, 1);
    assert_eq!(EmbeddingTask::<Bert>::least_batch(&pairs), 2);
    assert_eq!(EmbeddingTask::<Bert>::least_batch(&scored(3, 1)), 1);
    let negative = |pair: TextPair| TextPair { negative: Some(pair.anchor.clone()), ..pair };
    let triplets: Vec<TextPair> = pairs.into_iter().map(negative).collect();
    assert_eq!(EmbeddingTask::<Bert>::least_batch(&triplets), 1);
}

/// What is held out and what a text is after a few steps, with dropout.
fn trained(threads: usize, micro_batch_tokens: usize) -> Vec<f32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| trained_among(&Alone, micro_batch_tokens))
}

fn trained_among(ranks: &dyn Ranks, micro_batch_tokens: usize) -> Vec<f32> {
    let pairs: Vec<TextPair> = translations(96, 1)
        .into_iter()
        .zip(translations(96, 2))
        .map(|(pair, other)| TextPair { negative: Some(other.positive), ..pair })
        .collect();
    let objective = task(&pairs, &pairs).unwrap();
    let config = BertConfig { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, ..config() };
    let model = EncoderOnly::<Bert>::new(&config, &Device::flex(), 1);
    let settings = Training {
        micro_batch_tokens,
        batch: BatchSize::of_examples(24),
        schedule: Schedule::linear(6, 1),
        optimizer: OptimizerSettings { learning_rate: 1e-3, ..settings().optimizer },
        ..settings()
    };
    let (validations, State { model, .. }) = learn_among(ranks, &settings, &objective, model, [pairs.clone(), pairs]);
    let batch = embert_core::Batch::new(vec![CLS, 20, 50, 30], vec![0; 4], vec![4]).unwrap();
    let hidden = model.valid().forward(&batch, &mut Pass::inference()).unwrap();
    let mut numbers: Vec<f32> = hidden.into_data().try_into_vec().unwrap();
    numbers.extend(validations.iter().map(|validation| validation.loss as f32));
    numbers
}

#[test]
fn negatives_are_those_of_the_whole_batch_whatever_the_pieces_and_threads() {
    let expected = trained(1, 1 << 20);
    assert_eq!(trained(1, 8), expected);
    assert_eq!(trained(4, 8), expected);
}

#[test]
fn negatives_are_those_of_the_whole_batch_whatever_the_ranks() {
    let expected = trained(1, 8);
    let ranks = Threads::each(3, |ranks| trained_among(ranks, 8));
    assert_eq!(ranks[0].len(), expected.len());
    assert!(ranks[0].iter().zip(&expected).all(|(ours, theirs)| (ours - theirs).abs() < 1e-5));
    // The first alone validates.
    assert!(ranks.iter().all(|rank| ranks[0].starts_with(rank)));
}

#[test]
fn a_text_has_the_same_vector_alone_and_in_a_batch() {
    let pairs = translations(20, 1);
    let (objective, model) = (task(&pairs, &pairs).unwrap(), model());
    let look = |pairs: &[TextPair]| {
        let look = objective.look(&model, pairs, &mut Pass::inference()).unwrap();
        objective.verdicts(pairs, Look::said_rows(look.said).unwrap())
    };
    for (pair, together) in pairs.iter().zip(look(&pairs)) {
        let alone = look(std::slice::from_ref(pair)).remove(0);
        assert_eq!((together.len(), alone.len()), (2, 2));
        let numbers = together.concat().into_iter().zip(alone.concat());
        assert!(numbers.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn some_pairs_with_a_score_and_some_without_are_an_error() {
    let mixed = [scored(1, 1), translations(1, 1)].concat();
    for (training, held_out) in [(&mixed[..], &[][..]), (&[], &mixed)] {
        assert!(matches!(task(training, held_out), Err(Error::NoScore)));
    }
}
