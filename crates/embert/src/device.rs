//! The backends that are compiled in, and which of them runs. This is the one
//! place that names them.

use std::{fmt, str::FromStr};

use burn::tensor::Device;

use crate::error::Error;

/// What `--device` can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best that is compiled in.
    #[default]
    Auto,
    /// Burn's own CPU backend (feature `flex`).
    Flex,
    /// The ndarray CPU backend (feature `ndarray`), deprecated by Burn.
    Ndarray,
}

impl DeviceChoice {
    /// The device, where its backend is compiled in.
    ///
    /// # Errors
    /// Names the feature to turn on where it is not.
    pub fn open(self) -> Result<Device, Error> {
        match self.resolved() {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(deprecated, reason = "Burn deprecates the backend; it is offered as long as it works")]
            Self::Ndarray => Ok(Device::ndarray()),
            #[allow(unreachable_patterns, reason = "reachable where a backend is not compiled in")]
            missing => Err(Error::DeviceNotCompiled { device: missing }),
        }
    }

    /// The backend that [`DeviceChoice::open`] opens.
    pub fn resolved(self) -> Self {
        match self {
            Self::Auto if cfg!(feature = "flex") => Self::Flex,
            Self::Auto => Self::Ndarray,
            chosen => chosen,
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
        })
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "auto" => Ok(Self::Auto),
            "flex" => Ok(Self::Flex),
            "ndarray" => Ok(Self::Ndarray),
            _ => Err(format!("{name:?} is no device; auto, flex or ndarray is expected")),
        }
    }
}
