//! An activation in config.json.

use embert_kernels::Activation;
use serde::{Deserialize, Serialize};

/// An activation, under the name that the file has for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HiddenAct {
    name: String,
    activation: Activation,
}

impl HiddenAct {
    /// `gelu_new`, ALBERT's.
    pub fn gelu_new() -> Self {
        Self { name: "gelu_new".into(), activation: Activation::GeluTanh }
    }

    /// The function.
    pub fn activation(&self) -> Activation {
        self.activation
    }
}

impl Default for HiddenAct {
    /// `gelu`.
    fn default() -> Self {
        Self { name: "gelu".into(), activation: Activation::Gelu }
    }
}

impl TryFrom<String> for HiddenAct {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match Activation::from_name(&name) {
            Some(activation) => Ok(Self { name, activation }),
            None => Err(format!("{name:?}; gelu, gelu_new, relu, silu or tanh is expected")),
        }
    }
}

impl From<HiddenAct> for String {
    fn from(act: HiddenAct) -> String {
        act.name
    }
}
