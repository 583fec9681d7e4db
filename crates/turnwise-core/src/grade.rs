//! What the hidden tests say.

/// One hidden test's outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The test's id.
    pub id: String,
    /// Whether it is one of the tests that failed before the repair (FAIL_TO_PASS).
    pub was_failing: bool,
    /// Whether it passes now.
    pub passed: bool,
}

/// The grade of a piece of work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grade {
    /// Every hidden test, in the order of the task.
    pub tests: Vec<TestOutcome>,
    /// The score, in [0, 1], where the task has a rule of its own for it; else it is the share of tests passed.
    pub reward: Option<f64>,
}

impl Grade {
    /// Whether every hidden test passes: FAIL_TO_PASS and PASS_TO_PASS. A task without tests is never solved.
    pub fn solved(&self) -> bool {
        !self.tests.is_empty() && self.tests.iter().all(|test| test.passed)
    }

    /// The task's own score, else the share of hidden tests that pass, in [0, 1].
    pub fn score(&self) -> f64 {
        if let Some(reward) = self.reward {
            return reward;
        }
        if self.tests.is_empty() {
            return 0.0;
        }
        let passed = self.tests.iter().filter(|test| test.passed).count();
        passed as f64 / self.tests.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Grade, TestOutcome};

    fn grade(passed: &[bool]) -> Grade {
        let tests = passed
            .iter()
            .enumerate()
            .map(|(i, &passed)| TestOutcome { id: i.to_string(), was_failing: true, passed })
            .collect();
        Grade { tests, reward: None }
    }

    #[test]
    fn a_partly_repaired_program_gets_its_share() {
        assert!(!grade(&[true, false, true, true]).solved());
        assert!((grade(&[true, false, true, true]).score() - 0.75).abs() < 1e-12);
        assert!(grade(&[true]).solved());
        assert!(!grade(&[]).solved());
    }
}
