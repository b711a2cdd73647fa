//! What holds of a data set on disk: the same bytes however it came about, and every example once in an epoch.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use embert_data::store::{Dataset, FormName, MaskingTime, Progress, Settings, build};
use embert_data::{Document, Error, Example, Microworld, vocabulary_of};
use embert_objectives::masking::MaskingConfig;
use embert_tokenizer::Tokenizer;
use serde_json::{Value, json};

fn tokenizer() -> Tokenizer {
    let path = "../embert-tokenizer/tests/reference/wordpiece_uncased";
    Tokenizer::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Documents until they fill three blocks and a bit. Most of their bytes are in words too long for a piece, which are
/// read fast.
fn documents() -> impl Iterator<Item = Result<Document, Error>> {
    let filler = "x".repeat(200);
    let sentence = move |document: u32, sentence: u32| format!("the {} {filler} {document} {sentence} .", document % 7);
    (0..20_000).map(move |document| {
        let sentences = (0..3).map(|number| sentence(document, number)).collect();
        Ok(Document { sentences, continues: false })
    })
}

fn few_documents(count: u64) -> impl Iterator<Item = Result<Document, Error>> {
    let world = Microworld::new(1);
    (0..count).map(move |index| Ok(world.document(index)))
}

fn settings() -> Settings {
    Settings { masking_time: MaskingTime::Static { duplicates: 1 }, ..Settings::bert() }
}

fn make(
    out: &Path,
    threads: usize,
    documents: impl Iterator<Item = Result<Document, Error>> + Send,
) -> Result<Progress, Error> {
    make_with(&settings(), out, threads, documents, |_| {})
}

fn make_with(
    settings: &Settings,
    out: &Path,
    threads: usize,
    documents: impl Iterator<Item = Result<Document, Error>> + Send,
    on_progress: impl FnMut(Progress) + Send,
) -> Result<Progress, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| build(documents, json!("the world"), &tokenizer(), settings, out, on_progress))
}

/// Every file but the lock, by name.
fn files(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let name = |path: &Path| PathBuf::from(path.file_name().unwrap());
    paths.map(|path| (name(&path), fs::read(&path).unwrap())).filter(|(name, _)| name != Path::new(".lock")).collect()
}

#[test]
fn one_worker_or_eight_interrupted_or_not_make_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let [one, eight, interrupted] = ["one", "eight", "interrupted"].map(|name| dir.path().join(name));
    let whole = make(&one, 1, documents()).unwrap();
    assert!(whole.shards >= 3, "{whole:?}");
    make(&eight, 8, documents()).unwrap();

    // The source breaks off in the third block, as a process would that is stopped.
    let broken = documents().take(19_000).chain([Err(Error::EmptyCorpus)]);
    assert!(make(&interrupted, 1, broken).is_err());
    assert!(matches!(Dataset::open(&interrupted), Err(Error::Unfinished { .. })));
    // And leaves a file that is not whole, which is never read.
    fs::write(interrupted.join(".unfinished-x"), b"half").unwrap();
    let resumed = make(&interrupted, 2, documents()).unwrap();
    assert!(resumed.kept >= 1, "{resumed:?}");
    assert_eq!(Progress { kept: 0, ..resumed }, whole);

    let files = [one, eight, interrupted].map(|out| files(&out));
    assert!(
        files[0] == files[1] && files[0] == files[2],
        "{:?}",
        files.map(|files| files.into_keys().collect::<Vec<_>>())
    );
}

#[test]
fn a_shard_that_was_cut_short_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 2, few_documents(50)).unwrap();
    let before = files(dir.path());
    let shard = dir.path().join("shard-000000.parquet");
    let bytes = fs::read(&shard).unwrap();
    fs::write(&shard, &bytes[..bytes.len() / 2]).unwrap();
    let error = Dataset::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains("shard-000000.parquet"), "{error}");
    make(dir.path(), 2, few_documents(50)).unwrap();
    assert!(files(dir.path()) == before);
}

#[test]
fn an_epoch_has_every_example_once_whoever_reads_and_wherever_one_begins() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 2, documents()).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let vocabulary = vocabulary_of(&dataset.tokenizer().unwrap()).unwrap();
    let read = |epoch: embert_data::store::Epoch<'_>| epoch.collect::<Result<Vec<Example>, _>>().unwrap();
    let whole = read(dataset.epoch(7, 0, &vocabulary));
    let stored: Vec<Example> = dataset.examples(0).collect::<Result<_, _>>().unwrap();
    assert_eq!(whole.len() as u64, dataset.len());
    let sorted = |examples: &[Example]| {
        let mut ids: Vec<Vec<u32>> = examples.iter().map(|example| example.ids.clone()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(&whole), sorted(&stored));
    assert_ne!(whole, stored);
    assert_ne!(read(dataset.epoch(7, 1, &vocabulary)), whole);
    assert_ne!(read(dataset.epoch(8, 0, &vocabulary)), whole);

    for position in [0, 1, 17, 1024, 20_000, dataset.len() - 1, dataset.len(), dataset.len() + 5] {
        let mut epoch = dataset.epoch(7, 0, &vocabulary).from(position);
        assert_eq!(epoch.position(), position);
        assert_eq!(epoch.next().transpose().unwrap().as_ref(), whole.get(position as usize), "{position}");
        assert_eq!(stored.get(position as usize), dataset.examples(position).next().transpose().unwrap().as_ref());
    }
    for readers in [1, 3] {
        let parts: Vec<Vec<Example>> =
            (0..readers).map(|reader| read(dataset.epoch(7, 0, &vocabulary).of(reader, readers))).collect();
        for (position, example) in whole.iter().enumerate() {
            assert_eq!(example, &parts[position % readers as usize][position / readers as usize]);
        }
    }
}

#[test]
fn dynamic_masks_are_new_in_every_epoch_and_the_same_in_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { max_length: 64, ..Settings::roberta() };
    make_with(&settings, dir.path(), 2, few_documents(300), |_| {}).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let vocabulary = vocabulary_of(&dataset.tokenizer().unwrap()).unwrap();
    let stored: Vec<Example> = dataset.examples(0).collect::<Result<_, _>>().unwrap();
    assert!(stored.iter().all(|example| example.masked.positions.is_empty() && example.sentence_pair_label.is_none()));

    let original = |mut example: Example| {
        for (position, original) in example.masked.positions.iter().zip(&example.masked.originals) {
            example.ids[*position as usize] = *original;
        }
        example.ids
    };
    let epoch = |number| {
        let mut examples: Vec<Example> = dataset.epoch(7, number, &vocabulary).collect::<Result<_, _>>().unwrap();
        examples.sort_by_key(|example| original(example.clone()));
        examples
    };
    let (first, second) = (epoch(0), epoch(1));
    assert_eq!(first, epoch(0));
    assert_ne!(first, second);
    assert!(first.iter().any(|example| !example.masked.positions.is_empty()));
    for (a, b) in first.into_iter().zip(second) {
        assert_eq!(original(a), original(b));
    }
}

#[test]
fn counts_of_tokens_are_those_of_the_examples() {
    let dir = tempfile::tempdir().unwrap();
    make_with(&Settings { max_length: 64, ..Settings::distilbert() }, dir.path(), 2, few_documents(30), |_| {})
        .unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let counts = dataset.token_counts(dataset.tokenizer().unwrap().vocab_size()).unwrap();
    let mut expected = vec![0; counts.len()];
    for example in dataset.examples(0) {
        example.unwrap().ids.iter().for_each(|id| expected[*id as usize] += 1);
    }
    assert_eq!(counts, expected);
}

#[test]
fn another_plan_is_not_gone_on_with_and_says_what_differs() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 1, few_documents(50)).unwrap();
    let other = Settings { seed: 1, masking: MaskingConfig { probability: 0.2, ..settings().masking }, ..settings() };
    let error = make_with(&other, dir.path(), 1, few_documents(50), |_| {}).unwrap_err().to_string();
    assert!(error.contains("settings.masking.probability, settings.seed"), "{error}");
    let source = |source: Value| build(few_documents(50), source, &tokenizer(), &settings(), dir.path(), |_| {});
    assert!(source(json!("another world")).unwrap_err().to_string().contains("another source"));
}

#[test]
fn a_plan_of_which_nothing_came_binds_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let broken = few_documents(5).chain([Err(Error::EmptyCorpus)]);
    assert!(make(dir.path(), 1, broken).is_err());
    let other = Settings { seed: 1, ..settings() };
    make_with(&other, dir.path(), 1, few_documents(50), |_| {}).unwrap();
    assert_eq!(Dataset::open(dir.path()).unwrap().settings(), &other);
}

#[test]
fn a_later_shard_without_the_first_binds_too() {
    // Shards are made side by side: the second may be there when a process is stopped in the first.
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 2, documents()).unwrap();
    for name in ["shard-000000.parquet", "dataset.json"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    let other = Settings { seed: 1, ..settings() };
    let error = make_with(&other, dir.path(), 2, documents(), |_| {}).unwrap_err().to_string();
    assert!(error.contains("another settings.seed"), "{error}");
}

#[test]
fn a_folder_in_use_or_with_something_else_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let busy = dir.path().join("busy");
    let within = std::cell::Cell::new(None);
    // While the first build tells of its progress, it holds the folder.
    let progress =
        |_| within.set(Some(build(few_documents(50), json!("the world"), &tokenizer(), &settings(), &busy, |_| {})));
    build(few_documents(50), json!("the world"), &tokenizer(), &settings(), &busy, progress).unwrap();
    assert!(matches!(within.take(), Some(Err(Error::InUse { .. }))));

    let full = dir.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("thesis.tex"), "years of work").unwrap();
    assert!(matches!(make(&full, 1, few_documents(50)), Err(Error::NotADataset { .. })));
    assert_eq!(fs::read_dir(&full).unwrap().count(), 1);
}

#[test]
fn what_gives_no_example_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = |settings: &Settings, documents: u64, name: &str| {
        make_with(settings, &dir.path().join(name), 1, few_documents(documents), |_| {}).unwrap_err()
    };
    assert!(matches!(error(&settings(), 0, "none"), Error::EmptyCorpus));
    assert!(matches!(error(&settings(), 1, "one"), Error::TooFewDocuments { found: 1 }));
    let short = Settings { max_length: 4, ..settings() };
    assert!(matches!(error(&short, 50, "short"), Error::MaxLengthTooSmall { found: 4, expected: 5 }));
    assert!(!dir.path().join("short").exists(), "settings are checked before a folder is made");
    let share = Settings { random_next_probability: f64::NAN, ..Settings::roberta() };
    assert!(matches!(error(&share, 50, "share"), Error::NotAShare { name: "random_next_probability", .. }));
    let statically = Settings { masking_time: MaskingTime::Static { duplicates: 0 }, ..settings() };
    assert!(matches!(error(&statically, 50, "no duplicate"), Error::NoDuplicate));
    let statically = Settings { masking_time: MaskingTime::Static { duplicates: 1 }, ..Settings::distilbert() };
    assert!(matches!(error(&statically, 50, "rare"), Error::CountsUnknown));
}

#[test]
fn every_form_is_kept_as_it_was_made() {
    let dir = tempfile::tempdir().unwrap();
    for (_, form) in FormName::NAMES {
        let out = dir.path().join(format!("{form:?}"));
        let settings = Settings { form, max_length: 48, ..settings() };
        make_with(&settings, &out, 2, few_documents(100), |_| {}).unwrap();
        let dataset = Dataset::open(&out).unwrap();
        assert_eq!(dataset.settings(), &settings);
        for example in dataset.examples(0) {
            let example = example.unwrap();
            let is_pair = matches!(form, FormName::NextSentence | FormName::SentenceOrder);
            assert_eq!(example.sentence_pair_label.is_some(), is_pair);
            assert_eq!(example.type_ids.contains(&1), is_pair);
            assert!(!example.masked.positions.is_empty() && example.ids.len() <= 48);
        }
    }
}
