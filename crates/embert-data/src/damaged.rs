//! Damaged Parquet files, at some of which the library panics: an error as any other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use parquet::errors::ParquetError;

use crate::Error;

/// What the library gives, its panics as errors.
pub(crate) fn caught<T>(path: &Path, call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Error> {
    // Nothing is used again of what a panic leaves behind: the file is given up.
    let message = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(result)) => return Ok(result),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => {
            let message = panic.downcast_ref::<String>().map(String::as_str);
            let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
            format!("damaged: {}", message.unwrap_or("its parts contradict each other"))
        }
    };
    Err(Error::Parquet { path: path.to_path_buf(), message })
}
