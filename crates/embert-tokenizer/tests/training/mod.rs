//! What the tests of the three trainers share.

use embert_tokenizer::{EncodeOptions, Tokenizer};

/// Some text with many ties: every word occurs as often as its neighbours.
pub(crate) fn texts() -> Vec<String> {
    let syllables = ["ka", "lo", "mi", "ne", "ru", "so", "ti", "va"];
    let word = |mut number: usize| {
        let mut word = String::new();
        for _ in 0..3 {
            word.push_str(syllables[number % 8]);
            number /= 8;
        }
        word
    };
    (0..64).map(|line| (0..40).map(|column| word(line * 7 + column * 13) + " ").collect()).collect()
}

/// The tokens in the order of their ids.
pub(crate) fn vocabulary(tokenizer: &Tokenizer) -> Vec<String> {
    (0..tokenizer.vocab_size()).map(|id| tokenizer.id_to_token(id.try_into().unwrap()).unwrap()).collect()
}

/// The saved tokenizer is the same, byte for byte, however many threads train it.
pub(crate) fn does_not_depend_on_threads(train: impl Fn() -> Tokenizer + Send + Sync) {
    let one = with_threads(1, &train);
    for threads in [2, 3, 8] {
        assert_eq!(with_threads(threads, &train), one, "{threads} threads");
    }
}

/// All bytes of the saved tokenizer that is trained with so many threads.
fn with_threads(threads: usize, train: &(impl Fn() -> Tokenizer + Send + Sync)) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    pool.install(train).save(dir.path()).unwrap();
    std::fs::read_to_string(dir.path().join("tokenizer.json")).unwrap()
}

/// Saves, loads from `tokenizer.json` and again from the raw files alone, and encodes with each.
pub(crate) fn survives_saving(tokenizer: &Tokenizer, raw: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    tokenizer.save(dir.path()).unwrap();
    let mut loaded = vec![Tokenizer::from_dir(dir.path()).unwrap()];
    if !raw.is_empty() {
        std::fs::remove_file(dir.path().join("tokenizer.json")).unwrap();
        let raw_alone = Tokenizer::from_dir(dir.path()).unwrap();
        assert!(raw.iter().all(|name| raw_alone.origin().contains(name)), "{}", raw_alone.origin());
        loaded.push(raw_alone);
    }
    for loaded in loaded {
        assert_eq!(vocabulary(&loaded), vocabulary(tokenizer));
        assert_eq!(loaded.max_length(), Some(512));
        assert_eq!(loaded.special_tokens().mask, tokenizer.special_tokens().mask);
        for input in ["kalomi Ñeru, sotiva!", "", "[MASK] kalo", "kalo  <mask> mi"] {
            let options = EncodeOptions::default();
            assert_eq!(loaded.encode(input, &options).unwrap(), tokenizer.encode(input, &options).unwrap());
        }
    }
}
