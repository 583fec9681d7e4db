//! Attention on the GPU: heads are placed into pages, then each row attends to its conversation in chunks.

use candle_core::Result;
use cudarc::driver::PushKernelArg;

use super::{
    Cuda, CudaRows, Heads,
    gpu::{int, launch},
    plan::Plan,
};
use crate::backend::Site;

/// Positions that one block attends to, as the kernels know it.
const CHUNK: usize = 256;

/// Numbers that the chunks' results may take at once; more rows than fit are computed after one another.
const ROOM: usize = 16 << 20;

/// Stands for "no window" in the kernels.
const NO_WINDOW: i32 = i32::MAX;

impl Cuda {
    fn heads(&self) -> Result<Heads> {
        let config = &self.config;
        Ok(Heads {
            queries: int(config.num_attention_heads)?,
            keys: int(config.num_key_value_heads)?,
            width: int(config.head_dim)?,
        })
    }

    /// Norms and rotates the heads of the rows, and puts keys and values into the pages.
    pub(super) fn place(&self, site: &Site<'_, Self>, qkv: &mut CudaRows, plan: &Plan) -> Result<()> {
        let (heads, epsilon, layer) = (self.heads()?, self.epsilon(), int(site.layer)?);
        let (rows, config) = (qkv.rows, &self.config);
        let no_norm = 0_u64;
        let (places, pages, angles) = (plan.places.held()?, plan.pages.held()?, plan.angles.held()?);
        let mut call = self.gpu.call(&self.gpu.place);
        call.arg(qkv.numbers.held_mut()?).arg(&heads);
        match site.norms {
            Some(norms) => call.arg(&norms.query).arg(&norms.key),
            None => call.arg(&no_norm).arg(&no_norm),
        };
        call.arg(&epsilon).arg(angles).arg(places).arg(pages).arg(&layer);
        let all = config.num_attention_heads + 2 * config.num_key_value_heads;
        launch(&mut call, (rows, all, 1), config.head_dim)
    }

    /// Lets every row attend.
    pub(super) fn mix(&self, site: &Site<'_, Self>, qkv: &CudaRows, out: &mut CudaRows) -> Result<()> {
        let (heads, layer, config) = (self.heads()?, int(site.layer)?, &self.config);
        let window = config.window(site.layer).map_or(Ok(NO_WINDOW), int)?;
        #[expect(clippy::cast_possible_truncation, reason = "scores are single precision")]
        let scale = (1.0 / (config.head_dim as f64).sqrt()) as f32;
        out.shape(&self.gpu, qkv.rows, config.query_width())?;
        let CudaRows { numbers, plan, parts, .. } = out;
        let (places, pages) = (plan.places.held()?, plan.pages.held()?);
        let [one, four, eight] = &self.gpu.attend;
        let attend = match config.num_attention_heads / config.num_key_value_heads {
            1 => one,
            2..=4 => four,
            _ => eight,
        };
        let chunks = plan.longest.div_ceil(CHUNK);
        let of_row = config.num_attention_heads * chunks * (config.head_dim + 2);
        let most = (ROOM / of_row.max(1)).max(1);
        let (chunk_count, numbers) = (int(chunks)?, numbers.held_mut()?);
        for first in (0..qkv.rows).step_by(most) {
            let rows = most.min(qkv.rows - first);
            let (first, parts) = (int(first)?, parts.room(&self.gpu, rows * of_row)?);
            let mut call = self.gpu.call(attend);
            call.arg(qkv.numbers.held()?).arg(&first).arg(&heads).arg(&window).arg(&scale);
            call.arg(places).arg(pages).arg(&layer).arg(&mut *parts);
            launch(&mut call, (rows, config.num_key_value_heads, chunks), 128)?;
            let mut call = self.gpu.call(&self.gpu.combine);
            call.arg(&*parts).arg(&first).arg(&heads).arg(&window).arg(places).arg(&chunk_count);
            call.arg(&mut *numbers);
            launch(&mut call, (rows, config.num_attention_heads, 1), config.head_dim)?;
        }
        Ok(())
    }
}
