//! The way from a device back to the host: the one place where a model's work waits for its device, which a GPU that is to
//! be kept busy should seldom be asked for.

use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::{Int, Tensor, TensorData, TensorReadError};

static READS: AtomicU64 = AtomicU64::new(0);

/// The values of a tensor, in its own numbers.
///
/// # Errors
/// Where the device does not give them back.
pub fn read<const D: usize>(tensor: Tensor<D>) -> Result<TensorData, TensorReadError> {
    READS.fetch_add(1, Ordering::Relaxed);
    Ok(tensor.without_autodiff().try_into_data()?)
}

/// The numbers of a tensor, row after row, in f32.
///
/// # Errors
/// As [`read`].
pub fn read_floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TensorReadError> {
    Ok(read(tensor)?.try_cast_as::<f32>()?.try_into_vec()?)
}

/// The places or classes in a tensor, row after row.
///
/// # Errors
/// As [`read`].
pub fn read_ids(tensor: Tensor<1, Int>) -> Result<Vec<u32>, TensorReadError> {
    READS.fetch_add(1, Ordering::Relaxed);
    let ids: Vec<i64> = tensor.try_into_data()?.try_cast_as::<i64>()?.try_into_vec()?;
    Ok(ids.into_iter().map(|id| id as u32).collect())
}

/// How often this process has read from a device.
pub fn reads() -> u64 {
    READS.load(Ordering::Relaxed)
}
