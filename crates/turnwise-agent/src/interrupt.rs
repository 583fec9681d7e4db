//! The two-stage interruption: first the turns in flight are finished and saved, then everything ends.

use tokio::sync::watch;

/// How far an interruption has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not interrupted.
    Running,
    /// Turns in flight are finished, then their attempts end as `interrupted`; no trial begins.
    Finishing,
    /// Everything ends at once.
    Now,
}

/// A handle on an interruption. Cheap to clone; all clones are the same interruption.
#[derive(Clone, Debug)]
pub struct Interrupt {
    level: watch::Sender<Level>,
}

impl Default for Interrupt {
    fn default() -> Self {
        Self { level: watch::Sender::new(Level::Running) }
    }
}

impl Interrupt {
    /// Goes one level further.
    pub fn raise(&self) {
        self.level.send_modify(|level| {
            *level = match level {
                Level::Running => Level::Finishing,
                Level::Finishing | Level::Now => Level::Now,
            };
        });
    }

    /// How far it has gone.
    pub fn level(&self) -> Level {
        *self.level.borrow()
    }

    /// Whether no new turn may begin.
    pub fn is_raised(&self) -> bool {
        self.level() > Level::Running
    }

    /// Waits until `level` is reached.
    pub async fn reached(&self, level: Level) {
        let mut changes = self.level.subscribe();
        // The sender lives in `self`, so the wait cannot fail.
        let _reached = changes.wait_for(|now| *now >= level).await.is_ok();
    }
}
