//! Whether credits mean what they should: held against other ways of asking what a turn brought.

use super::Estimator;
use crate::{
    Run,
    rank::{kendall, spearman},
};

/// What the prediction for a run loses without each of its turns: `R̂ − R̂ without turn t`, by turn. The run
/// without a turn is predicted as if that turn had never been: later turns move up. For a ridge and an MLP,
/// which see each turn alone, this is the credit itself; for a transformer it is another thing. Takes T
/// predictions.
pub fn leave_one_out(estimator: &Estimator, run: &Run) -> Vec<f64> {
    let whole = estimator.predict(&run.samples);
    let without = |left_out: usize| {
        let kept = run.samples.iter().enumerate().filter(|(turn, _)| *turn != left_out);
        estimator.predict_rows(kept.map(|(_, sample)| sample.features.as_slice()))
    };
    (0..run.samples.len()).map(|turn| whole - without(turn)).collect()
}

/// What each turn changed the value of the state by, `V_t − V_{t−1}`, from the values before the first turn
/// and after each, `[turns + 1]`. The value of a state is the mean outcome of runs forked there (ExIt, arXiv
/// 2509.04575): the Monte-Carlo check on credits.
pub fn value_differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// How far two ways of valuing turns put them in the same order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The turns of all runs.
    pub turns: usize,
    /// Spearman's rho over the turns of all runs together, which also rewards telling good runs from bad
    /// ones.
    pub spearman: Option<f64>,
    /// Kendall's tau-b over the same.
    pub kendall: Option<f64>,
    /// Runs with a correlation of their own: of at least two turns, and not the same value for each.
    pub runs: usize,
    /// The mean over these runs of Spearman's rho within the run: which turn of a run it was.
    pub spearman_within: Option<f64>,
    /// The mean of Kendall's tau-b within the run.
    pub kendall_within: Option<f64>,
}

/// Holds credits against other values of the same turns: a list over its turns for each run in both. Runs
/// whose lists differ in length are left out.
pub fn agreement(credits: &[Vec<f64>], values: &[Vec<f64>]) -> Agreement {
    let pairs: Vec<_> = credits.iter().zip(values).filter(|(a, b)| a.len() == b.len()).collect();
    let all_credits: Vec<f64> = pairs.iter().flat_map(|(credits, _)| credits.iter()).copied().collect();
    let all_values: Vec<f64> = pairs.iter().flat_map(|(_, values)| values.iter()).copied().collect();
    let within = |of: fn(&[f64], &[f64]) -> Option<f64>| -> Vec<f64> {
        pairs.iter().filter_map(|(credits, values)| of(credits, values)).collect()
    };
    let (rho, tau) = (within(spearman), within(kendall));
    Agreement {
        turns: all_credits.len(),
        spearman: spearman(&all_credits, &all_values),
        kendall: kendall(&all_credits, &all_values),
        runs: rho.len(),
        spearman_within: mean(&rho),
        kendall_within: mean(&tau),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_values_are_by_turn() {
        assert_eq!(value_differences(&[0.5, 0.75, 0.25]), [0.25, -0.5]);
        assert_eq!(value_differences(&[0.5]), [0.0; 0]);
    }

    #[test]
    fn order_within_runs_is_told_apart_from_order_between_them() {
        // Within each run the order is reversed; between them it is right.
        let credits = [vec![0.1, 0.2], vec![0.8, 0.9], vec![0.5], vec![0.5, 0.6]];
        let values = [vec![0.2, 0.1], vec![0.9, 0.8], vec![0.5], vec![0.5]];
        let found = agreement(&credits, &values);
        assert_eq!((found.turns, found.runs), (5, 2));
        assert_eq!((found.spearman_within, found.kendall_within), (Some(-1.0), Some(-1.0)));
        // Ranks 1 2 4 5 3 and 2 1 5 4 3: 1 − 6 · 4 / (5 · 24); two of ten pairs are the other way round.
        assert!(
            (found.spearman.unwrap() - 0.8).abs() < 1e-12 && (found.kendall.unwrap() - 0.6).abs() < 1e-12
        );
        let nothing = agreement(&[], &[]);
        assert_eq!((nothing.turns, nothing.spearman, nothing.kendall_within), (0, None, None));
    }
}
