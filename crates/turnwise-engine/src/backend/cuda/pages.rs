//! The GPU's cache: keys and values of one conversation in pages of 64 positions, as on the processor.
//!
//! A page belongs to one conversation or is shared by its forks; it is never moved, so that kernels find it by its
//! address.

use std::sync::Arc;

use candle_core::Result;
use cudarc::driver::{CudaSlice, DevicePtr};

use super::{
    super::gauge::{Counted, Gauge},
    gpu::{Gpu, failed},
};

/// Positions of a page, as the kernels know it.
pub(super) const PAGE: usize = 64;

/// The pages of one conversation.
#[derive(Clone, Debug)]
pub(super) struct CudaPages {
    pages: Vec<Arc<Page>>,
    pub(super) len: usize,
    /// Of one page.
    bytes: usize,
    gauge: Gauge,
}

#[derive(Debug)]
struct Page {
    memory: CudaSlice<u8>,
    _counted: Counted,
}

impl CudaPages {
    pub(super) fn new(bytes: usize, gauge: &Gauge) -> Self {
        Self { pages: Vec::new(), len: 0, bytes, gauge: gauge.clone() }
    }

    /// Makes room for `added` positions that nobody else sees.
    pub(super) fn reserve(&mut self, gpu: &Gpu, added: usize) -> Result<()> {
        self.pages.truncate(self.len.div_ceil(PAGE));
        if let Some(last) = self.pages.get_mut(self.len / PAGE)
            && Arc::get_mut(last).is_none()
        {
            let memory = gpu.stream.clone_dtod(&last.memory).map_err(failed)?;
            *last = Arc::new(Page { memory, _counted: self.gauge.count(self.bytes) });
        }
        while self.pages.len() * PAGE < self.len + added {
            let memory = gpu.zeros(self.bytes)?;
            self.pages.push(Arc::new(Page { memory, _counted: self.gauge.count(self.bytes) }));
        }
        Ok(())
    }

    /// Where the pages are on the device.
    pub(super) fn addresses(&self, gpu: &Gpu) -> impl Iterator<Item = u64> {
        self.pages.iter().map(|page| page.memory.device_ptr(&gpu.stream).0)
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.pages.truncate(self.len.div_ceil(PAGE));
    }
}
