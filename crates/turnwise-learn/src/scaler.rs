//! The standardiser: rows of features to columns of mean 0 and deviation 1, without those that say nothing.

use serde::{Deserialize, Serialize};

use crate::{Layout, LearnError};

/// No standardised value is further from 0, so that one odd feature cannot decide alone.
const BOUND: f32 = 10.0;

/// A deviation under this share of a column's largest value is what rounding leaves, not variation.
const NOISE: f64 = 1e-6;

/// Standardises rows of features, `z = (x − mean) / deviation` with the population's deviation, as it was
/// fitted on the samples that are learned from.
///
/// Columns that did not vary are left out. A scalar that is absent (NaN) becomes its mean, 0 after
/// standardising; behind the values stands, for each scalar that was sometimes absent, whether it was there,
/// standardised like the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standardiser {
    features: usize,
    values: Columns,
    presence: Columns,
}

/// Columns by their place among the features, each with its mean and deviation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    at: Vec<usize>,
    mean: Vec<f32>,
    scale: Vec<f32>,
}

impl Standardiser {
    /// Fits on samples, `[n, features]`, which it goes through twice.
    ///
    /// # Errors
    /// [`LearnError::Features`] when a sample has other features than the layout, [`LearnError::Constant`]
    /// when no column varies; that is so of no or one sample, too.
    pub fn fit<'a>(
        layout: &Layout,
        samples: impl Iterator<Item = &'a [f32]> + Clone,
    ) -> Result<Self, LearnError> {
        let features = layout.features();
        let mut seen = vec![Seen::default(); features];
        let mut count: u32 = 0;
        for sample in samples.clone() {
            if sample.len() != features {
                return Err(LearnError::Features { found: sample.len(), wanted: features });
            }
            count += 1;
            for (seen, &value) in seen.iter_mut().zip(sample) {
                seen.value(f64::from(value));
            }
        }
        seen.iter_mut().for_each(Seen::centre);
        for sample in samples {
            for (seen, &value) in seen.iter_mut().zip(sample) {
                seen.deviation(f64::from(value));
            }
        }

        let mut fitted = Self { features, values: Columns::default(), presence: Columns::default() };
        for (at, seen) in seen.iter().enumerate() {
            fitted.values.push(at, seen.mean, (seen.squares / seen.there.max(1.0)).sqrt(), seen.largest);
            // A 0/1 column has the variance p(1 − p).
            let there = seen.there / f64::from(count.max(1));
            fitted.presence.push(at, there, (there * (1.0 - there)).sqrt(), 1.0);
        }
        match fitted.width() {
            0 => Err(LearnError::Constant { count: features, samples: count as usize }),
            _ => Ok(fitted),
        }
    }

    /// How many columns a standardised row has.
    pub fn width(&self) -> usize {
        self.values.at.len() + self.presence.at.len()
    }

    /// Standardises a row of features, `[features]`, into `out`, `[width]`, whatever stood there. Every
    /// number that comes out is finite and within ±10: what is absent (NaN, or behind the end of the row)
    /// counts as the mean.
    pub fn apply(&self, row: &[f32], out: &mut Vec<f32>) {
        let value = |at: usize| row.get(at).copied().unwrap_or(f32::NAN);
        out.clear();
        out.extend(self.values.iter().map(|(at, mean, scale)| {
            let z = (value(at) - mean) / scale;
            if z.is_nan() { 0.0 } else { z.clamp(-BOUND, BOUND) }
        }));
        out.extend(self.presence.iter().map(|(at, mean, scale)| {
            let there = if value(at).is_nan() { 0.0 } else { 1.0 };
            ((there - mean) / scale).clamp(-BOUND, BOUND)
        }));
    }

    /// The names of the features whose values are left out, because they did not vary.
    pub fn dropped(&self, layout: &Layout) -> Vec<String> {
        let kept = &self.values.at;
        (0..self.features).filter(|at| kept.binary_search(at).is_err()).map(|at| layout.name(at)).collect()
    }

    /// What is wrong with one that was read from a file, for this layout.
    pub(crate) fn wrong(&self, layout: &Layout) -> Option<String> {
        let wanted = layout.features();
        if self.features != wanted {
            return Some(format!("it standardises {} features where {wanted} are laid out", self.features));
        }
        if self.width() == 0 {
            return Some("it keeps no column".to_owned());
        }
        let broken = [&self.values, &self.presence].into_iter().any(|columns| columns.broken(wanted));
        broken.then(|| "a column of its standardiser is no column of its layout".to_owned())
    }
}

impl Columns {
    /// Adds a column where it varies: where its deviation is more than the rounding of its largest value.
    #[expect(clippy::cast_possible_truncation, reason = "means and deviations of f32 values")]
    fn push(&mut self, at: usize, mean: f64, deviation: f64, largest: f64) {
        let scale = deviation as f32;
        if deviation > NOISE * largest && scale.is_normal() {
            self.at.push(at);
            self.mean.push(mean as f32);
            self.scale.push(scale);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (usize, f32, f32)> {
        let numbers = self.mean.iter().zip(&self.scale);
        self.at.iter().zip(numbers).map(|(&at, (&mean, &scale))| (at, mean, scale))
    }

    fn broken(&self, features: usize) -> bool {
        let lengths = self.mean.len() != self.at.len() || self.scale.len() != self.at.len();
        let places = !self.at.is_sorted_by(|a, b| a < b) || self.at.last().is_some_and(|at| *at >= features);
        lengths
            || places
            || self.iter().any(|(_, mean, scale)| !(mean.is_finite() && scale.is_normal() && scale > 0.0))
    }
}

/// What was seen of a column, where it was there. Counts are f64: exact far beyond any number of samples.
#[derive(Clone, Copy, Default)]
struct Seen {
    there: f64,
    mean: f64,
    squares: f64,
    largest: f64,
}

impl Seen {
    /// The first pass: sums up, in `mean`.
    fn value(&mut self, value: f64) {
        if !value.is_nan() {
            self.there += 1.0;
            self.mean += value;
            self.largest = self.largest.max(value.abs());
        }
    }

    fn centre(&mut self) {
        self.mean /= self.there.max(1.0);
    }

    /// The second pass: squared distances from the mean.
    fn deviation(&mut self, value: f64) {
        if !value.is_nan() {
            self.squares += (value - self.mean).powi(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Scalar;

    fn layout(width: usize, scalars: &[&str]) -> Layout {
        let scalars = scalars.iter().map(|&name| Scalar { name: name.to_owned(), version: 1 }).collect();
        Layout { layers: vec![2], width, scalars }
    }

    fn fit(layout: &Layout, rows: &[Vec<f32>]) -> Result<Standardiser, LearnError> {
        Standardiser::fit(layout, rows.iter().map(Vec::as_slice))
    }

    #[test]
    fn a_table_standardised_by_hand() {
        let layout = layout(2, &["entropy", "exit_code"]);
        let nan = f32::NAN;
        // Column 0: mean 2, deviation 1. Column 1 is constant. `entropy`: 4 and 8 where it is there, in 2 of
        // 4.
        let rows = [
            vec![1.0, 7.0, 4.0, 0.0],
            vec![3.0, 7.0, nan, 0.0],
            vec![1.0, 7.0, 8.0, 0.0],
            vec![3.0, 7.0, nan, 0.0],
        ];
        let fitted = fit(&layout, &rows).unwrap();
        assert_eq!(fitted.width(), 3);
        assert_eq!(fitted.dropped(&layout), ["layer 2[1]", "exit_code"]);
        let mut out = vec![9.0];
        fitted.apply(&rows[0], &mut out);
        assert_eq!(out, [-1.0, -1.0, 1.0]);
        fitted.apply(&rows[1], &mut out);
        assert_eq!(out, [1.0, 0.0, -1.0]);
        fitted.apply(&[1e30, f32::NAN, f32::NEG_INFINITY], &mut out);
        assert_eq!(out, [10.0, -10.0, 1.0]);
        fitted.apply(&[], &mut out);
        assert_eq!(out, [0.0, 0.0, -1.0]);
    }

    #[test]
    fn a_scalar_that_says_something_only_by_being_there() {
        let layout = layout(0, &["tests"]);
        let fitted = fit(&layout, &[vec![5.0], vec![f32::NAN]]).unwrap();
        assert_eq!((fitted.width(), fitted.dropped(&layout)), (1, vec!["tests".to_owned()]));
    }

    #[test]
    fn nothing_varies() {
        let layout = layout(1, &["tests"]);
        for rows in [
            vec![],
            vec![vec![1.0, 2.0]],
            vec![vec![1.0, f32::NAN]; 3],
            vec![vec![0.1, 1e7], vec![0.1, 1e7 + 1.0]],
        ] {
            assert!(matches!(fit(&layout, &rows), Err(LearnError::Constant { count: 2, .. })), "{rows:?}");
        }
        assert!(matches!(fit(&layout, &[vec![1.0]]), Err(LearnError::Features { found: 1, wanted: 2 })));
    }

    #[test]
    fn a_broken_one_is_told() {
        let layout = layout(1, &["tests"]);
        let fitted = fit(&layout, &[vec![1.0, 2.0], vec![2.0, 4.0]]).unwrap();
        assert_eq!(fitted.wrong(&layout), None);
        let breaks: [fn(&mut Standardiser); 6] = [
            |it| it.features = 3,
            |it| it.values.at[1] = 2,
            |it| it.values.at.swap(0, 1),
            |it| it.values.mean[0] = f32::INFINITY,
            |it| it.values.scale[0] = 0.0,
            |it| it.values = Columns::default(),
        ];
        for break_it in breaks {
            let mut broken = fitted.clone();
            break_it(&mut broken);
            assert!(broken.wrong(&layout).is_some(), "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn columns_come_out_with_mean_0_and_deviation_1(
            rows in proptest::collection::vec(proptest::collection::vec(-100.0f32..100.0, 3), 2..40),
        ) {
            let fitted = fit(&layout(2, &["a"]), &rows).unwrap();
            let mut sums = vec![(0.0, 0.0); fitted.width()];
            let mut out = Vec::new();
            for row in &rows {
                fitted.apply(row, &mut out);
                for (sum, &value) in sums.iter_mut().zip(&out) {
                    sum.0 += f64::from(value);
                    sum.1 += f64::from(value).powi(2);
                }
            }
            let count = rows.len() as f64;
            for (sum, squares) in sums {
                prop_assert!((sum / count).abs() < 1e-3 && (squares / count - 1.0).abs() < 1e-3, "{sum} {squares}");
            }
        }
    }
}
