//! What a fine-tuning takes over of its examples and of the model that it begins as, one rule a test.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert::{
    Columns, Error, Evaluated, TaskName,
    core::ProblemType,
    evaluate,
    finetune::{Event, Run},
    run::Said,
};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

const SEQUENCES: TaskName = TaskName::SequenceClassification;

/// A model of two layers of 32 that reads 40 tokens, and knows nothing.
fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models/bert_masked_lm")
}

/// A folder with examples, models and runs.
struct School(TempDir);

/// What is told of the examples and of the model, before a run's first step.
#[derive(Default)]
struct Told {
    labels: Vec<String>,
    problem: Option<ProblemType>,
    passed_over: usize,
    drawn: Vec<String>,
}

impl School {
    fn open() -> Self {
        Self(tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// One step of a run in the folder `out`, with a file that is held out too.
    fn finetune(&self, task: TaskName, model: &Path, file: &Path, out: &str, batch: i64) -> Result<Told, Error> {
        let mut said = Said::default();
        said.say("task", task.name());
        for (key, path) in [("model", model), ("data.train", file), ("data.valid", file)] {
            said.say(key, path.to_str().unwrap());
        }
        said.say("schedule.steps", 1);
        said.say("batch.examples", batch);
        train(Run::begin(&said, &self.path(out))?, false)
    }

    /// The same, of sequences, and of a model that has no head.
    fn classify(&self, file: &Path, out: &str) -> Told {
        self.finetune(SEQUENCES, &reference(), file, out, 8).unwrap()
    }

    fn judged(&self, run: &str, file: &Path) -> Evaluated {
        let devices = [Device::flex()];
        evaluate(&self.path(run).join("best"), SEQUENCES, file, &Columns::default(), None, &devices).unwrap()
    }
}

fn train(run: Run, is_stopped: bool) -> Result<Told, Error> {
    let mut told = Told::default();
    let listen = |event: &Event| match event {
        Event::Data { labels, problem, passed_over, .. } => {
            (told.labels, told.problem, told.passed_over) = (labels.clone(), *problem, *passed_over);
        }
        Event::Begun { drawn } => told.drawn = drawn.clone(),
        _ => {}
    };
    run.train(&[Device::flex()], listen, || is_stopped)?;
    Ok(told)
}

/// A table of texts with these labels in turn.
fn table(column: &str, labels: &[&str]) -> String {
    let row = |number: usize| format!("the red house of town {number}\t{}\n", labels[number % labels.len()]);
    format!("text\t{column}\n{}", (0..12).map(row).collect::<String>())
}

#[test]
fn a_minus_is_a_class_but_for_a_gold_label_whose_rows_are_left_out_and_counted() {
    let school = School::open();
    let signs = school.write("signs.tsv", table("label", &["+", "-", "="]));
    let told = school.classify(&signs, "signs");
    assert_eq!((told.labels, told.passed_over), (vec!["+".to_owned(), "-".into(), "=".into()], 0));
    assert_eq!((school.judged("signs", &signs).examples, school.judged("signs", &signs).passed_over), (12, 0));

    let gold = school.write("gold.tsv", table("gold_label", &["yes", "-", "no"]));
    let told = school.classify(&gold, "gold");
    // Four of each file.
    assert_eq!((told.labels, told.passed_over), (vec!["no".to_owned(), "yes".into()], 8));
    assert_eq!((school.judged("gold", &gold).examples, school.judged("gold", &gold).passed_over), (8, 4));
}

#[test]
fn numbers_with_a_fraction_are_a_regression_and_that_is_told() {
    let school = School::open();
    let numbers = school.write("numbers.tsv", table("label", &["0.0", "1.0", "0.5"]));
    assert_eq!(school.classify(&numbers, "numbers").problem, Some(ProblemType::Regression));
    let classes = school.write("classes.tsv", table("label", &["0", "1"]));
    assert_eq!(school.classify(&classes, "classes").problem, Some(ProblemType::SingleLabelClassification));
}

#[test]
fn classes_that_are_called_as_those_without_a_name_are_judged_and_gone_on_with() {
    let school = School::open();
    let file = school.write("labels.tsv", table("label", &["LABEL_0", "LABEL_1", "LABEL_2"]));
    let told = school.classify(&file, "run");
    assert_eq!(told.labels, ["LABEL_0", "LABEL_1", "LABEL_2"]);
    assert_eq!(school.judged("run", &file).examples, 12);

    let mut said = Said::default();
    said.say("task", SEQUENCES.name());
    for (key, path) in [("model", &reference()), ("data.train", &file), ("data.valid", &file)] {
        said.say(key, path.to_str().unwrap());
    }
    let stopped = school.path("stopped");
    train(Run::begin(&said, &stopped).unwrap(), true).unwrap();
    let told = train(Run::resume(&Said::default(), &stopped).unwrap(), false).unwrap();
    assert_eq!(told.labels, ["LABEL_0", "LABEL_1", "LABEL_2"]);
    // Numbers are the names that the files have of classes without one.
    let numbers = school.write("numbers.tsv", table("label", &["0", "1", "2"]));
    assert_eq!(school.judged("run", &numbers).examples, 12);
}

#[test]
fn a_head_without_classes_is_saved_without_those_of_the_model_that_it_was() {
    let school = School::open();
    let model = school.path("classifier");
    std::fs::create_dir(&model).unwrap();
    for entry in std::fs::read_dir(reference()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), model.join(entry.file_name())).unwrap();
    }
    let config =
        |dir: &Path| -> Value { serde_json::from_slice(&std::fs::read(dir.join("config.json")).unwrap()).unwrap() };
    let mut of_classes = config(&model);
    of_classes["id2label"] = json!({ "0": "a", "1": "b", "2": "c" });
    of_classes["label2id"] = json!({ "a": 0, "b": 1, "c": 2 });
    of_classes["problem_type"] = json!("single_label_classification");
    std::fs::write(model.join("config.json"), of_classes.to_string()).unwrap();

    let answer = json!({ "text": "red", "answer_start": 4 });
    let question = json!({ "id": 1, "question": "which ?", "answers": [answer] });
    let squad = json!({ "data": [{ "paragraphs": [{ "context": "the red house", "qas": [question] }] }] });
    let choice = json!({ "context": "the house", "choices": ["is old", "is new"], "label": 1 });
    for (task, file, text) in [
        (TaskName::QuestionAnswering, "squad.json", squad.to_string()),
        (TaskName::MultipleChoice, "choices.jsonl", choice.to_string()),
        (TaskName::Embedding, "pairs.tsv", "anchor\tpositive\na\tb\nc\td\n".to_owned()),
    ] {
        let file = school.write(file, text);
        school.finetune(task, &model, &file, task.name(), 8).unwrap();
        let config = config(&school.path(task.name()).join("best"));
        for key in ["id2label", "label2id", "num_labels", "problem_type"] {
            assert_eq!(config.get(key), None, "{task}: {key}");
        }
    }
}

#[test]
fn a_head_goes_on_only_where_the_task_and_the_names_of_its_classes_are_the_same() {
    let school = School::open();
    let [first, same, other] = [["bad", "good"], ["good", "bad"], ["a", "b"]]
        .map(|labels| school.write(&format!("{}.tsv", labels.concat()), table("label", &labels)));
    let head = ["classifier.weight", "classifier.bias"];
    let drawn = school.classify(&first, "first").drawn;
    assert!(head.iter().all(|name| drawn.contains(&(*name).to_owned())), "{drawn:?}");
    let classifier = school.path("first/best");
    let drawn = |task, file: &Path, out| school.finetune(task, &classifier, file, out, 8).unwrap().drawn;
    assert_eq!(drawn(SEQUENCES, &same, "same"), Vec::<String>::new());
    // The pooler is the encoder's.
    assert_eq!(drawn(SEQUENCES, &other, "other"), head);
    let tags = school.write("tags.conll", "red good\nhouse bad\n");
    assert_eq!(drawn(TaskName::TokenClassification, &tags, "tags"), head);
}

#[test]
fn pairs_of_which_each_would_be_alone_with_itself_are_refused() {
    let school = School::open();
    let pairs = school.write("pairs.tsv", "anchor\tpositive\na\tb\nc\td\n");
    let finetune = |file: &Path, out, batch| school.finetune(TaskName::Embedding, &reference(), file, out, batch);
    let Err(Error::Setting { key, message }) = finetune(&pairs, "run", 1) else { panic!() };
    assert_eq!((key.as_str(), message.starts_with("it is 1; 2 or more are expected")), ("batch.examples", true));
    let one = school.write("one.tsv", "anchor\tpositive\na\tb\n");
    let Err(Error::File { file, message }) = finetune(&one, "run", 8) else { panic!() };
    assert_eq!((file, message.starts_with("it has 1 pair; 2 or more are expected")), (one, true));
    assert!(!school.path("run").exists());
    let triplets = school.write("triplets.tsv", "anchor\tpositive\tnegative\na\tb\tc\n");
    finetune(&triplets, "triplets", 1).unwrap();
}

#[test]
fn examples_that_name_no_class_are_refused() {
    let school = School::open();
    let none = school.write("none.jsonl", "{\"text\": \"a\", \"label\": []}\n");
    let Err(error) = school.finetune(SEQUENCES, &reference(), &none, "run", 8) else { panic!() };
    assert_eq!(error.to_string(), format!("{}: it has no label; two or more are expected", none.display()));
}
