//! The migrations, compiled in. They are append-only: an old file is never changed (a test holds their hashes).

/// The migrations in order; the `n`-th makes format `n` of format `n - 1`, from 1.
pub(crate) const MIGRATIONS: [&str; 11] = [
    include_str!("../../../migrations/0001_runs.sql"),
    include_str!("../../../migrations/0002_tool_calls.sql"),
    include_str!("../../../migrations/0003_cost.sql"),
    include_str!("../../../migrations/0004_votes.sql"),
    include_str!("../../../migrations/0005_imports.sql"),
    include_str!("../../../migrations/0006_patches.sql"),
    include_str!("../../../migrations/0007_replies.sql"),
    include_str!("../../../migrations/0008_attempts.sql"),
    include_str!("../../../migrations/0009_arms.sql"),
    include_str!("../../../migrations/0010_learned.sql"),
    include_str!("../../../migrations/0011_values.sql"),
];

/// The format since which patches and grades are stored.
pub(crate) const PATCHES: i64 = 6;

/// The format since which attempts have places.
pub(crate) const ATTEMPTS: i64 = 8;

/// The format since which policies may choose among others.
pub(crate) const ARMS: i64 = 9;

/// The format since which hidden states, forced exits and estimates are stored.
pub(crate) const LEARNED: i64 = 10;

/// The format since which values by forking are stored.
pub(crate) const VALUES: i64 = 11;

/// The newest format.
pub(crate) const FORMAT: i64 = 11;

/// The first format in which turns say what their replies are known by.
pub(crate) const WITH_REPLY_KEYS: i64 = 7;

#[cfg(test)]
mod tests;
