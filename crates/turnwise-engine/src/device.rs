//! Which device a checkpoint computes on: the one place where a choice becomes a back end.

use candle_core::Device;

#[cfg(feature = "cuda")]
use crate::backend::Cuda;
#[cfg(not(feature = "cuda"))]
use crate::backend::NoGpu;
use crate::{
    ArtifactBytes, Decoder, DeviceChoice, LoadError,
    backend::{Backend, Cpu, Tensors, choose, nvidia},
};

/// What is to be done with a decoder, whichever back end it is on.
pub(crate) trait DecoderTask: Sized {
    /// What comes of it.
    type Outcome;
    /// Why nothing does.
    type Error: From<LoadError>;

    /// On the processor.
    fn on_processor(self, decoder: Decoder<Cpu>) -> Result<Self::Outcome, Self::Error>;

    /// On a device of its own, called so.
    fn on_gpu<B: Backend>(self, decoder: Decoder<B>, device: String) -> Result<Self::Outcome, Self::Error>;
}

/// Loads a checkpoint where the choice says, on so many threads if that is the processor, and does the task with it.
pub(crate) fn with_decoder<T: DecoderTask>(
    wish: DeviceChoice,
    artifacts: &ArtifactBytes,
    threads: usize,
    task: T,
) -> Result<T::Outcome, T::Error> {
    // The driver is not woken for the processor.
    let chosen = if wish == DeviceChoice::Cpu { wish } else { choose(wish, &nvidia())?.device };
    match chosen {
        DeviceChoice::Auto | DeviceChoice::Cpu => {
            task.on_processor(Decoder::load(artifacts, |config| Cpu::with_threads(config, threads))?)
        }
        DeviceChoice::Metal => {
            let device = Device::new_metal(0)
                .map_err(|source| LoadError::Device { device: "metal".to_owned(), source })?;
            let decoder = Decoder::load(artifacts, |config| Tensors::new(device, config))?;
            task.on_gpu(decoder, "metal".to_owned())
        }
        #[cfg(feature = "cuda")]
        DeviceChoice::Cuda(number) => {
            let decoder = Decoder::load(artifacts, |config| Cuda::new(number, config))?;
            task.on_gpu(decoder, format!("cuda:{number}"))
        }
        #[cfg(not(feature = "cuda"))]
        DeviceChoice::Cuda(number) => {
            let (device, problem) = (format!("cuda:{number}"), NoGpu::NotBuilt.to_string());
            Err(LoadError::NoGpu { device, problem }.into())
        }
    }
}
