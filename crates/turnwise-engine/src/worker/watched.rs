//! The states that watchers want to see, caught while the decoder computes.

use std::collections::BTreeMap;

use crate::tap::Tap;

/// Keeps some rows of some layers of one step.
#[derive(Debug, Default)]
pub(super) struct WatchedRows {
    rows: Vec<usize>,
    /// For each layer that anybody wants, its states at the rows, `[rows, width]`.
    states: BTreeMap<usize, Vec<f32>>,
    width: usize,
}

impl WatchedRows {
    /// Catches nothing yet; states are `width` wide.
    pub(super) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Wants these layers at this row of the step. Says which of the rows it is.
    pub(super) fn want(&mut self, row: usize, layers: &[usize]) -> usize {
        for layer in layers {
            self.states.entry(*layer).or_default();
        }
        self.rows.push(row);
        self.rows.len() - 1
    }

    /// What was caught of these layers at one of the rows.
    pub(super) fn states(&self, row: usize, layers: &[usize]) -> Vec<&[f32]> {
        let at = row * self.width..(row + 1) * self.width;
        layers.iter().filter_map(|layer| self.states.get(layer)?.get(at.clone())).collect()
    }
}

impl Tap for WatchedRows {
    fn wants(&self, layer: usize) -> bool {
        self.states.contains_key(&layer)
    }

    fn layer(&mut self, layer: usize, hidden: &[f32]) {
        if let Some(states) = self.states.get_mut(&layer) {
            let rows =
                self.rows.iter().filter_map(|row| hidden.get(row * self.width..(row + 1) * self.width));
            rows.for_each(|row| states.extend_from_slice(row));
        }
    }
}
