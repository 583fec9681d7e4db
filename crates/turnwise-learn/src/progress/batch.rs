//! Some runs as tensors.

use candle_core::{Device, Result, Tensor};

use crate::{Run, Standardiser};

/// Some runs, their turns below each other.
pub(super) struct Batch {
    /// The standardised features, `[turns, width]`.
    pub(super) rows: Tensor,
    /// Which row stands at each place of runs laid side by side, `[runs · longest]`; the number of rows where
    /// none does.
    pub(super) places: Tensor,
    /// The place of each row, `[turns]`.
    pub(super) turns: Tensor,
    /// Sums turns up to runs: 1 where a row belongs to a run, `[runs, turns]`.
    pub(super) pool: Tensor,
    /// The outcomes, `[runs, 1]`.
    pub(super) outcomes: Tensor,
    longest: usize,
}

impl Batch {
    /// Of runs with at least one turn each.
    pub(super) fn new(runs: &[&Run], scaler: &Standardiser) -> Result<Self> {
        let device = &Device::Cpu;
        let n: usize = runs.iter().map(|run| run.samples.len()).sum();
        let longest = runs.iter().map(|run| run.samples.len()).max().unwrap_or(0);
        let (mut rows, mut row) = (Vec::with_capacity(n * scaler.width()), Vec::new());
        let (mut places, mut turns) = (Vec::new(), Vec::new());
        let mut pool = vec![0.0_f32; runs.len() * n];
        for (nth, run) in runs.iter().enumerate() {
            for sample in &run.samples {
                scaler.apply(&sample.features, &mut row);
                rows.extend_from_slice(&row);
                pool[nth * n + turns.len()] = 1.0;
                places.push(number(turns.len())?);
                turns.push(number(places.len() - 1)?);
            }
            places.resize((nth + 1) * longest, number(n)?);
        }
        #[expect(clippy::cast_possible_truncation, reason = "the graph is f32")]
        let outcomes: Vec<f32> = runs.iter().map(|run| run.outcome as f32).collect();
        Ok(Self {
            rows: Tensor::from_vec(rows, (n, scaler.width()), device)?,
            places: Tensor::new(places, device)?,
            turns: Tensor::new(turns, device)?,
            pool: Tensor::from_vec(pool, (runs.len(), n), device)?,
            outcomes: Tensor::from_vec(outcomes, (runs.len(), 1), device)?,
            longest,
        })
    }

    /// How many runs there are.
    pub(super) fn runs(&self) -> usize {
        self.outcomes.dims()[0]
    }

    /// The most turns of a run.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }
}

fn number(at: usize) -> Result<u32> {
    u32::try_from(at).map_err(candle_core::Error::wrap)
}
