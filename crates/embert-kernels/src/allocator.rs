//! What the C allocator does with freed memory. Both functions are for glibc, and do nothing elsewhere.

/// Tells glibc's allocator to keep freed memory for the next tensor, whichever thread it is for.
///
/// By default it maps every large block anew and gives it back when it is
/// freed, and a training step spends half its time on the page faults of the
/// same tensors, over and over. Threads other than the first have arenas of their own, which hold no block above 64 MiB: so
/// there is to be one arena. This is a setting of the whole process, so it
/// is for a program to make, at its start.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const ONE_GIB: libc::c_int = 1 << 30;
        for (parameter, value) in [
            (libc::M_MMAP_THRESHOLD, ONE_GIB),
            (libc::M_TRIM_THRESHOLD, ONE_GIB),
            (libc::M_TOP_PAD, 64 << 20),
            (libc::M_ARENA_MAX, 1),
        ] {
            // SAFETY: mallopt may be called at any time with these parameters
            // and a positive value; it touches nothing but its own settings.
            unsafe { libc::mallopt(parameter, value) };
        }
    }
}

/// Gives freed memory back to the system, after what is not done again: the threads that read a model are seldom those
/// that compute with it, and each would keep what it has freed for itself.
pub fn give_back_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim may be called at any time; it touches free blocks alone.
    unsafe {
        libc::malloc_trim(0)
    };
}
