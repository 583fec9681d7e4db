//! What every layer of one step needs to know about its rows: where they are, and what is cached before them.

use candle_core::Result;

use super::{
    CudaCache,
    gpu::{Buffer, Gpu, int},
};
use crate::{backend::Span, decoder_config::Rotation};

/// The rows of one step, on the device.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For each row its position and where its conversation begins in `pages`.
    pub(super) places: Buffer<i32>,
    /// The addresses of pages, conversation after conversation.
    pub(super) pages: Buffer<u64>,
    /// For each row the cosines and the sines of its position.
    pub(super) angles: Buffer<f32>,
    /// The most positions that a row sees.
    pub(super) longest: usize,
}

impl Plan {
    /// Makes room in the caches and says where everything is.
    pub(super) fn make(
        &mut self,
        gpu: &Gpu,
        rotation: &Rotation,
        spans: &mut [Span<'_, CudaCache>],
    ) -> Result<()> {
        let (mut places, mut pages, mut angles) = (Vec::new(), Vec::new(), Vec::new());
        self.longest = 0;
        for span in spans {
            let cache = &mut span.cache.pages;
            cache.reserve(gpu, span.tokens.len())?;
            let table = int(pages.len())?;
            pages.extend(cache.addresses(gpu));
            for position in cache.len..cache.len + span.tokens.len() {
                places.extend([int(position)?, table]);
                let (cos, sin) = rotation.at(position);
                angles.extend_from_slice(cos);
                angles.extend_from_slice(sin);
            }
            self.longest = self.longest.max(cache.len + span.tokens.len());
        }
        self.places.fill(gpu, &places)?;
        self.pages.fill(gpu, &pages)?;
        self.angles.fill(gpu, &angles)?;
        Ok(())
    }
}
