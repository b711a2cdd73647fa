//! Places in a tensor, as a tensor.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// `places` on `device`, to select by: `[places]`.
pub fn indices(places: &[u32], device: &Device) -> Tensor<1, Int> {
    let places: Vec<i32> = places.iter().map(|&place| place as i32).collect();
    let length = places.len();
    Tensor::from_data(TensorData::new(places, [length]), device)
}
