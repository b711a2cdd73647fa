//! Pipelines over many texts: the same answers whatever comes beside them, in the order of the texts, from any thread.

use std::{
    fmt::Debug,
    path::PathBuf,
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use embert::{Embedder, Error, FillMask, Filled, Schedule, core::ComputeType};

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

fn embedder(schedule: Schedule) -> Embedder {
    Embedder::builder(reference("bert_model")).schedule(schedule).open().unwrap()
}

fn fill_mask() -> FillMask {
    FillMask::builder(reference("bert_masked_lm")).top_k(3).open().unwrap()
}

fn assert_close(a: &[Vec<f32>], b: &[Vec<f32>]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

fn fill_all(model: &FillMask) -> Vec<Vec<Filled>> {
    model.fill(&MASKED).unwrap()
}

#[test]
fn pipelines_can_be_shared_between_threads() {
    fn assert<T: Send + Sync>() {}
    assert::<Embedder>();
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
        let embedder = Embedder::builder(reference("bert_model")).compute(compute).open().unwrap();
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
        let alone = model.fill(&[text]).unwrap().remove(0);
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
    let outcome = fill_mask().each(texts, count);
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("\"no mask\" has no [MASK]"), "{message}");
    assert_eq!(given, 2);
}

#[test]
fn a_stream_gives_what_is_given_at_once() {
    let embedder = embedder(Schedule { window_inputs: 2, ..Schedule::default() });
    let streamed: Result<Vec<Vec<f32>>, Error> = embedder.stream(TEXTS.map(Ok)).collect();
    assert_eq!(streamed.unwrap(), embedder.embed(&TEXTS).unwrap());
    assert_eq!(embedder.stream([""; 0].map(Ok::<_, Error>)).count(), 0);
}

#[test]
fn a_stream_gives_the_answers_before_an_error_then_the_error_and_then_nothing() {
    let mut stream = fill_mask().stream(["the [MASK]", "no mask", "[MASK]"].map(Ok::<_, Error>));
    assert!(stream.next().unwrap().is_ok());
    assert!(stream.next().unwrap().unwrap_err().to_string().contains("has no [MASK]"));
    assert!(stream.next().is_none() && stream.next().is_none());
}

#[test]
fn a_stream_that_is_dropped_reads_no_further() {
    let (sender, receiver) = channel();
    let endless = std::iter::repeat_with(move || {
        let _alive = &sender;
        Ok::<_, Error>("the")
    });
    let embedder = embedder(Schedule { window_inputs: 2, ..Schedule::default() });
    assert_eq!(embedder.stream(endless).take(3).count(), 3);
    // The input is dropped with the thread that read it.
    assert_eq!(receiver.recv_timeout(Duration::from_secs(60)), Err::<(), _>(RecvTimeoutError::Disconnected));
}
