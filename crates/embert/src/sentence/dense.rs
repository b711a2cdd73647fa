//! The files of a Dense module.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use embert_checkpoint::{CONFIG_FILE, NamedTensor, TensorFile, Values, WEIGHTS_FILE, read_json, write_tensors};
use embert_core::{Activation, Dense};
use serde::Deserialize;
use serde_json::json;

use super::write_json;
use crate::{encode::floats, error::Error};

const WEIGHT: &str = "linear.weight";
const BIAS: &str = "linear.bias";

#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    activation_function: String,
}

fn yes() -> bool {
    true
}

/// The activations, by the names of their classes in PyTorch.
const ACTIVATIONS: [(&str, Option<Activation>); 5] = [
    ("torch.nn.modules.linear.Identity", None),
    ("torch.nn.modules.activation.Tanh", Some(Activation::Tanh)),
    ("torch.nn.modules.activation.ReLU", Some(Activation::Relu)),
    ("torch.nn.modules.activation.GELU", Some(Activation::Gelu)),
    ("torch.nn.modules.activation.SiLU", Some(Activation::Silu)),
];

/// The module in `folder`.
pub(super) fn read(folder: &Path, device: &Device) -> Result<Dense, Error> {
    let config_file = folder.join(CONFIG_FILE);
    let config: DenseConfig = read_json(&config_file)?;
    let class = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let found = class(&config.activation_function);
    let Some((_, activation)) = ACTIVATIONS.into_iter().find(|(name, _)| class(name) == found) else {
        let found = config.activation_function;
        let message = format!("activation_function is {found}; Identity, Tanh, ReLU, GELU or SiLU is expected");
        return Err(Error::File { file: config_file, message });
    };
    for (key, found) in [("in_features", config.in_features), ("out_features", config.out_features)] {
        if found == 0 {
            return Err(Error::File { file: config_file, message: format!("{key} is 0; 1 or more is expected") });
        }
    }
    let mut weights = TensorFile::open(&folder.join(WEIGHTS_FILE))?;
    let shape = [config.out_features, config.in_features];
    let weight = read_floats(&mut weights, WEIGHT, &shape)?;
    let bias = if config.bias {
        let bias = read_floats(&mut weights, BIAS, &shape[..1])?;
        Some(Tensor::from_data(TensorData::new(bias, [config.out_features]), device))
    } else {
        None
    };
    Ok(Dense { weight: Tensor::from_data(TensorData::new(weight, shape), device), bias, activation })
}

/// Writes the module into `folder`, which is there.
pub(super) fn write(dense: &Dense, folder: &Path) -> Result<(), Error> {
    let Dense { weight, bias, activation } = dense;
    let [out_features, in_features] = weight.dims();
    let class = ACTIVATIONS.iter().find(|(_, known)| known == activation).map_or("", |(class, _)| *class);
    let config = json!({
        "in_features": in_features, "out_features": out_features, "bias": bias.is_some(), "activation_function": class,
    });
    write_json(&folder.join(CONFIG_FILE), &config)?;
    let tensor = |name: &str, shape: &[usize], values: Vec<f32>| NamedTensor {
        name: name.into(),
        shape: shape.to_vec(),
        values: Values::Float(values),
    };
    let mut tensors = vec![tensor(WEIGHT, &[out_features, in_features], floats(weight.clone())?)];
    if let Some(bias) = bias {
        tensors.push(tensor(BIAS, &[out_features], floats(bias.clone())?));
    }
    Ok(write_tensors(&folder.join(WEIGHTS_FILE), &tensors)?)
}

fn read_floats(file: &mut TensorFile, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
    let found = file.shape(name).map(<[usize]>::to_vec);
    let path = file.path().to_owned();
    match file.read(name)? {
        Some(Values::Float(values)) if found.as_deref() == Some(shape) => Ok(values),
        _ => {
            let found = found.map_or("is missing".into(), |found| format!("has shape {found:?}"));
            let message = format!("tensor {name} {found}; a float tensor of {shape:?} is expected");
            Err(Error::File { file: path, message })
        }
    }
}
