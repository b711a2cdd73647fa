//! Pipelines over many texts: the same answers whatever comes beside them, in the order of the texts, from any thread.

use std::{fmt::Debug, path::PathBuf};

use embert::{
    DeviceChoice, EmbedSettings, Error, FillMask, Filled, ReadSettings, RunOn, Schedule, SentenceEmbedder,
    core::ComputeType,
};

const TEXTS: [&str; 6] = [
    "the licence is a text",
    "",
    "the",
    "a much longer text, of many words, that is longer than all of the other texts beside it, by far and by design",
    "another text",
    "the the the the",
];

const MASKED: [&str; 4] = [
    "the licence is [MASK] .",
    "[MASK]",
    "the the [MASK] the a the [MASK] the the a [MASK] the the the [MASK]",
    "the [MASK] of the text",
];

fn reference(case: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/models").join(case)
}

fn embedder(schedule: Schedule) -> SentenceEmbedder {
    let read = ReadSettings { schedule, ..ReadSettings::default() };
    let settings = EmbedSettings { read, ..EmbedSettings::default() };
    SentenceEmbedder::open(&reference("bert_model"), settings, DeviceChoice::Auto.open().unwrap()).unwrap().0
}

fn fill_mask() -> FillMask {
    FillMask::open(&reference("bert_masked_lm"), ReadSettings::default(), DeviceChoice::Auto.open().unwrap()).unwrap().0
}

fn assert_close(a: &[Vec<f32>], b: &[Vec<f32>]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

fn fill_all(model: &FillMask) -> Vec<Vec<Filled>> {
    let mut all = Vec::new();
    let push = |filled| -> Result<(), Error> {
        all.push(filled);
        Ok(())
    };
    model.fill_each(MASKED.map(Ok), 3, push).unwrap();
    all
}

#[test]
fn pipelines_can_be_shared_between_threads() {
    fn assert<T: Send + Sync>() {}
    assert::<SentenceEmbedder>();
    assert::<FillMask>();
}

fn same_in_each_of_8_threads<T: PartialEq + Debug + Send>(answer: impl Fn() -> T + Sync) {
    let answers: Vec<T> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(&answer)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let alone = answer();
    assert!(answers.iter().all(|other| *other == alone));
}

#[test]
fn a_model_shared_by_8_threads_gives_the_same_bits_in_each() {
    // Each thread's texts are a stream of several windows.
    let (embedder, fill_mask) = (embedder(Schedule { window_inputs: 2, ..Schedule::default() }), fill_mask());
    same_in_each_of_8_threads(|| {
        let vectors = embedder.embed(&TEXTS).unwrap();
        vectors.into_iter().flatten().map(f32::to_bits).collect::<Vec<_>>()
    });
    same_in_each_of_8_threads(|| fill_all(&fill_mask));
}

#[test]
fn threads_change_no_bit() {
    for compute in ComputeType::ALL {
        let on = RunOn { device: DeviceChoice::Auto.open().unwrap(), compute };
        let (embedder, _) = SentenceEmbedder::open(&reference("bert_model"), EmbedSettings::default(), on).unwrap();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| embedder.embed(&TEXTS).unwrap())
        };
        assert_eq!(with(1), with(5), "{compute}");
    }
}

#[test]
fn a_text_has_the_vector_that_it_has_alone() {
    let alone: Vec<Vec<f32>> = {
        let embedder = embedder(Schedule::default());
        TEXTS.iter().flat_map(|text| embedder.embed(&[text]).unwrap()).collect()
    };
    for schedule in [
        Schedule::default(),
        Schedule { batch_tokens: 1, ..Schedule::default() },
        Schedule { batch_tokens: 12, window_inputs: 4, window_bytes: 60 },
    ] {
        assert_close(&embedder(schedule).embed(&TEXTS).unwrap(), &alone);
    }
    assert_eq!(embedder(Schedule::default()).embed(&[""; 0]).unwrap(), Vec::<Vec<f32>>::new());
}

#[test]
fn texts_that_are_filled_in_together_have_the_answers_that_they_have_alone() {
    let model = fill_mask();
    let together = fill_all(&model);
    assert_eq!(together.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 4, 1]);
    for (together, text) in together.iter().zip(MASKED) {
        let alone = model.fill(text, 3).unwrap();
        for (a, b) in together.iter().zip(&alone).flat_map(|(a, b)| a.fills.iter().zip(&b.fills)) {
            assert_eq!((&a.token, &a.text), (&b.token, &b.text));
            assert!((a.score - b.score).abs() < 1e-5, "{a:?} {b:?}");
        }
    }
}

#[test]
fn answers_before_a_text_that_cannot_be_filled_in_are_given() {
    let mut given = 0;
    let count = |_| -> Result<(), Error> {
        given += 1;
        Ok(())
    };
    let texts = ["the [MASK]", "a [MASK]", "no mask", "[MASK]"].map(Ok);
    let outcome = fill_mask().fill_each(texts, 1, count);
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("\"no mask\" has no [MASK]"), "{message}");
    assert_eq!(given, 2);
}
