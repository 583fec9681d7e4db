//! What the work of each attempt under way was after its last turn, so that a patch is stored only when it changed.

use std::collections::BTreeMap;

use turnwise_core::{AttemptNo, TurnNo};

/// Where a turn stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The key of its trial.
    pub(crate) trial: i64,
    pub(crate) attempt: AttemptNo,
    pub(crate) turn: TurnNo,
}

/// The work of attempts under way.
#[derive(Debug, Default)]
pub(crate) struct Works {
    /// By trial and attempt: the last turn and the digest after it.
    last: BTreeMap<(i64, AttemptNo), (TurnNo, String)>,
}

impl Works {
    /// Takes in the work after a turn, and says whether it may differ from the one before. That is also said of a turn that
    /// comes again, and of the first one after an interruption: nobody here knows what was before it.
    pub(crate) fn change(&mut self, place: Place, digest: &str) -> bool {
        let Place { trial, attempt, turn } = place;
        match self.last.insert((trial, attempt), (turn, digest.to_owned())) {
            Some((last, before)) if last < turn => before != digest,
            Some(_) | None => turn > 1 || !digest.is_empty(),
        }
    }

    /// An attempt begins or has ended.
    pub(crate) fn forget(&mut self, trial: i64, attempt: AttemptNo) {
        self.last.remove(&(trial, attempt));
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Works};

    #[test]
    fn only_a_change_is_one_and_what_is_not_known_may_be() {
        let at = |turn| Place { trial: 7, attempt: 1, turn };
        let mut works = Works::default();
        assert!(!works.change(at(1), ""), "before the first turn there is no work");
        assert!(works.change(at(2), "a") && !works.change(at(3), "a") && works.change(at(4), ""));
        assert!(works.change(at(4), ""), "the same turn again takes the place of the one that had the patch");
        // Attempts side by side do not know one another.
        assert!(!works.change(Place { attempt: 2, ..at(1) }, "") && !works.change(at(5), ""));
        works.forget(7, 1);
        assert!(works.change(at(6), ""));
    }
}
