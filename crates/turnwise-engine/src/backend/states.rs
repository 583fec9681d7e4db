//! The states of recurrent layers in one conversation.
//!
//! A state stands for everything before it and cannot be taken apart, so going back means going back to a
//! snapshot. One is taken where a piece of a prompt ends, as that is where the next turn parts from what was
//! written; the latest two are kept.

use std::sync::Arc;

use super::gauge::{Counted, Gauge};

/// How many snapshots are kept.
const KEPT: usize = 2;

/// How often a conversation's states are in memory at most.
pub(crate) const COPIES: usize = 1 + KEPT;

/// What one recurrent layer remembers, in whatever a back end computes with.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerState<T> {
    /// The last inputs of the convolution, `[taps - 1, width]`.
    pub(super) inputs: T,
    /// The states of the scan, `[states, width]`.
    pub(super) states: T,
}

/// The states of every layer, and snapshots of them, which forks share. Empty in a decoder without recurrent
/// layers.
#[derive(Clone, Debug)]
pub(super) struct States<T> {
    fresh: Arc<[LayerState<T>]>,
    now: Vec<LayerState<T>>,
    snapshots: Vec<(usize, Arc<Snapshot<T>>)>,
    bytes: usize,
    gauge: Gauge,
    _counted: Counted,
}

#[derive(Debug)]
struct Snapshot<T> {
    layers: Vec<LayerState<T>>,
    _counted: Counted,
}

impl<T: Clone> States<T> {
    /// What is remembered when nothing has been said, which takes `bytes`.
    pub(super) fn new(fresh: Vec<LayerState<T>>, bytes: usize, gauge: &Gauge) -> Self {
        Self {
            now: fresh.clone(),
            fresh: fresh.into(),
            snapshots: Vec::new(),
            bytes,
            gauge: gauge.clone(),
            _counted: gauge.count(bytes),
        }
    }

    /// A layer's state.
    pub(super) fn layer(&mut self, layer: usize) -> &mut LayerState<T> {
        &mut self.now[layer]
    }

    /// Says that `added` positions were computed together and there are now `len`.
    pub(super) fn commit(&mut self, added: usize, len: usize) {
        if added < 2 || self.now.is_empty() {
            return;
        }
        if self.snapshots.len() == KEPT {
            self.snapshots.remove(0);
        }
        let snapshot = Snapshot { layers: self.now.clone(), _counted: self.gauge.count(self.bytes) };
        self.snapshots.push((len, Arc::new(snapshot)));
    }

    /// Goes back from `held` positions to at most `len`. Returns how many are left.
    pub(super) fn rewind(&mut self, held: usize, len: usize) -> usize {
        if len >= held || self.now.is_empty() {
            return len.min(held);
        }
        self.snapshots.retain(|(at, _)| *at <= len);
        match self.snapshots.last() {
            Some((at, snapshot)) => {
                self.now.clone_from(&snapshot.layers);
                *at
            }
            None => {
                self.now = self.fresh.to_vec();
                0
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{COPIES, LayerState, States};
    use crate::backend::Gauge;

    #[test]
    fn going_back_means_going_back_to_a_snapshot() {
        let gauge = Gauge::default();
        let mut states = States::new(vec![LayerState { inputs: 0, states: 0 }], 8, &gauge);
        let grow = |states: &mut States<i32>, added: usize, len: usize| {
            states.layer(0).states = i32::try_from(len).unwrap();
            states.commit(added, len);
        };
        grow(&mut states, 5, 5);
        grow(&mut states, 5, 10);
        grow(&mut states, 5, 15);
        grow(&mut states, 1, 16);
        assert_eq!(gauge.bytes(), COPIES * 8);
        let fork = states.clone();
        assert_eq!(gauge.bytes(), (COPIES + 1) * 8, "snapshots are shared");
        drop(fork);
        assert_eq!((states.rewind(16, 16), states.layer(0).states), (16, 16));
        assert_eq!((states.rewind(16, 15), states.layer(0).states), (15, 15));
        assert_eq!((states.rewind(15, 14), states.layer(0).states), (10, 10));
        // The snapshot of 5 had made room.
        assert_eq!((states.rewind(10, 9), states.layer(0).states), (0, 0));
        assert_eq!(gauge.bytes(), 8);
        assert_eq!(States::<i32>::new(Vec::new(), 0, &gauge).rewind(10, 7), 7);
    }
}
