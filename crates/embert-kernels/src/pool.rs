//! Where operations run.

/// Does `work` on a thread of rayon's pool, as it does what is done in parallel.
///
/// An operation that is called from elsewhere is handed to the pool, and its caller sleeps until it is done: a small one
/// takes less time than that. A forward pass over few tokens is handed over once.
///
/// `work` may be done on top of something else that a thread of the pool waits in: it must not wait for what others do.
pub fn on_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    #[cfg(feature = "flex")]
    {
        let level = crate::CpuLevel::scoped();
        // The thread may be in the middle of something else, at another level.
        rayon::scope(|_| crate::CpuLevel::within(level, work))
    }
    #[cfg(not(feature = "flex"))]
    work()
}
