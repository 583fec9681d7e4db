//! A learned router: a softmax over linear scores of what is known of a task at its start, decided once from the prompt as in
//! FiRST (arXiv 2410.12513). Learning it is done elsewhere; here it is read.

use serde::Serialize;
use turnwise_core::Task;

use super::thompson::best;

/// What a feature that is a label begins with.
pub(super) const LABEL: &str = "label:";

/// What is counted of a task.
type Feature = fn(&Task) -> usize;

/// The features that are no labels, and what they are of a task.
pub(super) const FEATURES: [(&str, Feature); 5] = [
    ("statement_chars", |task| task.statement.chars().count()),
    ("statement_lines", |task| task.statement.lines().count()),
    ("files", |task| task.files.len()),
    ("file_chars", |task| task.files.iter().map(|file| file.content.chars().count()).sum()),
    ("tests", |task| task.fail_to_pass.len() + task.pass_to_pass.len()),
];

/// Linear scores, one for each arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Learned {
    /// The features, by name.
    pub(super) features: Vec<String>,
    /// What each is taken off before it is weighed, and divided by.
    pub(super) mean: Vec<f64>,
    pub(super) scale: Vec<f64>,
    /// Of each arm, the constant and then the weight of each feature.
    pub(super) weights: Vec<Vec<f64>>,
    /// The least probability at which it decides.
    pub(super) sure: f64,
}

impl Learned {
    /// The likeliest arm, if it is likely enough and every feature is known.
    pub(super) fn arm(&self, task: &Task) -> Option<usize> {
        let probabilities = self.probabilities(task)?;
        let arm = best(probabilities.iter().copied());
        (probabilities[arm] >= self.sure).then_some(arm)
    }

    /// The probability of each arm; `None` where a label is missing or no number.
    pub(super) fn probabilities(&self, task: &Task) -> Option<Vec<f64>> {
        let values: Option<Vec<f64>> = self.features.iter().map(|name| value(name, task)).collect();
        let values: Vec<f64> = values?
            .iter()
            .zip(self.mean.iter().zip(&self.scale))
            .map(|(value, (mean, scale))| (value - mean) / scale)
            .collect();
        let score = |weights: &Vec<f64>| {
            let (constant, weights) = weights.split_first().unwrap_or((&0.0, &[]));
            constant + weights.iter().zip(&values).map(|(weight, value)| weight * value).sum::<f64>()
        };
        let scores: Vec<f64> = self.weights.iter().map(score).collect();
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let parts: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
        let total: f64 = parts.iter().sum();
        Some(parts.iter().map(|part| part / total).collect())
    }
}

fn value(name: &str, task: &Task) -> Option<f64> {
    match name.strip_prefix(LABEL) {
        Some(label) => task.label(label)?.parse().ok().filter(|value: &f64| value.is_finite()),
        None => {
            let (_, of) = FEATURES.iter().find(|(known, _)| *known == name)?;
            Some(of(task) as f64)
        }
    }
}
