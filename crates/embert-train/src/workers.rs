//! The pieces of a batch, side by side, a core each.
//!
//! A training step on small tensors spends half its time in operations that use one core. Cut into pieces, it keeps
//! all of them busy, and a piece's tensors stay in a core's cache. What a piece computes does not depend on how many
//! others there are beside it, and results are taken in the order of the pieces: so the sum of them depends neither on
//! the number of cores nor on the number of devices.
//!
//! Where there are fewer pieces than cores, a piece has several. What its operations come to does not depend on how many:
//! a sum that would is none of theirs.

use std::{
    any::Any,
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc},
};

use burn::tensor::Device;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Error;

/// Pools of threads, each with a device.
pub struct Workers {
    /// Of one thread each: operations that would use all cores use this one.
    single: Vec<(ThreadPool, Device)>,
    /// As many as there are pieces, at most: all cores are dealt over them.
    wide: Vec<(ThreadPool, Device)>,
}

/// Results that wait for an earlier one are twice as many as there are workers, at most: each may be as large as a model.
struct Queue<I> {
    items: I,
    taken: usize,
    folded: usize,
    is_over: bool,
}

impl Workers {
    /// With as many threads as the caller's pool has, dealt over `devices`, for batches of about so many pieces; at least
    /// one a device.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub fn new(devices: &[Device], pieces: usize) -> Result<Self, Error> {
        let threads = rayon::current_num_threads();
        let dealt = |workers: usize| {
            let pool = |(place, device): (usize, &Device)| {
                let threads = (threads + workers - 1 - place) / workers;
                Ok((ThreadPoolBuilder::new().num_threads(threads.max(1)).build()?, device.clone()))
            };
            devices.iter().cycle().take(workers).enumerate().map(pool).collect::<Result<_, Error>>()
        };
        Ok(Self {
            single: dealt(threads.max(devices.len()))?,
            wide: dealt(threads.min(pieces).max(devices.len()).max(1))?,
        })
    }

    /// `work` on each piece of a batch, on whichever pool is free, and `fold` on each result, in the order of the pieces.
    ///
    /// # Errors
    /// The first, in the pieces' order.
    pub fn fold_pieces<T: Send, R: Send>(
        &self,
        pieces: Vec<T>,
        work: impl Fn(T, &Device) -> Result<R, Error> + Sync,
        fold: impl FnMut(R),
    ) -> Result<(), Error> {
        fold_on(&self.wide, pieces, work, fold)
    }

    /// `work` on each item, on one thread of whichever device is free, and `fold` on each result, in the items' order.
    ///
    /// # Errors
    /// The first, in the items' order.
    pub(crate) fn fold<T: Send, R: Send>(
        &self,
        items: Vec<T>,
        work: impl Fn(T, &Device) -> Result<R, Error> + Sync,
        fold: impl FnMut(R),
    ) -> Result<(), Error> {
        fold_on(&self.single, items, work, fold)
    }
}

fn fold_on<T: Send, R: Send>(
    workers: &[(ThreadPool, Device)],
    items: Vec<T>,
    work: impl Fn(T, &Device) -> Result<R, Error> + Sync,
    mut fold: impl FnMut(R),
) -> Result<(), Error> {
    let count = items.len();
    let queue = Mutex::new(Queue { items: items.into_iter(), taken: 0, folded: 0, is_over: false });
    let room = Condvar::new();
    let (sender, receiver) = mpsc::channel::<(usize, Result<Result<R, Error>, Box<dyn Any + Send>>)>();
    let next = || {
        let is_full = |queue: &mut Queue<_>| !queue.is_over && queue.taken >= queue.folded + 2 * workers.len();
        let mut queue = room.wait_while(lock(&queue), is_full).unwrap_or_else(PoisonError::into_inner);
        if queue.is_over {
            return None;
        }
        queue.taken += 1;
        Some((queue.taken - 1, queue.items.next()?))
    };
    std::thread::scope(|scope| {
        for (pool, device) in workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                pool.install(|| {
                    while let Some((index, item)) = next() {
                        let result = catch_unwind(AssertUnwindSafe(|| work(item, device)));
                        // Nobody listens any more where an earlier piece failed.
                        let _ = sender.send((index, result));
                    }
                });
            });
        }
        let mut waiting = BTreeMap::new();
        let mut outcome = Ok(());
        for folded in 0..count {
            let result = loop {
                if let Some(result) = waiting.remove(&folded) {
                    break result;
                }
                let Ok((index, result)) = receiver.recv() else { return outcome };
                waiting.insert(index, result);
            };
            match result {
                Ok(Ok(result)) => fold(result),
                Ok(Err(error)) => outcome = Err(error),
                Err(panic) => {
                    stop(&queue, &room);
                    resume_unwind(panic);
                }
            }
            if outcome.is_err() {
                break;
            }
            lock(&queue).folded += 1;
            room.notify_all();
        }
        stop(&queue, &room);
        outcome
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// No worker takes another item.
fn stop<I>(queue: &Mutex<Queue<I>>, room: &Condvar) {
    lock(queue).is_over = true;
    room.notify_all();
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::{Error, Workers};

    #[test]
    fn results_come_in_the_order_of_the_items_and_each_worker_has_one_thread() {
        let workers = Workers::new(&[Device::flex(), Device::flex()], 8).unwrap();
        let mut results = Vec::new();
        let work = |item: usize, _: &Device| Ok((item, rayon::current_num_threads()));
        workers.fold((0..100).collect(), work, |result| results.push(result)).unwrap();
        assert_eq!(results, (0..100).map(|item| (item, 1)).collect::<Vec<_>>());
    }

    #[test]
    fn all_cores_are_dealt_over_few_pieces() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(5).build().unwrap();
        let workers = pool.install(|| Workers::new(&[Device::flex()], 2)).unwrap();
        let mut threads = Vec::new();
        // Each waits for the other, so that none takes both.
        let both = std::sync::Barrier::new(2);
        let work = |_: usize, _: &Device| {
            both.wait();
            Ok(rayon::current_num_threads())
        };
        workers.fold_pieces(vec![0, 1], work, |count| threads.push(count)).unwrap();
        threads.sort_unstable();
        assert_eq!(threads, [2, 3]);
    }

    #[test]
    fn the_first_failure_ends_it() {
        let workers = Workers::new(&[Device::flex()], 8).unwrap();
        let mut folded = 0;
        let work = |item: usize, _: &Device| if item == 50 { Err(Error::OtherData) } else { Ok(()) };
        assert!(workers.fold((0..1000).collect(), work, |()| folded += 1).is_err());
        assert_eq!(folded, 50);
    }

    #[test]
    #[should_panic(expected = "piece 3")]
    fn a_panic_is_passed_on() {
        let workers = Workers::new(&[Device::flex()], 8).unwrap();
        let work = |item: usize, _: &Device| if item == 3 { panic!("piece {item}") } else { Ok(()) };
        let _ = workers.fold((0..1000).collect(), work, |()| ());
    }
}
