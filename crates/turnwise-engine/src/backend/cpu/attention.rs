//! Attention on the processor: keys and values are written, then rows of each conversation look at them, piece by piece.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Cpu, CpuCache, CpuRows};
use crate::{
    backend::{Cache as _, HeadNorms, Pages, Site, Span},
    kernels::{Attention, rotate},
};

/// Rows of a prompt that one piece of attention takes.
const ATTENTION_ROWS: usize = 32;

/// What one thread computes of attention: some rows of one conversation for one key head.
struct Look<'a> {
    pages: Arc<[(&'a [f32], &'a [f32])]>,
    queries: Vec<&'a [f32]>,
    /// Positions that the first row sees, itself included.
    seen: usize,
    scores: Vec<f32>,
    out: Vec<&'a mut [f32]>,
}

impl Cpu {
    /// Norms a head if the family does, and rotates it.
    fn place(&self, head: &mut [f32], weight: Option<&[f32]>, position: usize, epsilon: f32) {
        if let Some(weight) = weight {
            let squares: f32 = head.iter().map(|x| x * x).sum();
            let factor = 1.0 / (squares / head.len() as f32 + epsilon).sqrt();
            head.iter_mut().zip(weight).for_each(|(x, w)| *x *= factor * w);
        }
        let (cos, sin) = self.rotation.at(position);
        rotate(head, cos, sin);
    }

    /// Places the heads of one row and writes its keys and values.
    pub(super) fn store(&self, site: &Site<'_, Self>, row: &mut [f32], cache: &mut Pages, position: usize) {
        let config = &self.config;
        #[expect(clippy::cast_possible_truncation, reason = "an epsilon needs no more digits")]
        let epsilon = config.rms_norm_eps as f32;
        let (queries, rest) = row.split_at_mut(config.query_width());
        let (keys, values) = rest.split_at_mut(config.key_width());
        let weights =
            |pick: fn(&HeadNorms<Vec<f32>>) -> &Vec<f32>| site.norms.map(|norms| pick(norms).as_slice());
        for query in queries.chunks_exact_mut(config.head_dim) {
            self.place(query, weights(|norms| &norms.query), position, epsilon);
        }
        let pairs = keys.chunks_exact_mut(config.head_dim).zip(values.chunks_exact(config.head_dim));
        for (head, (key, value)) in pairs.enumerate() {
            self.place(key, weights(|norms| &norms.key), position, epsilon);
            cache.write((site.layer, head), position, key, value);
        }
    }

    /// Lets each row attend to its conversation, whose keys and values are stored.
    pub(super) fn look(
        &self,
        site: &Site<'_, Self>,
        qkv: &CpuRows,
        spans: &[Span<'_, CpuCache>],
        out: &mut CpuRows,
    ) {
        let config = &self.config;
        let (width, key_heads) = (config.head_dim, config.num_key_value_heads);
        let heads = config.num_attention_heads / key_heads;
        let window = config.window(site.layer).unwrap_or(usize::MAX);
        let mut spare = mem::take(&mut out.scores);
        out.shape(qkv.rows(), config.query_width());
        let mut looks: Vec<Look<'_>> = Vec::new();
        let mut rows = qkv.data.chunks_exact(qkv.width).zip(out.data.chunks_exact_mut(config.query_width()));
        for span in spans {
            let pages = &span.cache.pages;
            let pages: Vec<Arc<[_]>> =
                (0..key_heads).map(|head| pages.read((site.layer, head)).collect()).collect();
            for first in (0..span.tokens.len()).step_by(ATTENTION_ROWS) {
                let count = ATTENTION_ROWS.min(span.tokens.len() - first);
                let start = looks.len();
                looks.extend(pages.iter().map(|pages| Look {
                    pages: Arc::clone(pages),
                    queries: Vec::with_capacity(count * heads),
                    seen: span.cache.len() + first + 1,
                    scores: spare.pop().unwrap_or_default(),
                    out: Vec::with_capacity(count * heads),
                }));
                for (row, out) in rows.by_ref().take(count) {
                    let queries = row.chunks_exact(width).zip(out.chunks_exact_mut(width));
                    for (head, (query, out)) in queries.enumerate() {
                        let look = &mut looks[start + head / heads];
                        look.queries.push(query);
                        look.out.push(out);
                    }
                }
            }
        }
        let used = Mutex::new(spare);
        self.team.share(looks, |Look { pages, queries, seen, mut scores, mut out }| {
            let (pages, queries) = (&pages, &queries);
            let out = &mut out;
            self.isa.run(Attention { pages, queries, heads, seen, window, scores: &mut scores, out });
            used.lock().unwrap_or_else(PoisonError::into_inner).push(scores);
        });
        out.scores = used.into_inner().unwrap_or_else(PoisonError::into_inner);
    }
}
