//! Growing a vocabulary by merging neighbours: the loop that byte-level BPE and WordPiece share.
//!
//! Words are sequences of symbols. At each step the best pair of neighbours becomes a new symbol everywhere (Sennrich
//! et al. 2016). What "best" means is a [`Rule`]; equal pairs are decided by the smaller ids, so that nothing depends
//! on the order of a hash map.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

/// Two neighbouring symbols.
pub(crate) type Pair = (u32, u32);

/// How often a pair and its two symbols occur, and how many symbols the corpus has.
pub(crate) struct Occurrence {
    pub pair: u64,
    pub first: u64,
    pub second: u64,
    pub total: u64,
    /// Whether both symbols are the same one.
    pub twins: bool,
}

/// What makes one pair better than another.
pub(crate) trait Rule {
    /// The larger, the better.
    type Score: Ord + Copy;

    /// Whether a pair's score grows when one of its symbols gets rarer. All other changes may only lower a score.
    const SYMBOLS_MATTER: bool;

    /// The pair's score; `None` for a pair that is not worth a merge.
    fn score(&self, occurrence: &Occurrence) -> Option<Self::Score>;
}

/// The most frequent pair: byte pair encoding, and what the `tokenizers` library calls WordPiece training.
pub(crate) struct MostFrequent;

impl Rule for MostFrequent {
    type Score = u64;
    const SYMBOLS_MATTER: bool = false;

    fn score(&self, occurrence: &Occurrence) -> Option<u64> {
        Some(occurrence.pair)
    }
}

/// The pair whose merge raises the likelihood of the corpus most (Schuster and Nakajima 2012).
///
/// Under a unigram model of the symbols the log-likelihood is `Σ f(c) - f(N)` with `f(x) = x ln x`, `c` the counts
/// of the symbols and `N` their sum. Merging a pair that occurs `n` times takes `n` from either symbol and from `N`.
/// To first order the gain is `n ln(n N / (a b))`: the frequency times the pointwise mutual information.
pub(crate) struct MostLikely;

/// A gain in log-likelihood, in total order.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Gain(f64);

impl Eq for Gain {}

impl PartialOrd for Gain {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Gain {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Rule for MostLikely {
    type Score = Gain;
    const SYMBOLS_MATTER: bool = true;

    fn score(&self, occurrence: &Occurrence) -> Option<Gain> {
        let f = |count: u64| {
            if count == 0 { 0.0 } else { count as f64 * (count as f64).ln() }
        };
        let mut n = occurrence.pair;
        let less = |count: u64, by: u64| f(count.saturating_sub(by)) - f(count);
        let symbols = if occurrence.twins {
            n = n.min(occurrence.first / 2); // `aaa` counts `aa` twice and can merge it once
            less(occurrence.first, 2 * n)
        } else {
            less(occurrence.first, n) + less(occurrence.second, n)
        };
        let gain = f(n) + symbols - less(occurrence.total, n);
        (gain > 0.0).then_some(Gain(gain))
    }
}

/// What a training run found.
pub(crate) struct Learned {
    /// All symbols; the position is the id.
    pub symbols: Vec<String>,
    /// The merges in the order in which they were made.
    pub merges: Vec<Pair>,
}

/// When a training run ends.
pub(crate) struct Goal {
    /// The number of symbols.
    pub symbols: usize,
    /// A pair that occurs less often is never merged.
    pub min_frequency: u64,
}

/// Merges until there are enough symbols or no pair is left. `join` spells a merged pair.
pub(crate) fn learn<R: Rule>(
    words: Vec<(Vec<u32>, u64)>,
    symbols: Vec<String>,
    goal: &Goal,
    rule: &R,
    join: impl Fn(&str, &str) -> String,
    mut on_symbol: impl FnMut(usize),
) -> Learned {
    let mut ids: HashMap<String, u32> = symbols.iter().zip(0..).map(|(symbol, id)| (symbol.clone(), id)).collect();
    let mut learned = Learned { symbols, merges: Vec::new() };
    let mut corpus = Corpus::new(words, learned.symbols.len(), rule, goal.min_frequency);

    while learned.symbols.len() < goal.symbols {
        let Some(pair) = corpus.best() else { break };
        let spelling = |id: u32| usize::try_from(id).ok().and_then(|id| learned.symbols.get(id));
        let (Some(first), Some(second)) = (spelling(pair.0), spelling(pair.1)) else {
            break;
        };
        let joined = join(first, second);
        let id = match ids.get(&joined) {
            Some(&id) => id, // another pair has made the same symbol before
            None => {
                let Ok(id) = u32::try_from(learned.symbols.len()) else {
                    break;
                };
                ids.insert(joined.clone(), id);
                learned.symbols.push(joined);
                on_symbol(learned.symbols.len());
                id
            }
        };
        if corpus.merge(pair, id) {
            learned.merges.push(pair);
        }
    }
    learned
}

/// The words as symbols, with the counts that a rule asks for kept up to date.
struct Corpus<'a, R: Rule> {
    rule: &'a R,
    min_frequency: u64,
    words: Vec<(Vec<u32>, u64)>,
    pairs: HashMap<Pair, PairState>,
    symbol_counts: Vec<u64>,
    total: u64,
    /// For each symbol the pairs that it is in; kept only where a rule's scores depend on it.
    pairs_of: Vec<Vec<Pair>>,
    /// Candidates with the score that they had when they were pushed, which is at least the score that they have.
    heap: BinaryHeap<(R::Score, Reverse<Pair>)>,
}

#[derive(Default)]
struct PairState {
    count: u64,
    /// The words that hold the pair, or held it once.
    words: Vec<usize>,
    merged: bool,
}

impl<'a, R: Rule> Corpus<'a, R> {
    fn new(words: Vec<(Vec<u32>, u64)>, symbols: usize, rule: &'a R, min_frequency: u64) -> Self {
        let mut corpus = Self {
            rule,
            min_frequency,
            words: Vec::new(),
            pairs: HashMap::new(),
            symbol_counts: vec![0; symbols],
            total: 0,
            pairs_of: vec![Vec::new(); symbols],
            heap: BinaryHeap::new(),
        };
        for (index, (word, count)) in words.iter().enumerate() {
            corpus.add(index, word, *count, |_| true);
        }
        corpus.words = words;
        corpus.refill();
        corpus
    }

    /// Counts a word; `is_new` tells the pairs for which the word must be noted.
    fn add(&mut self, index: usize, word: &[u32], count: u64, is_new: impl Fn(Pair) -> bool) {
        for &symbol in word {
            *slot(&mut self.symbol_counts, symbol) += count;
        }
        self.total += count * word.len() as u64;
        for pair in neighbours(word) {
            let state = self.pairs.entry(pair).or_insert_with(|| {
                if R::SYMBOLS_MATTER {
                    slot(&mut self.pairs_of, pair.0).push(pair);
                    if pair.0 != pair.1 {
                        slot(&mut self.pairs_of, pair.1).push(pair);
                    }
                }
                PairState::default()
            });
            state.count += count;
            if is_new(pair) && state.words.last() != Some(&index) {
                state.words.push(index);
            }
        }
    }

    /// Takes a word out of the counts.
    fn remove(&mut self, word: &[u32], count: u64) {
        for &symbol in word {
            *slot(&mut self.symbol_counts, symbol) -= count;
        }
        self.total -= count * word.len() as u64;
        for pair in neighbours(word) {
            if let Some(state) = self.pairs.get_mut(&pair) {
                state.count -= count;
            }
        }
    }

    /// The pair's score as things stand; `None` where it is too rare or gains nothing.
    fn score(&self, pair: Pair) -> Option<R::Score> {
        let count = self.pairs.get(&pair)?.count;
        if count == 0 || count < self.min_frequency {
            return None;
        }
        let of = |symbol: u32| self.symbol_counts.get(symbol as usize).copied().unwrap_or(0);
        self.rule.score(&Occurrence {
            pair: count,
            first: of(pair.0),
            second: of(pair.1),
            total: self.total,
            twins: pair.0 == pair.1,
        })
    }

    /// The best pair, smaller ids first among equals.
    fn best(&mut self) -> Option<Pair> {
        // Old entries pile up where scores are pushed anew after each merge.
        if self.heap.len() > 4 * self.pairs.len() + 1024 {
            self.refill();
        }
        while let Some((pushed, Reverse(pair))) = self.heap.pop() {
            match self.score(pair) {
                Some(score) if score == pushed => return Some(pair),
                Some(score) => self.heap.push((score, Reverse(pair))),
                None => {}
            }
        }
        None
    }

    fn refill(&mut self) {
        let candidates: Vec<_> =
            self.pairs.keys().filter_map(|&pair| Some((self.score(pair)?, Reverse(pair)))).collect();
        self.heap = BinaryHeap::from(candidates);
    }

    fn push(&mut self, mut pairs: Vec<Pair>) {
        pairs.sort_unstable();
        pairs.dedup();
        for pair in pairs {
            if let Some(score) = self.score(pair) {
                self.heap.push((score, Reverse(pair)));
            }
        }
    }

    /// Makes the pair one symbol in every word; says whether this is the first time.
    fn merge(&mut self, pair: Pair, id: u32) -> bool {
        let Some(state) = self.pairs.get_mut(&pair) else {
            return false;
        };
        let first_time = !std::mem::replace(&mut state.merged, true);
        let mut holders = std::mem::take(&mut state.words);
        holders.sort_unstable();
        holders.dedup();

        let mut risen = Vec::new();
        for index in holders {
            let Some((word, count)) = self.words.get_mut(index) else {
                continue;
            };
            let (old, count) = (std::mem::take(word), *count);
            let new = merged(&old, pair, id);
            if new.len() < old.len() {
                self.remove(&old, count);
                self.add(index, &new, count, |(first, second)| first == id || second == id);
                risen.extend(neighbours(&new).filter(|&(first, second)| first == id || second == id));
            }
            if let Some((word, _)) = self.words.get_mut(index) {
                *word = new;
            }
        }
        if R::SYMBOLS_MATTER {
            for symbol in [pair.0, pair.1] {
                let pairs = slot(&mut self.pairs_of, symbol);
                pairs.retain(|pair| self.pairs.get(pair).is_some_and(|state| state.count > 0));
                risen.extend_from_slice(pairs);
            }
        }
        self.push(risen);
        first_time
    }
}

/// The entry of a symbol, made where it does not exist yet.
fn slot<T: Clone + Default>(entries: &mut Vec<T>, symbol: u32) -> &mut T {
    let index = symbol as usize;
    if entries.len() <= index {
        entries.resize(index + 1, T::default());
    }
    &mut entries[index]
}

/// The pairs of neighbours in a word. `aaa` counts `aa` twice, as the original byte pair encoding does.
fn neighbours(word: &[u32]) -> impl Iterator<Item = Pair> {
    word.iter().zip(word.iter().skip(1)).map(|(&first, &second)| (first, second))
}

/// The word with each occurrence of the pair, from the left, made one symbol.
fn merged(word: &[u32], pair: Pair, id: u32) -> Vec<u32> {
    let mut new = Vec::with_capacity(word.len());
    let mut rest = word;
    while let [first, tail @ ..] = rest {
        match tail {
            [second, tail @ ..] if (*first, *second) == pair => {
                new.push(id);
                rest = tail;
            }
            _ => {
                new.push(*first);
                rest = tail;
            }
        }
    }
    new
}
