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
    /// A GPU, or what passes for one, through WebGPU (feature `wgpu`). Never chosen by itself: how it is set up decides
    /// whether it is faster.
    Wgpu,
}

impl DeviceChoice {
    /// The device, where its backend is compiled in.
    ///
    /// # Errors
    /// Names the feature to turn on where it is not, and says where there is no
    /// adapter for it to run on.
    pub fn open(self) -> Result<Device, Error> {
        match self.resolved() {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(deprecated, reason = "Burn deprecates the backend; it is offered as long as it works")]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu if has_adapter() => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Err(Error::NoAdapter),
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

/// Whether WebGPU has something to run on. Burn would not say; it would wait.
#[cfg(feature = "wgpu")]
fn has_adapter() -> bool {
    let backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    !pollster::block_on(instance.enumerate_adapters(backends)).is_empty()
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
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
            "wgpu" => Ok(Self::Wgpu),
            _ => Err(format!("{name:?} is no device; auto, flex, ndarray or wgpu is expected")),
        }
    }
}
