//! The processor's cache: keys and values of one conversation in pages of 64 positions.
//!
//! It grows page by page, so that a conversation takes the memory of what was said and growing copies
//! nothing. A clone shares its pages with the original until one of the two writes into one: forking costs a
//! pointer a page, and at most one page is ever copied for it.

use std::sync::Arc;

use super::{
    Cache,
    gauge::{Counted, Gauge},
};
use crate::{
    DecoderConfig,
    kernels::{LANES, PAGE},
};

/// The keys and values of one conversation. A page holds, for each layer and key head, its keys in the blocks
/// that the attention kernel reads, and its values.
#[derive(Clone, Debug)]
pub struct Pages {
    pages: Vec<Arc<Page>>,
    len: usize,
    layers: usize,
    heads: usize,
    width: usize,
    gauge: Gauge,
}

#[derive(Clone, Debug)]
struct Page {
    numbers: Box<[f32]>,
    _counted: Counted,
}

impl Pages {
    pub(super) fn new(config: &DecoderConfig, gauge: &Gauge) -> Self {
        let (layers, heads) = (config.num_hidden_layers, config.num_key_value_heads);
        Self { pages: Vec::new(), len: 0, layers, heads, width: config.head_dim, gauge: gauge.clone() }
    }

    /// The memory of this many positions, in bytes.
    pub(super) fn bytes(config: &DecoderConfig, positions: usize) -> usize {
        let position = config.num_hidden_layers * config.num_key_value_heads * 2 * config.head_dim;
        positions.div_ceil(PAGE) * PAGE * position * size_of::<f32>()
    }

    /// Makes room for this many positions.
    pub(super) fn reserve(&mut self, positions: usize) {
        let page = self.layers * self.heads * 2 * PAGE * self.width;
        while self.pages.len() * PAGE < positions {
            let counted = self.gauge.count(page * size_of::<f32>());
            self.pages.push(Arc::new(Page { numbers: vec![0.0; page].into(), _counted: counted }));
        }
    }

    /// Writes key and value of one position; room was made before.
    pub(super) fn write(&mut self, site: (usize, usize), position: usize, key: &[f32], value: &[f32]) {
        let (start, width) = (self.start(site), self.width);
        let slot = position % PAGE;
        let page = Arc::make_mut(&mut self.pages[position / PAGE]);
        let (keys, values) = page.numbers[start..][..2 * PAGE * width].split_at_mut(PAGE * width);
        let block = &mut keys[slot / LANES * width * LANES..][..width * LANES];
        block.iter_mut().skip(slot % LANES).step_by(LANES).zip(key).for_each(|(to, &x)| *to = x);
        values[slot * width..][..width].copy_from_slice(value);
    }

    /// The keys and values of one layer and key head, page after page.
    pub(super) fn read(&self, site: (usize, usize)) -> impl Iterator<Item = (&[f32], &[f32])> {
        let (start, half) = (self.start(site), PAGE * self.width);
        self.pages.iter().map(move |page| page.numbers[start..][..2 * half].split_at(half))
    }

    /// Makes written positions part of the cache.
    pub(super) fn commit(&mut self, positions: usize) {
        self.len += positions;
    }

    fn start(&self, (layer, head): (usize, usize)) -> usize {
        (layer * self.heads + head) * 2 * PAGE * self.width
    }
}

impl Cache for Pages {
    fn len(&self) -> usize {
        self.len
    }

    fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.pages.truncate(self.len.div_ceil(PAGE));
    }
}
