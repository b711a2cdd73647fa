//! The pieces of a batch, side by side, a core each.
//!
//! A training step on small tensors spends half its time in operations that use one core. Cut into pieces, it keeps
//! all of them busy, and a piece's tensors stay in a core's cache. What a piece computes does not depend on how many
//! others there are beside it, so neither does the result.

use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// Pools of one thread: inside one, operations that would use all cores use this one.
pub(crate) struct Workers(Vec<ThreadPool>);

impl Workers {
    /// As many as the caller's pool has threads, but no more than `most`.
    pub(crate) fn new(most: usize) -> Result<Self, Error> {
        let pool = |_| ThreadPoolBuilder::new().num_threads(1).build();
        let pools = (0..rayon::current_num_threads().min(most).max(1)).map(pool).collect::<Result<_, _>>()?;
        Ok(Self(pools))
    }

    /// `work` on each item, the results in the items' order.
    pub(crate) fn map<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        let queue = Mutex::new(items.into_iter().enumerate());
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take_all = || std::iter::from_fn(next).map(|(index, item)| (index, work(item))).collect::<Vec<_>>();
        let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
            let workers: Vec<_> = self.0.iter().map(|pool| scope.spawn(|| pool.install(take_all))).collect();
            let join = |worker: std::thread::ScopedJoinHandle<'_, _>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().flat_map(join).collect()
        });
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Workers;

    #[test]
    fn results_are_in_the_order_of_the_items_and_each_worker_has_one_thread() {
        let workers = Workers::new(8).unwrap();
        let results = workers.map((0..100).collect(), |item: usize| (item, rayon::current_num_threads()));
        assert_eq!(results, (0..100).map(|item| (item, 1)).collect::<Vec<_>>());
    }
}
