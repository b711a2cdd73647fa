//! Which instructions the operations are made of.

use std::{cell::Cell, fmt, str::FromStr, sync::OnceLock};

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};

#[cfg(target_arch = "x86_64")]
use super::dot::{Bf16Instructions, VnniInstructions};

/// The instructions that the fused operations are made of. All give the same results, but for the rounding of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CpuLevel {
    /// None: the operations are Burn's own, one after another.
    Plain,
    /// What every processor has.
    Portable,
    /// 256-bit vectors with fused multiply-add.
    Avx2,
    /// 512-bit vectors.
    Avx512,
    /// And dot products of bytes.
    Avx512Vnni,
    /// And dot products of bf16.
    Avx512Bf16,
}

/// The name of the variable that sets the level, where a program does not.
pub const CPU_VARIABLE: &str = "EMBERT_CPU";

static FORCED: OnceLock<CpuLevel> = OnceLock::new();

thread_local! {
    static SCOPED: Cell<Option<CpuLevel>> = const { Cell::new(None) };
}

impl CpuLevel {
    const ALL: [(Self, &str); 6] = [
        (Self::Plain, "plain"),
        (Self::Portable, "portable"),
        (Self::Avx2, "avx2"),
        (Self::Avx512, "avx512"),
        (Self::Avx512Vnni, "avx512-vnni"),
        (Self::Avx512Bf16, "avx512-bf16"),
    ];

    /// Its name, as `--cpu` has it.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(level, _)| *level == self).map_or("", |(_, name)| name)
    }

    /// The levels that this machine has, the best last.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        Self::ALL.into_iter().map(|(level, _)| level).filter(|level| level.is_available())
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        self.instructions().is_some()
    }

    /// The level that operations of this thread begin with: that of [`CpuLevel::scope`], else that of
    /// [`CpuLevel::force`], else that of [`CPU_VARIABLE`] where it names one that this machine has, else the best.
    pub fn current() -> Self {
        SCOPED.get().unwrap_or_else(|| {
            *FORCED.get_or_init(|| {
                let named = std::env::var(CPU_VARIABLE).ok().and_then(|name| name.parse().ok());
                named.or_else(|| Self::available().next_back()).unwrap_or(Self::Portable)
            })
        })
    }

    /// The level of the whole process from now on, for a program to set at its start. False where another is in use
    /// already.
    pub fn force(self) -> bool {
        *FORCED.get_or_init(|| self) == self
    }

    /// Runs `work` with this level on this thread. Weights that are packed meanwhile keep it.
    pub fn scope<R>(self, work: impl FnOnce() -> R) -> R {
        Self::within(Some(self), work)
    }

    /// Does `work` with exactly that level of a scope, or with none.
    pub(crate) fn within<R>(level: Option<Self>, work: impl FnOnce() -> R) -> R {
        struct Restore(Option<CpuLevel>);
        impl Drop for Restore {
            fn drop(&mut self) {
                SCOPED.set(self.0);
            }
        }
        let _restore = Restore(SCOPED.replace(level));
        work()
    }

    /// The level of [`CpuLevel::scope`], for what another thread does for this one.
    pub(crate) fn scoped() -> Option<Self> {
        SCOPED.get()
    }

    pub(crate) fn instructions(self) -> Option<Instructions> {
        match self {
            // What is packed has to be computed somehow.
            Self::Plain | Self::Portable => Some(Instructions::Portable),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => V3::try_new().map(Instructions::Avx2),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => V4::try_new().map(Instructions::Avx512),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni => {
                VnniInstructions::try_new().zip(V4::try_new()).map(|(vnni, v4)| Instructions::Avx512Vnni(v4, vnni))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Bf16 => {
                let both = VnniInstructions::try_new().zip(Bf16Instructions::try_new());
                both.zip(V4::try_new()).map(|((vnni, bf16), v4)| Instructions::Avx512Bf16(v4, vnni, bf16))
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 | Self::Avx512Vnni | Self::Avx512Bf16 => None,
        }
    }
}

impl fmt::Display for CpuLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CpuLevel {
    type Err = String;

    /// # Errors
    /// Where this machine does not have what is named.
    fn from_str(name: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|(level, known)| *known == name && level.is_available());
        named.map(|(level, _)| level).ok_or_else(|| {
            let levels: Vec<&str> = Self::available().map(Self::name).collect();
            format!("{name:?} is no level of instructions that this machine has; {} is expected", levels.join(", "))
        })
    }
}

/// Proof that the machine has the instructions of a level.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(V4, VnniInstructions),
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16(V4, VnniInstructions, Bf16Instructions),
}

impl Instructions {
    /// Those of the level that operations of this thread begin with.
    pub(crate) fn current() -> Self {
        CpuLevel::current().instructions().unwrap_or(Self::Portable)
    }

    /// Compiles `work` with these instructions: the compiler finds vectors in its loops. So it has to be compiled into
    /// this function, which a closure is for certain with `#[inline(always)]` alone.
    #[inline(always)]
    pub(crate) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        match self {
            Self::Portable => work(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(v3) => v3.vectorize(work),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(v4) | Self::Avx512Vnni(v4, _) | Self::Avx512Bf16(v4, ..) => v4.vectorize(work),
        }
    }
}
