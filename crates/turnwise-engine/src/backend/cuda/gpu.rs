//! A CUDA device: its stream, the kernels, and memory on it.

use std::{ops::Deref, sync::Arc};

use candle_core::{Error, Result};
use cudarc::{
    driver::{
        CudaContext, CudaFunction, CudaSlice, CudaStream, DeviceRepr, DriverError, LaunchArgs, LaunchConfig,
        PinnedHostSlice, ValidAsZeroBits,
    },
    nvrtc::Ptx,
};

/// The kernels, which `build.rs` has compiled.
const KERNELS: &str = include_str!(concat!(env!("OUT_DIR"), "/kernels.ptx"));

/// A device and everything that is launched on it, in one order.
#[derive(Debug)]
pub(super) struct Gpu {
    pub(super) stream: Arc<CudaStream>,
    /// For 1, 2, 2, 4 and 4 tiles of outputs by 8, 16, 32, 32 and 64 rows.
    pub(super) project: [CudaFunction; 5],
    pub(super) embed: CudaFunction,
    pub(super) normalise: CudaFunction,
    pub(super) shift: CudaFunction,
    pub(super) add: CudaFunction,
    pub(super) gate: CudaFunction,
    pub(super) pick: CudaFunction,
    pub(super) place: CudaFunction,
    /// For 1, 4 and 8 query heads at a time.
    pub(super) attend: [CudaFunction; 3],
    pub(super) combine: CudaFunction,
    pub(super) convolve: CudaFunction,
    pub(super) scan: CudaFunction,
}

impl Gpu {
    /// Device number `number`. `kept` is the type that keys and values are kept in, as the kernels call it.
    pub(super) fn open(number: usize, kept: &str) -> Result<Self> {
        let context = CudaContext::new(number).map_err(failed)?;
        #[expect(unsafe_code, reason = "there is no safe way to say that one stream is enough")]
        // SAFETY: events order what several streams do with the same memory. Everything here is launched on one
        // stream, which keeps its own order, and memory is given back on that stream.
        unsafe {
            context.disable_event_tracking();
        }
        let module = context.load_module(Ptx::from_src(KERNELS)).map_err(failed)?;
        let find = |name: &str| module.load_function(name).map_err(failed);
        let project = |size: &str| find(&format!("project_{size}"));
        let attend = |heads: usize| find(&format!("attend_{kept}_{heads}"));
        Ok(Self {
            stream: context.default_stream(),
            project: [project("1_1")?, project("2_2")?, project("2_4")?, project("4_4")?, project("4_8")?],
            embed: find("embed")?,
            normalise: find("normalise")?,
            shift: find("shift")?,
            add: find("add")?,
            gate: find("gate")?,
            pick: find("pick")?,
            place: find(&format!("place_{kept}"))?,
            attend: [attend(1)?, attend(4)?, attend(8)?],
            combine: find("combine")?,
            convolve: find("convolve")?,
            scan: find("scan")?,
        })
    }

    /// The bytes that nothing has been put into.
    pub(super) fn free(&self) -> Result<u64> {
        let (free, _) = self.stream.context().mem_get_info().map_err(failed)?;
        Ok(free as u64)
    }

    /// A copy of numbers on the device.
    pub(super) fn upload<T: DeviceRepr>(&self, numbers: &[T]) -> Result<CudaSlice<T>> {
        self.stream.clone_htod(numbers).map_err(failed)
    }

    /// Memory on the device, all nought.
    pub(super) fn zeros<T: DeviceRepr + ValidAsZeroBits>(&self, count: usize) -> Result<CudaSlice<T>> {
        self.stream.alloc_zeros(count).map_err(failed)
    }

    /// Begins a launch: the kernel, then its arguments in order.
    pub(super) fn call<'a>(&'a self, kernel: &'a CudaFunction) -> LaunchArgs<'a> {
        self.stream.launch_builder(kernel)
    }
}

/// Launches a kernel with the arguments that `call` holds.
pub(super) fn launch(call: &mut LaunchArgs<'_>, grid: (usize, usize, usize), threads: usize) -> Result<()> {
    let config = LaunchConfig {
        grid_dim: (extent(grid.0)?, extent(grid.1)?, extent(grid.2)?),
        block_dim: (extent(threads)?, 1, 1),
        shared_mem_bytes: 0,
    };
    #[expect(unsafe_code, reason = "what a kernel does with its arguments, only its author knows")]
    // SAFETY: every caller is in this folder and passes what the kernel's signature in the `.cu` file beside it
    // asks for, with memory of the sizes that the signature's numbers say; the tests run all of them on a device, or
    // on an emulated one where memory ends at a page that cannot be touched.
    unsafe { call.launch(config) }.map(drop).map_err(failed)
}

fn extent(size: usize) -> Result<u32> {
    u32::try_from(size).map_err(Error::wrap)
}

/// A size as kernels take it.
pub(super) fn int(size: usize) -> Result<i32> {
    i32::try_from(size).map_err(Error::wrap)
}

pub(super) fn failed(error: DriverError) -> Error {
    Error::wrap(error)
}

/// Memory on the device that is kept from step to step and grows when it must.
#[derive(Debug)]
pub(super) struct Buffer<T>(Option<CudaSlice<T>>);

impl<T> Default for Buffer<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: DeviceRepr + ValidAsZeroBits> Buffer<T> {
    /// Memory for at least `count`, of whatever content.
    pub(super) fn room(&mut self, gpu: &Gpu, count: usize) -> Result<&mut CudaSlice<T>> {
        let enough = self.0.take().filter(|held| held.len() >= count);
        let held = match enough {
            Some(held) => held,
            None => gpu.zeros(count.next_power_of_two().max(64))?,
        };
        Ok(self.0.insert(held))
    }

    /// Copies numbers into it.
    pub(super) fn fill(&mut self, gpu: &Gpu, numbers: &[T]) -> Result<&CudaSlice<T>> {
        let room = self.room(gpu, numbers.len())?;
        if !numbers.is_empty() {
            gpu.stream.memcpy_htod(numbers, room).map_err(failed)?;
        }
        Ok(room)
    }

    /// What it holds.
    pub(super) fn held(&self) -> Result<&CudaSlice<T>> {
        self.0.as_ref().ok_or_else(|| Error::Msg("rows were read before they were computed".into()))
    }

    /// The same to be written into.
    pub(super) fn held_mut(&mut self) -> Result<&mut CudaSlice<T>> {
        self.0.as_mut().ok_or_else(|| Error::Msg("rows were read before they were computed".into()))
    }
}

/// Numbers on the processor in memory that the device writes into directly.
#[derive(Debug, Default)]
pub struct CudaHost {
    pinned: Option<PinnedHostSlice<f32>>,
    len: usize,
}

impl CudaHost {
    /// Copies the first `count` numbers here and waits until they have arrived.
    pub(super) fn take(&mut self, gpu: &Gpu, from: &CudaSlice<f32>, count: usize) -> Result<()> {
        self.len = 0;
        if count == 0 {
            return Ok(());
        }
        let enough = self.pinned.take().filter(|held| held.len() >= count);
        let pinned = match enough {
            Some(held) => held,
            None => pinned(gpu, count.next_power_of_two())?,
        };
        let pinned = self.pinned.insert(pinned);
        gpu.stream.memcpy_dtoh(&from.slice(..count), pinned).map_err(failed)?;
        gpu.stream.synchronize().map_err(failed)?;
        self.len = count;
        Ok(())
    }
}

fn pinned(gpu: &Gpu, count: usize) -> Result<PinnedHostSlice<f32>> {
    #[expect(unsafe_code, reason = "the memory comes with whatever it held before")]
    // SAFETY: any bits are a number. Only what a copy has filled is ever looked at. No flags: memory that is only good
    // for writing would be slow to read.
    unsafe { gpu.stream.context().alloc_pinned_with_flags(count, 0) }.map_err(failed)
}

impl Deref for CudaHost {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        let held = self.pinned.as_ref().and_then(|pinned| pinned.as_slice().ok());
        held.map_or(&[], |numbers| &numbers[..self.len])
    }
}
