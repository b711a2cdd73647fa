//! Many texts on their way through a model: in order, in bounded memory, and never waiting for each other more than
//! they must.
//!
//! The input is cut into windows. While one window is computed, the next is read and tokenized on a thread of its own,
//! and the results of the last are given away on the caller's. Between two threads one window waits at most, so five
//! are on their way: read, waiting, computed, waiting, given away. No number of inputs makes it more.
//!
//! Within a window rows of like length are computed together, in batches of so many tokens. What a row's result is does
//! not depend on it, but for the last bits where an operation sums in another order in another batch.

mod batches;
mod window;

use std::{
    panic::resume_unwind,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread::{Scope, ScopedJoinHandle},
};

use embert_core::Batch;
use embert_kernels::give_back_freed_memory;

use self::{batches::in_batches, window::Windows};
use crate::error::Error;

/// How much of a long input is in memory, and how much is computed, at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The most tokens of a batch, all rows together; a longer row is a batch of its own.
    pub batch_tokens: usize,
    /// The most inputs of a window.
    pub window_inputs: usize,
    /// A window ends before that with the input that brings its text to so many bytes.
    pub window_bytes: usize,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            // Enough to keep the cores busy, few enough that what a layer computes stays in their caches.
            batch_tokens: 4096,
            // Several batches of sentences, so that each finds rows of its length; and where inputs are long, their
            // number does not decide how much memory they take.
            window_inputs: 1024,
            window_bytes: 1 << 20,
        }
    }
}

/// What is read, to be made rows of tokens: a text, or whatever a pipeline makes its rows of.
pub trait Text: Send {
    /// The bytes of all its text.
    fn bytes(&self) -> usize;
}

impl<T: AsRef<str> + Send> Text for T {
    fn bytes(&self) -> usize {
        self.as_ref().len()
    }
}

/// A row of tokens, on its way to a [`Batch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence<A> {
    /// The token ids.
    pub ids: Vec<u32>,
    /// The segment of each token.
    pub type_ids: Vec<u32>,
    /// What the pipeline has to know of the row besides.
    pub about: A,
}

impl Schedule {
    /// Makes rows of each input, a result of each row, and gives the results of each input to `sink`, in the order of the
    /// inputs.
    ///
    /// `tokenize` gives the rows of an input: one, or several where a text is cut into windows. It is called on all
    /// cores. `compute` gives one result for each row of a batch, beside which it finds what the rows are `about`.
    /// `sink` is called on the caller's thread.
    ///
    /// On a thread of a rayon pool no other threads are started, and the three take turns: a pool whose threads wait
    /// for each other would compute nothing.
    ///
    /// # Errors
    /// The first of reading, tokenizing, computing and giving away. Results of inputs before one that cannot be read or
    /// tokenized have been given away then, and where a batch fails, those of the windows before it. The error is
    /// returned as soon as `inputs` has given the input that it is being asked for: a thread that waits for one cannot
    /// be ended.
    pub fn run<I: Text, A: Send, R: Send, E: From<Error> + Send>(
        &self,
        inputs: impl IntoIterator<Item = Result<I, E>, IntoIter: Send>,
        tokenize: impl Fn(I) -> Result<Vec<Sequence<A>>, Error> + Sync,
        compute: impl Fn(&Batch, &[A]) -> Result<Vec<R>, Error> + Send,
        mut sink: impl FnMut(Vec<R>) -> Result<(), E>,
    ) -> Result<(), E> {
        let is_over = AtomicBool::new(false);
        let (is_over, batch_tokens) = (&is_over, self.batch_tokens);
        let windows = Windows::new(*self, inputs.into_iter(), &tokenize, is_over);
        let mut is_further = false;
        let results_of = move |rows: Result<Vec<Vec<Sequence<A>>>, E>| -> Result<Vec<Vec<R>>, E> {
            // Small things lie between the large blocks that a window has freed, and the next finds no room for all of
            // its own there: memory would grow a little with the windows.
            if std::mem::replace(&mut is_further, true) {
                give_back_freed_memory();
            }
            Ok(in_batches(rows?, batch_tokens, &compute, is_over)?)
        };
        let mut give = |results: Result<Vec<Vec<R>>, E>| results?.into_iter().try_for_each(&mut sink);
        if rayon::current_thread_index().is_some() {
            return windows.map(results_of).try_for_each(give);
        }
        std::thread::scope(|scope| {
            let (windows, reader) = ahead(scope, windows);
            let (results, computer) = ahead(scope, windows.into_iter().map(results_of));
            let outcome = {
                let _over = Over(is_over);
                results.into_iter().try_for_each(&mut give)
            };
            for thread in [reader, computer] {
                thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            }
            outcome
        })
    }
}

/// What `items` gives, up to its first error, a little ahead of who takes it: on a thread of its own.
fn ahead<'scope, T: Send + 'scope, E: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl Iterator<Item = Result<T, E>> + Send + 'scope,
) -> (Receiver<Result<T, E>>, ScopedJoinHandle<'scope, ()>) {
    let (sender, receiver) = sync_channel(1);
    let thread = scope.spawn(move || {
        for item in items {
            let is_last = item.is_err();
            // Nobody listens any more where a later step failed.
            if sender.send(item).is_err() || is_last {
                return;
            }
        }
    });
    (receiver, thread)
}

/// Says when it is dropped, by a panic of the sink too, that nobody waits for results any more.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
