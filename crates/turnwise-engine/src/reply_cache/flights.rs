//! One computation of a reply however many want it: the first computes, the others wait for it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;
use turnwise_core::{Reply, ReplyKey};

type Landed = Option<Arc<Reply>>;

/// The replies that are being computed, and those that are not recorded yet.
#[derive(Clone, Default)]
pub(super) struct Flights(Arc<Mutex<BTreeMap<ReplyKey, watch::Receiver<Landed>>>>);

/// How a reply is come by.
pub(super) enum Joined {
    /// By whoever gets this.
    First(Flight),
    /// By another, who is waited for.
    Behind(Waiting),
}

/// The right to a reply, until it is dropped: by then the reply has been recorded, or somebody else takes over.
pub(super) struct Flight {
    key: ReplyKey,
    flights: Flights,
    landed: watch::Sender<Landed>,
}

/// A place in the queue for a reply.
pub(super) struct Waiting(watch::Receiver<Landed>);

impl Flights {
    /// Asks for a reply.
    pub(super) fn join(&self, key: ReplyKey) -> Joined {
        let mut flights = self.lock();
        if let Some(landed) = flights.get(&key) {
            return Joined::Behind(Waiting(landed.clone()));
        }
        let (landed, behind) = watch::channel(None);
        flights.insert(key, behind);
        Joined::First(Flight { key, flights: self.clone(), landed })
    }

    /// What a panicking thread left is whole: each change is one step.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReplyKey, watch::Receiver<Landed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// Hands the reply to those that wait and to those that come before the flight is dropped.
    pub(super) fn land(&self, reply: &Reply) {
        self.landed.send_replace(Some(Arc::new(reply.clone())));
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // Out of the list before those that wait are woken: one of them is the next first.
        self.flights.lock().remove(&self.key);
    }
}

impl Waiting {
    /// The reply; `None` where the first was cancelled or failed: then the place in the queue is to be taken anew.
    pub(super) async fn reply(mut self) -> Option<Reply> {
        let landed = self.0.wait_for(Option::is_some).await.ok()?;
        landed.as_deref().cloned()
    }
}
