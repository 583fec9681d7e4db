//! Which GPUs there are, and which device a model computes on. It looks; nothing is kept or started.

use crate::{DeviceChoice, LoadError};

/// A GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundGpu {
    /// What its maker calls it.
    pub name: String,
    /// Its memory, in bytes.
    pub memory: u64,
    /// Its compute capability.
    pub capability: (u32, u32),
}

/// Why no GPU can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGpu {
    /// This program cannot use any.
    #[error("this turnwise was built without the feature `cuda`; docs/gpu.md says how to build it")]
    NotBuilt,
    /// There is no driver.
    #[error("there is no NVIDIA driver; install it, or run where libcuda.so.1 is (docs/gpu.md)")]
    NoDriver,
    /// The driver finds none.
    #[error("the NVIDIA driver finds no GPU")]
    NoDevice,
    /// The driver is too old, or broken.
    #[error("the NVIDIA driver does not work ({problem}); turnwise needs 580 or newer")]
    Broken {
        /// What it says.
        problem: String,
    },
}

/// The least compute capability that the kernels run on.
const LEAST: (u32, u32) = (8, 0);

/// The NVIDIA GPUs, in the order of their numbers.
///
/// # Errors
/// When there is none that could be used.
pub fn nvidia() -> Result<Vec<FoundGpu>, NoGpu> {
    #[cfg(feature = "cuda")]
    return super::cuda::found();
    #[cfg(not(feature = "cuda"))]
    Err(NoGpu::NotBuilt)
}

/// A device that was decided on, and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The device; never [`DeviceChoice::Auto`].
    pub device: DeviceChoice,
    /// Why it is not what one might expect.
    pub line: Option<String>,
}

/// Decides where a model computes, from what was wished for and what was found.
///
/// # Errors
/// When a GPU was asked for by name and cannot be had.
pub fn choose(wish: DeviceChoice, found: &Result<Vec<FoundGpu>, NoGpu>) -> Result<Chosen, LoadError> {
    let chosen = |device, line| Ok(Chosen { device, line });
    match (wish, found) {
        (DeviceChoice::Cpu | DeviceChoice::Metal, _) => chosen(wish, None),
        // Who has a program for the processor expects nothing else.
        (DeviceChoice::Auto, Err(NoGpu::NotBuilt)) => chosen(DeviceChoice::Cpu, None),
        (DeviceChoice::Auto, Err(why)) => {
            chosen(DeviceChoice::Cpu, Some(format!("computing on the processor: {why}")))
        }
        (DeviceChoice::Auto, Ok(gpus)) => match gpus.iter().position(|gpu| gpu.capability >= LEAST) {
            Some(number) => {
                chosen(DeviceChoice::Cuda(number), Some(format!("computing on {}", in_words(number, gpus))))
            }
            None => chosen(
                DeviceChoice::Cpu,
                Some("computing on the processor: no GPU has compute capability 8.0 or more".to_owned()),
            ),
        },
        (DeviceChoice::Cuda(number), Ok(gpus)) if number < gpus.len() => chosen(wish, None),
        (DeviceChoice::Cuda(number), Ok(gpus)) => {
            let problem = format!("there {} {} numbered from 0", be(gpus.len()), gpus.len());
            Err(LoadError::NoGpu { device: format!("cuda:{number}"), problem })
        }
        (DeviceChoice::Cuda(number), Err(why)) => {
            Err(LoadError::NoGpu { device: format!("cuda:{number}"), problem: why.to_string() })
        }
    }
}

fn be(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn in_words(number: usize, gpus: &[FoundGpu]) -> String {
    let gpu = &gpus[number];
    format!("cuda:{number}, {} with {:.0} GiB", gpu.name, gpu.memory as f64 / f64::from(1 << 30))
}

#[cfg(test)]
mod tests {
    use super::{Chosen, FoundGpu, NoGpu, choose};
    use crate::DeviceChoice::{Auto, Cpu, Cuda, Metal};

    fn gpu(capability: (u32, u32)) -> FoundGpu {
        FoundGpu { name: "Big".into(), memory: 80 << 30, capability }
    }

    #[test]
    fn without_a_gpu_the_processor_computes_and_says_so() {
        let quiet = Chosen { device: Cpu, line: None };
        assert_eq!(choose(Auto, &Err(NoGpu::NotBuilt)).unwrap(), quiet);
        assert_eq!(choose(Cpu, &Err(NoGpu::NoDriver)).unwrap(), quiet);
        for why in [NoGpu::NoDriver, NoGpu::NoDevice, NoGpu::Broken { problem: "999".into() }] {
            let chosen = choose(Auto, &Err(why.clone())).unwrap();
            assert_eq!(chosen.device, Cpu);
            assert_eq!(chosen.line.unwrap(), format!("computing on the processor: {why}"));
        }
        let old = choose(Auto, &Ok(vec![gpu((7, 5))])).unwrap();
        assert!(old.device == Cpu && old.line.unwrap().contains("compute capability"));
    }

    #[test]
    fn the_first_gpu_that_can_is_taken() {
        let chosen = choose(Auto, &Ok(vec![gpu((7, 0)), gpu((9, 0)), gpu((9, 0))])).unwrap();
        assert_eq!(chosen.device, Cuda(1));
        assert_eq!(chosen.line.unwrap(), "computing on cuda:1, Big with 80 GiB");
        assert_eq!(choose(Cpu, &Ok(vec![gpu((9, 0))])).unwrap().device, Cpu);
        assert_eq!(choose(Metal, &Ok(vec![gpu((9, 0))])).unwrap().device, Metal);
    }

    #[test]
    fn a_gpu_that_was_asked_for_and_is_not_there_is_an_error() {
        assert_eq!(choose(Cuda(0), &Ok(vec![gpu((9, 0))])).unwrap(), Chosen { device: Cuda(0), line: None });
        let error = choose(Cuda(1), &Ok(vec![gpu((9, 0))])).unwrap_err().to_string();
        assert!(error.contains("cuda:1") && error.contains("there is 1 numbered from 0"), "{error}");
        let error = choose(Cuda(0), &Err(NoGpu::NoDriver)).unwrap_err().to_string();
        assert!(error.contains("cuda:0") && error.contains("no NVIDIA driver"), "{error}");
    }
}
