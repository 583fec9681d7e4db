//! Which tasks of a suite: shuffled, filtered, sliced and limited, in this order.

use std::{cmp::Reverse, sync::Arc};

use sha2::{Digest, Sha256};
use turnwise_core::Task;

use crate::{options::SelectOptions, suites::Suite};

/// The selected tasks of a suite.
pub(crate) fn select(mut suite: Suite, options: &SelectOptions, seed: u64) -> Suite {
    if options.shuffle {
        suite.tasks.sort_by_cached_key(|task| Reverse(luck(task, seed)));
    }
    if let Some(filter) = &options.filter {
        suite.tasks.retain(|task| filter.is_match(&task.id));
    }
    if !options.tasks.is_empty() {
        suite.tasks.retain(|task| options.tasks.contains(&task.id));
    }
    if let Some(slice) = options.slice {
        let range = slice.of(suite.tasks.len());
        suite.tasks = suite.tasks[range].to_vec();
    }
    if let Some(limit) = options.limit {
        suite.tasks.truncate(limit);
    }
    suite
}

/// What a task is shuffled by: the same on every machine and whatever other tasks there are.
fn luck(task: &Arc<Task>, seed: u64) -> Vec<u8> {
    Sha256::digest(format!("shuffle\0{seed}\0{}", task.id)).to_vec()
}
