//! The backends that are compiled in, the devices that they have here, and
//! which of them runs. This is the one place that names them.

mod words;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
};

use burn::tensor::{Device, FloatDType, Tensor};
use embert_kernels::read_floats;
use serde::Serialize;

use crate::error::Error;

/// What a worker asks its callers for, and a caller says to a worker: a word that both know.
pub const TOKEN_VARIABLE: &str = "EMBERT_WORKER_TOKEN";

/// A way to compute, by the name of the feature that compiles it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// GPUs by NVIDIA.
    Cuda,
    /// GPUs by AMD.
    Rocm,
    /// GPUs of any kind, through Vulkan, Metal, DirectX 12 or WebGPU; or a program that passes for one.
    Wgpu,
    /// Burn's own CPU backend, and the fused operations of this family. The default.
    Flex,
    /// LibTorch, deprecated by Burn: `tch` is the CPU, `tch:N` a GPU by NVIDIA.
    Tch,
    /// CubeCL's CPU backend: the kernels of the GPUs, compiled for the processor.
    Cpu,
    /// The ndarray CPU backend, deprecated by Burn.
    Ndarray,
    /// Devices that another machine's `embert worker` serves.
    Remote,
}

impl Backend {
    /// All of them, as [`DeviceChoice::Auto`] prefers them.
    pub const ALL: [Self; 8] =
        [Self::Cuda, Self::Rocm, Self::Wgpu, Self::Flex, Self::Tch, Self::Cpu, Self::Ndarray, Self::Remote];

    /// Whether this program was built with it.
    pub const fn is_compiled(self) -> bool {
        match self {
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Rocm => cfg!(feature = "rocm"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Flex => cfg!(feature = "flex"),
            Self::Tch => cfg!(feature = "tch"),
            Self::Cpu => cfg!(feature = "cpu"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Remote => cfg!(feature = "remote"),
        }
    }

    /// Its name, which is its feature's too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Rocm => "rocm",
            Self::Wgpu => "wgpu",
            Self::Flex => "flex",
            Self::Tch => "tch",
            Self::Cpu => "cpu",
            Self::Ndarray => "ndarray",
            Self::Remote => "remote",
        }
    }

    /// Whether a machine can have several of its devices.
    const fn is_numbered(self) -> bool {
        matches!(self, Self::Cuda | Self::Rocm | Self::Wgpu | Self::Tch)
    }

    /// The devices that this machine has of it, in the order of their numbers; none where it is not compiled in. Of
    /// another machine's, only that machine knows.
    #[allow(deprecated, reason = "Burn deprecates ndarray and LibTorch; they are offered as long as they work")]
    fn devices(self) -> Vec<Device> {
        #[cfg(any(feature = "cuda", feature = "rocm", feature = "wgpu"))]
        use burn::tensor::DeviceType;
        match self {
            #[cfg(feature = "cuda")]
            Self::Cuda => Device::enumerate(DeviceType::Cuda).into_vec(),
            #[cfg(feature = "rocm")]
            Self::Rocm => Device::enumerate(DeviceType::Rocm).into_vec(),
            // Burn would take OpenGL where nothing else is there, and not come to an end on it.
            #[cfg(feature = "wgpu")]
            Self::Wgpu if has_adapter(|_| true) => Device::enumerate(DeviceType::Wgpu).into_vec(),
            #[cfg(feature = "flex")]
            Self::Flex => vec![Device::flex()],
            #[cfg(feature = "tch")]
            Self::Tch => vec![Device::libtorch()],
            #[cfg(feature = "cpu")]
            Self::Cpu => vec![Device::cpu()],
            #[cfg(feature = "ndarray")]
            Self::Ndarray => vec![Device::ndarray()],
            _ => Vec::new(),
        }
    }

    /// Its first device here.
    ///
    /// # Errors
    /// As [`DeviceChoice::open`].
    pub fn open(self) -> Result<Device, Error> {
        DeviceChoice::One { backend: self, number: None }.open()
    }

    /// Whether it is for GPUs, and may have one here: to look at a device takes a while.
    fn may_have_a_gpu(self) -> bool {
        match self {
            Self::Cuda | Self::Rocm => true,
            #[cfg(feature = "wgpu")]
            Self::Wgpu => has_adapter(|kind| kind != wgpu::DeviceType::Cpu),
            _ => false,
        }
    }

    /// Every device that this machine has of it, looked at.
    pub fn found(self) -> Vec<Found> {
        let found = |(number, device): (usize, Device)| {
            let number = self.is_numbered().then_some(number);
            Found::look(DeviceChoice::One { backend: self, number }, device)
        };
        self.devices().into_iter().enumerate().map(found).collect()
    }
}

/// Whether WebGPU has such a thing to run on; looked for once.
#[cfg(feature = "wgpu")]
fn has_adapter(is_wanted: impl Fn(wgpu::DeviceType) -> bool) -> bool {
    static ADAPTERS: OnceLock<Vec<wgpu::DeviceType>> = OnceLock::new();
    let adapters = ADAPTERS.get_or_init(|| {
        let backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapters = pollster::block_on(instance.enumerate_adapters(backends));
        adapters.iter().map(|adapter| adapter.get_info().device_type).collect()
    });
    adapters.iter().copied().any(is_wanted)
}

/// What `--device` can say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best that is compiled in and answers: a GPU, else the processor.
    #[default]
    Auto,
    /// A device of this machine.
    One {
        /// Of this backend.
        backend: Backend,
        /// Its place among the backend's devices, from 0, where a machine can have several; else the first.
        number: Option<usize>,
    },
    /// A device of another machine.
    Remote {
        /// Where its worker listens: `host:port`.
        place: String,
        /// Its place among those that the worker serves, from 0.
        number: usize,
    },
}

/// A device that is there.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// How it is asked for.
    pub device: DeviceChoice,
    /// As it calls itself.
    pub name: String,
    /// Whether it is a card of its own, and not the processor in other clothes.
    pub is_gpu: bool,
    /// The numbers that a model can be computed with on it.
    pub dtypes: Vec<&'static str>,
    /// Why it cannot be used, though it is there.
    pub failure: Option<String>,
    #[serde(skip)]
    handle: Device,
}

impl Found {
    /// Opens the device and lets it add some numbers.
    fn look(device: DeviceChoice, handle: Device) -> Self {
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let (name, is_gpu) = identity(&handle);
            let types = [("f32", FloatDType::F32), ("f16", FloatDType::F16), ("bf16", FloatDType::BF16)];
            let dtypes = types.into_iter().filter(|&(_, dtype)| handle.supports_dtype(dtype)).map(|(name, _)| name);
            let dtypes = dtypes.collect();
            let failure = match read_floats(Tensor::<1>::ones([8], &handle).sum()).as_deref() {
                Ok([8.0]) => None,
                Ok(sum) => Some(format!("eight ones are {sum:?} to it")),
                Err(error) => Some(error.to_string()),
            };
            (name, is_gpu, dtypes, failure)
        }));
        let (name, is_gpu, dtypes, failure) =
            looked.unwrap_or_else(|panic| (None, false, Vec::new(), Some(message_of(&*panic))));
        Self { name: name.unwrap_or_else(|| device.to_string()), device, is_gpu, dtypes, failure, handle }
    }
}

/// What a device calls itself, where it has a name, and whether it is a card.
fn identity(_device: &Device) -> (Option<String>, bool) {
    #[cfg(any(feature = "cuda", feature = "rocm", feature = "wgpu", feature = "cpu"))]
    if let Some(identity) = _device.identity() {
        return (Some(identity.name), identity.physical.is_some());
    }
    (None, false)
}

/// What a panic said.
pub fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it does not say why").to_owned()
}

/// A device that was opened.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// It.
    pub device: Device,
    /// How it is asked for.
    pub choice: DeviceChoice,
    /// Why it and no other, where that was left to [`DeviceChoice::Auto`] and there was something to choose.
    pub why: Option<String>,
}

impl DeviceChoice {
    /// The device, where its backend is compiled in.
    ///
    /// # Errors
    /// Names the feature to turn on where it is not, and says what there is
    /// where the device is not there or does not answer.
    pub fn open(&self) -> Result<Device, Error> {
        Ok(self.choose()?.device)
    }

    /// What [`DeviceChoice::open`] opens: itself, or what `Auto` comes to.
    pub fn resolved(&self) -> Self {
        match self {
            Self::Auto => auto().map_or(Self::Auto, |chosen| chosen.choice),
            chosen => chosen.clone(),
        }
    }

    /// The device, and which it is.
    ///
    /// # Errors
    /// As [`DeviceChoice::open`].
    pub fn choose(&self) -> Result<Chosen, Error> {
        let device = match self {
            Self::Auto => return auto(),
            Self::One { backend, number } => self.of_this_machine(*backend, *number)?,
            Self::Remote { place, number } => self.of_another(place, *number)?,
        };
        Ok(Chosen { device, choice: self.clone(), why: None })
    }

    fn of_this_machine(&self, backend: Backend, number: Option<usize>) -> Result<Device, Error> {
        if !backend.is_compiled() {
            return Err(Error::DeviceNotCompiled { device: self.clone(), feature: backend.name() });
        }
        #[cfg(feature = "tch")]
        #[allow(deprecated, reason = "Burn deprecates LibTorch; it is offered as long as it works")]
        if let (Backend::Tch, Some(number)) = (backend, number) {
            return Ok(Device::libtorch_cuda(number));
        }
        let mut devices = backend.devices();
        let (number, count) = (number.unwrap_or(0), devices.len());
        if number < count {
            return Ok(devices.swap_remove(number));
        }
        let needed = match (count, backend) {
            (0, Backend::Cuda) => "an NVIDIA GPU and its driver are expected".to_owned(),
            (0, Backend::Rocm) => "an AMD GPU and ROCm are expected".to_owned(),
            (0, _) => "a GPU with a driver for Vulkan, Metal or DirectX 12 is expected".to_owned(),
            (1, backend) => format!("{backend} has one, {backend}:0"),
            (count, backend) => format!("{backend} has {backend}:0 to {backend}:{}", count - 1),
        };
        Err(Error::NoDevice { device: self.clone(), needed })
    }

    #[cfg(feature = "remote")]
    fn of_another(&self, place: &str, number: usize) -> Result<Device, Error> {
        use burn::remote::ConnectError;

        let fails = |message: String| Error::Worker { device: self.clone(), message };
        reach(place).map_err(|reason| fails(format!("{reason}; is an `embert worker` running there?")))?;
        let mut host = burn::remote::RemoteHost::websocket(&format!("ws://{place}"));
        if let Ok(token) = std::env::var(TOKEN_VARIABLE) {
            host = host.with_credential(token);
        }
        let opened = Device::remote_options(&host).device_index(number).init();
        opened.map_err(|error| match error {
            ConnectError::Unauthorized => fails(format!("{error}; the worker's own {TOKEN_VARIABLE} is expected")),
            error => fails(error.to_string()),
        })
    }

    #[cfg(not(feature = "remote"))]
    fn of_another(&self, _place: &str, _number: usize) -> Result<Device, Error> {
        Err(Error::DeviceNotCompiled { device: self.clone(), feature: Backend::Remote.name() })
    }
}

/// Whether somebody listens there. Burn goes on asking for sixteen seconds, in case the worker is about to start.
#[cfg(feature = "remote")]
fn reach(place: &str) -> std::io::Result<()> {
    use std::{
        io::{Error, ErrorKind},
        net::{TcpStream, ToSocketAddrs},
    };

    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
    let mut reached = Err(Error::new(ErrorKind::NotFound, "the name has no address"));
    for address in place.to_socket_addrs()? {
        reached = TcpStream::connect_timeout(&address, PATIENCE).map(drop);
        if reached.is_ok() {
            break;
        }
    }
    reached
}

/// The first GPU that answers, else the processor; looked for once.
fn auto() -> Result<Chosen, Error> {
    static FOUND: OnceLock<Result<Chosen, String>> = OnceLock::new();
    FOUND.get_or_init(look_for_the_best).clone().map_err(|why| Error::NoDeviceToTake { why })
}

/// A device for the outline of a model, of which nothing is computed: the processor, where it is compiled in.
pub(crate) fn of_outlines() -> Result<Device, Error> {
    let on_processor = [Backend::Flex, Backend::Ndarray].into_iter().find(|backend| backend.is_compiled());
    on_processor.map_or_else(|| DeviceChoice::Auto.open(), Backend::open)
}

fn look_for_the_best() -> Result<Chosen, String> {
    let compiled = || Backend::ALL.into_iter().filter(|&backend| backend.is_compiled() && backend != Backend::Remote);
    let mut refused = Vec::new();
    for backend in compiled() {
        let is_for_gpus = matches!(backend, Backend::Cuda | Backend::Rocm | Backend::Wgpu);
        if !is_for_gpus {
            // The processor is there.
            let Some(device) = backend.devices().into_iter().next() else { continue };
            let choice = DeviceChoice::One { backend, number: None };
            let why = match refused.as_slice() {
                [] if compiled().count() == 1 => None,
                [] => Some("the fastest here that is compiled in".to_owned()),
                refused => Some(refused.join(", ")),
            };
            return Ok(Chosen { device, choice, why });
        }
        let found = if backend.may_have_a_gpu() { backend.found() } else { Vec::new() };
        if found.is_empty() {
            refused.push(format!("{backend} has no GPU"));
        }
        for found in found {
            match found {
                Found { device: choice, name, is_gpu: true, failure: None, handle, .. } => {
                    return Ok(Chosen { device: handle, choice, why: Some(format!("{name} answers")) });
                }
                Found { device, failure: Some(failure), .. } => refused.push(format!("{device} fails: {failure}")),
                Found { device, name, .. } => refused.push(format!("{device}, {name}, is no GPU")),
            }
        }
    }
    Err(if refused.is_empty() { "no backend for this machine is compiled in".to_owned() } else { refused.join(", ") })
}
