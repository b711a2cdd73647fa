//! Multiple choice: a rule that is learned in seconds, and what cannot be chosen among.

use crate::support::{CLS, best, learn, settings};
use burn::tensor::Device;
use embert_core::{Bert, BertConfig, BertForMultipleChoice, Pass};
use embert_train::{
    Error, Look, Objective, Schedule, Training,
    tasks::{ChoiceTask, Question, Row},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

fn config() -> BertConfig {
    BertConfig {
        vocab_size: 40,
        max_position_embeddings: 16,
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..BertConfig::of_size(1, 32, 2)
    }
}

/// Two to four answers of words that say nothing; the word 5 is in the right one.
fn questions(count: usize, seed: u64) -> Vec<Question> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut question = || {
        let choices = random.random_range(2..=4);
        let right = random.random_range(0..choices);
        let mut choice = |number: u32| {
            let mut words: Vec<u32> = (0..random.random_range(2..6)).map(|_| random.random_range(10..40)).collect();
            if number == right {
                let place = random.random_range(0..words.len());
                words[place] = 5;
            }
            let ids: Vec<u32> = [CLS].into_iter().chain(words).collect();
            Row { type_ids: vec![0; ids.len()], ids, target: () }
        };
        Question { choices: (0..choices).map(&mut choice).collect(), right }
    };
    (0..count).map(|_| question()).collect()
}

#[test]
fn the_right_choice_is_learned() {
    let objective = ChoiceTask::<Bert>::new(&config());
    let model = BertForMultipleChoice::new(&config(), &Device::flex(), 1);
    let settings = Training { schedule: Schedule::linear(120, 8), ..settings() };
    let (validations, _) = learn(&settings, &objective, model, [questions(400, 1), questions(100, 2)]);
    assert_eq!(objective.criterion(), Some("accuracy"));
    assert!(best(&validations, "accuracy") >= 0.95, "{:?}", validations.last());
}

#[test]
fn a_question_has_the_same_scores_alone_and_beside_one_with_more_choices() {
    let (questions, objective) = (questions(20, 3), ChoiceTask::<Bert>::new(&config()));
    let model = BertForMultipleChoice::new(&config(), &Device::flex(), 1);
    let look = |questions: &[Question]| {
        let look = objective.look(&model, questions, &mut Pass::inference()).unwrap();
        objective.verdicts(questions, Look::said_rows(look.said).unwrap())
    };
    let together = look(&questions);
    for (question, scores) in questions.iter().zip(together) {
        let alone = look(std::slice::from_ref(question)).remove(0);
        assert_eq!(scores.len(), question.choices.len());
        assert!(scores.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5), "{scores:?} {alone:?}");
    }
}

#[test]
fn what_cannot_be_chosen_among_is_an_error() {
    let objective = ChoiceTask::<Bert>::new(&config());
    let model = BertForMultipleChoice::new(&config(), &Device::flex(), 1);
    let message = |choices: usize, right| {
        let row = Row { ids: vec![CLS, 10], type_ids: vec![0; 2], target: () };
        let question = Question { choices: vec![row; choices], right };
        // The label of one is not looked for among the choices of another.
        let questions = [questions(1, 1).remove(0), question];
        let error: Error = objective.look(&model, &questions, &mut Pass::inference()).unwrap_err();
        error.to_string()
    };
    assert_eq!(message(2, 2), "a label is 2; there are 2 classes, so 0 to 1 are valid");
    assert_eq!(message(1, 0), "a question has 1 answer(s); 2 or more are expected");
    assert_eq!(message(0, 0), "a question has 0 answer(s); 2 or more are expected");
}
