//! Which tasks of a suite: shuffled, filtered, sliced and limited, in this order.

use sha2::{Digest, Sha256};

use crate::{
    options::SelectOptions,
    suites::{Catalogue, Entry},
};

/// Leaves the selected tasks in a catalogue.
pub(crate) fn select(mut suite: Catalogue, options: &SelectOptions, seed: u64) -> Catalogue {
    let entries = &mut suite.entries;
    if options.shuffle {
        entries.sort_by_cached_key(|entry| luck(entry, seed));
    }
    if let Some(filter) = &options.filter {
        entries.retain(|entry| filter.is_match(&entry.id));
    }
    if !options.tasks.is_empty() {
        entries.retain(|entry| options.tasks.contains(&entry.id));
    }
    if let Some(slice) = options.slice {
        *entries = entries[slice.of(entries.len())].to_vec();
    }
    if let Some(limit) = options.limit {
        entries.truncate(limit);
    }
    suite
}

/// What a task is shuffled by: the same on every machine and whatever other tasks there are.
fn luck(entry: &Entry, seed: u64) -> Vec<u8> {
    Sha256::digest(format!("shuffle\0{seed}\0{}", entry.id)).to_vec()
}
