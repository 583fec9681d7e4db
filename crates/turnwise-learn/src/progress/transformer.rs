//! The causal transformer over the turns of a run: a turn's state depends on it and the turns before, never
//! on later ones, so a credit that was given live is the credit that the whole run gives.

mod graph;

pub(super) use graph::graph;

use super::{
    matrix::{Matrix, dot, relu},
    net::{HEADS, Layer, Linear, POSITIONS, WIDTH},
};

/// What is added to the mean square before its root is taken.
const EPS: f32 = 1e-5;
/// The width of a head.
const HEAD: usize = WIDTH / HEADS;

/// The keys and values of a layer for the turns up to now, `[turns, WIDTH]` each, row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Cache {
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// The parameters but for the credit's, borrowed.
pub(super) struct Parts<'a, M> {
    pub(super) input: &'a Linear<M>,
    pub(super) positions: &'a M,
    pub(super) layers: &'a [Layer<M>],
    pub(super) gain: &'a M,
}

/// The state of the next turn of a run, `[WIDTH]`, from its standardised features. `caches` has one for each
/// layer, and grows by this turn.
pub(super) fn state(parts: &Parts<'_, Matrix>, row: &[f32], turn: usize, caches: &mut [Cache]) -> Vec<f32> {
    let mut x = parts.input.apply(row);
    add(&mut x, parts.positions.row(turn.min(POSITIONS - 1)));
    for (layer, cache) in parts.layers.iter().zip(caches) {
        let qkv = layer.qkv.apply(&norm(&x, &layer.attention_gain));
        cache.keys.extend_from_slice(&qkv[WIDTH..2 * WIDTH]);
        cache.values.extend_from_slice(&qkv[2 * WIDTH..]);
        add(&mut x, &layer.out.apply(&cache.attend(&qkv[..WIDTH])));
        let mut inner = layer.up.apply(&norm(&x, &layer.inner_gain));
        relu(&mut inner);
        add(&mut x, &layer.down.apply(&inner));
    }
    norm(&x, parts.gain)
}

impl Cache {
    /// What a query of all heads, `[WIDTH]`, reads from the turns up to now.
    fn attend(&self, query: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; WIDTH];
        for head in 0..HEADS {
            let columns = head * HEAD..(head + 1) * HEAD;
            let query = &query[columns.clone()];
            let scale = 1.0 / (HEAD as f32).sqrt();
            let keys = self.keys.chunks_exact(WIDTH);
            let mut weights: Vec<f32> = keys.map(|key| dot(query, &key[columns.clone()]) * scale).collect();
            let largest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            weights.iter_mut().for_each(|weight| *weight = (*weight - largest).exp());
            let sum: f32 = weights.iter().sum();
            for (value, weight) in self.values.chunks_exact(WIDTH).zip(&weights) {
                for (out, value) in out[columns.clone()].iter_mut().zip(&value[columns.clone()]) {
                    *out += value * weight / sum;
                }
            }
        }
        out
    }
}

/// `x / √(mean(x²) + ε) · gain` (Zhang & Sennrich 2019).
fn norm(x: &[f32], gain: &Matrix) -> Vec<f32> {
    let mean = dot(x, x) / x.len() as f32;
    let factor = 1.0 / (mean + EPS).sqrt();
    x.iter().zip(&gain.values).map(|(x, gain)| x * factor * gain).collect()
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}
