//! What workers keep between replies: caches of conversations, shared where prompts begin alike, within a bound
//! of memory.
//!
//! None of it changes a reply on the processor: a prefix that is taken over holds the same numbers, to the bit,
//! as one that is computed again.

mod counters;
mod lifetime;
mod shelf;

pub use counters::CacheCounters;
pub(crate) use shelf::{Branches, Claim, Found, Held, PromptCounts, Shelf, Start};
