//! Looks for GPUs through the driver.

use cudarc::driver::{
    DriverError,
    result::{self, device},
    sys::{CUdevice_attribute, cudaError_enum},
};

use libloading::Library;

use crate::backend::found::{FoundGpu, NoGpu};

/// The driver's library, under the names that the loader may know it by.
const DRIVER: [&str; 2] = ["libcuda.so.1", "libcuda.so"];

/// What the driver finds.
pub(in crate::backend) fn found() -> Result<Vec<FoundGpu>, NoGpu> {
    if !has_driver() {
        return Err(NoGpu::NoDriver);
    }
    match result::init() {
        Ok(()) => {}
        Err(DriverError(cudaError_enum::CUDA_ERROR_NO_DEVICE)) => return Err(NoGpu::NoDevice),
        Err(error) => return Err(broken(&error)),
    }
    let count = device::get_count().map_err(|error| broken(&error))?;
    let gpus: Vec<_> = (0..count).map(look).collect::<Result<_, _>>().map_err(|error| broken(&error))?;
    if gpus.is_empty() { Err(NoGpu::NoDevice) } else { Ok(gpus) }
}

fn look(number: i32) -> Result<FoundGpu, DriverError> {
    let device = device::get(number)?;
    #[expect(
        unsafe_code,
        reason = "the driver's answers about a device have no safe form without opening it"
    )]
    // SAFETY: the device was just given out by the driver.
    let (memory, major, minor) = unsafe {
        let attribute = |which| device::get_attribute(device, which);
        (
            device::total_mem(device)?,
            attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
            attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
        )
    };
    let capability = (major.unsigned_abs(), minor.unsigned_abs());
    Ok(FoundGpu { name: device::get_name(device)?, memory: memory as u64, capability })
}

/// Whether the driver can be loaded; asking it anything ends the process where it cannot.
fn has_driver() -> bool {
    #[expect(unsafe_code, reason = "loading a library runs what it runs when it is loaded")]
    // SAFETY: it is NVIDIA's driver, or whatever the user has put in its place.
    let load = |name: &str| unsafe { Library::new(name) }.is_ok();
    DRIVER.into_iter().any(load)
}

fn broken(error: &DriverError) -> NoGpu {
    // Its own words come from the driver, too, and may be missing.
    NoGpu::Broken { problem: format!("{:?}", error.0) }
}
