//! Replies that are known already: what they are known by, and who is asked for them.
//!
//! A reply becomes known when its turn is recorded: [`Reply::origin`] has its key, so nothing is stored beside the turn.

use crate::{BoxFuture, Reply, Source};

/// A hash over everything that a reply follows from: replies with the same key are the same reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyKey(pub [u8; 16]);

/// Where a reply comes from, where somebody keeps account of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Origin {
    /// What it is known by.
    pub key: ReplyKey,
    /// How long the model took when it computed it, in milliseconds.
    pub ms: f64,
    /// Whether it was known already, so that nothing was computed this time.
    pub reused: bool,
}

/// Knows replies that were recorded. Cheap to share.
pub trait Replies: Send + Sync {
    /// The reply of this key as it was recorded, its [`Reply::origin`] included; `None` where there is none.
    fn find(&self, key: ReplyKey) -> BoxFuture<'_, Result<Option<Reply>, Source>>;
}
