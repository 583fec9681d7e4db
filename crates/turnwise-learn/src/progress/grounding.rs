//! Whether a turn had any grip on its work, and the reward that it adds to the turn's credit (SPA, arXiv
//! 2505.20732).

/// The weight of a turn's credit in its reward: the paper's α.
pub const ALPHA: f64 = 1.0;
/// The weight of a turn's grounding in its reward: the paper's β.
pub const BETA: f64 = 0.5;

/// The grounding of a turn: 1 where it took hold of its environment, else 0.
///
/// The published code asks whether the next observation holds the environment's phrase of failure, "Nothing
/// happens", and grounds the last turn always, as no observation follows it. Here the phrase has two halves:
/// the command failed (`exit_ok` is `Some(false)`), or what came back had all been seen before
/// (`observation_new` is false). `exit_ok` is `None` where nothing ran; for an attempt's last turn pass
/// `(None, true)`.
///
/// The published code writes 0.5 for a grounded turn and adds it as it is; this is 1 with [`BETA`] 0.5, the
/// same reward.
pub fn grounded(exit_ok: Option<bool>, observation_new: bool) -> f64 {
    f64::from(u8::from(exit_ok != Some(false) && observation_new))
}

/// The reward of a turn, `α · credit + β · grounding`, in units of the outcome.
pub fn reward(credit: f64, grounding: f64) -> f64 {
    ALPHA * credit + BETA * grounding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_grounded_unless_it_failed_or_showed_nothing_new() {
        let all = [Some(true), Some(false), None].map(|exit| [true, false].map(|new| grounded(exit, new)));
        assert_eq!(all, [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn rewards_are_those_of_the_published_code() {
        assert_eq!(reward(0.25, grounded(Some(true), true)), 0.25 + 0.5);
        assert_eq!(reward(-0.25, grounded(Some(false), true)), -0.25 + 0.0);
    }
}
