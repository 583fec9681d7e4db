//! The seed of a trial.

use sha2::{Digest, Sha256};

/// The seed of everything random in a trial: the first eight bytes, little-endian, of the SHA-256 of
/// `turnwise trial`, the run's seed in decimal and the task's id, with a zero byte between them.
///
/// The policy is left out on purpose: two policies meet the same luck on the same task.
pub fn trial_seed(run_seed: u64, task: &str) -> u64 {
    let digest = Sha256::digest(format!("turnwise trial\0{run_seed}\0{task}"));
    digest.iter().take(8).rev().fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}

/// The seed of a trial's attempt at a place from 1: that of the trial for the first, so that a policy with several
/// attempts begins as all others do; for the others as [`trial_seed`] with the place behind the task.
pub fn attempt_seed(run_seed: u64, task: &str, place: u32) -> u64 {
    match place {
        1 => trial_seed(run_seed, task),
        place => trial_seed(run_seed, &format!("{task}\0{place}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{attempt_seed, trial_seed};

    #[test]
    fn seeds_differ_by_run_and_task_and_never_change() {
        assert_ne!(trial_seed(0, "a"), trial_seed(1, "a"));
        assert_ne!(trial_seed(0, "a"), trial_seed(0, "b"));
        assert_eq!(trial_seed(0, "pocket-0001"), 0x8de8_75ef_f410_375f);
        assert_eq!(attempt_seed(0, "pocket-0001", 1), 0x8de8_75ef_f410_375f);
        assert_ne!(attempt_seed(0, "a", 2), attempt_seed(0, "a", 3));
    }
}
