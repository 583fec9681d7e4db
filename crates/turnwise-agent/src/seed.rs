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

#[cfg(test)]
mod tests {
    use super::trial_seed;

    #[test]
    fn seeds_differ_by_run_and_task_and_never_change() {
        assert_ne!(trial_seed(0, "a"), trial_seed(1, "a"));
        assert_ne!(trial_seed(0, "a"), trial_seed(0, "b"));
        assert_eq!(trial_seed(0, "pocket-0001"), 0x8de8_75ef_f410_375f);
    }
}
