//! What the caches saved and what they cost, in tokens.

/// Counts over all conversations of a model since it was loaded, in tokens unless said otherwise.
///
/// `shown = computed + reused + shared`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounters {
    /// Prompt tokens that the model was shown, over all replies.
    pub shown: u64,
    /// Of these, computed.
    pub computed: u64,
    /// Of these, kept from an earlier reply of the same conversation.
    pub reused: u64,
    /// Of these, taken over from another conversation whose prompt began alike.
    pub shared: u64,
    /// Positions whose keys and values were dropped for want of memory.
    pub dropped: u64,
    /// Drops decided by the expected time of reuse having passed.
    pub dropped_by_lifetime: u64,
    /// Drops decided by the least recent use, nothing having outlived its time.
    pub dropped_by_use: u64,
    /// Drops of what closed conversations left behind.
    pub dropped_closed: u64,
}
