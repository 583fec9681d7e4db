//! The linear estimator in closed form: credits `w · z_t + b` add up to `w · Σ z_t + b T`, so a ridge
//! regression of the outcome on the summed features and the number of turns gives them (papers.md A3; Hoerl &
//! Kennard 1970).

use super::{
    ProgressStep,
    cholesky::{Dense, dot, solve},
    matrix::Matrix,
    net::{Linear, Net, Trunk},
};
use crate::{Run, Standardiser};

/// The penalties that are tried, in units of the mean squared length of a run's row, the strongest first.
const GRID: [f64; 13] = [1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];
/// What the number of turns is multiplied by: the intercept of a turn is penalised by a hundredth of λ.
const TURNS: f64 = 10.0;

/// What a regression found.
pub(super) struct Fitted {
    pub(super) net: Net<Matrix>,
    /// The penalty, in units of the mean squared length of a run's row.
    pub(super) lambda: f64,
    /// The mean squared error of runs whose tasks were left out.
    pub(super) mse: f64,
}

/// Regresses; the penalty is the strongest with the least squared error over the folds, each run's fold given
/// in `fold_of`. `None` where no system could be solved, which finite rows do not bring about.
pub(super) fn fit(
    runs: &[&Run],
    scaler: &Standardiser,
    fold_of: &[usize],
    told: &mut dyn FnMut(ProgressStep),
) -> Option<Fitted> {
    let x = summed(runs, scaler);
    let y: Vec<f64> = runs.iter().map(|run| run.outcome).collect();
    let folds = fold_of.iter().max().map_or(0, |last| last + 1);
    let mut errors = [0.0; GRID.len()];
    for fold in 0..folds {
        let (left_out, kept): (Vec<usize>, Vec<usize>) =
            (0..runs.len()).partition(|run| fold_of[*run] == fold);
        let held_out = x.select(&left_out);
        let system = System::new(x.select(&kept), kept.iter().map(|run| y[*run]).collect());
        for (lambda, error) in GRID.iter().zip(&mut errors) {
            *error += system.weights(*lambda).map_or(f64::INFINITY, |weights| {
                let predicted = held_out.times(&weights);
                left_out.iter().zip(predicted).map(|(run, predicted)| (predicted - y[*run]).powi(2)).sum()
            });
        }
        let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let seen = fold_of.iter().filter(|of| **of <= fold).count();
        told(ProgressStep { nth: fold + 1, of: folds, mse: least / seen as f64 });
    }
    let (lambda, error) = GRID.iter().zip(errors).min_by(|a, b| a.1.total_cmp(&b.1))?;
    let weights = System::new(x, y).weights(*lambda)?;
    Some(Fitted { net: net(&weights), lambda: *lambda, mse: error / runs.len() as f64 })
}

/// For each run the sum of its standardised rows, then its turns: `[runs, width + 1]`.
fn summed(runs: &[&Run], scaler: &Standardiser) -> Dense {
    let columns = scaler.width() + 1;
    let mut values = vec![0.0; runs.len() * columns];
    let mut row = Vec::new();
    for (run, sums) in runs.iter().zip(values.chunks_exact_mut(columns)) {
        for sample in &run.samples {
            scaler.apply(&sample.features, &mut row);
            sums.iter_mut().zip(&row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        sums[columns - 1] = TURNS * run.samples.len() as f64;
    }
    Dense { rows: runs.len(), columns, values }
}

#[expect(clippy::cast_possible_truncation, reason = "parameters are f32")]
fn net(weights: &[f64]) -> Net<Matrix> {
    let (turns, weights) = weights.split_last().map_or((0.0, weights), |(turns, rest)| (*turns, rest));
    let row = |values: Vec<f32>| Matrix { rows: 1, columns: values.len(), values };
    let weight = row(weights.iter().map(|weight| *weight as f32).collect());
    Net { trunk: Trunk::Ridge, credit: Linear { weight, bias: row(vec![(turns * TURNS) as f32]) } }
}

/// A regression whose penalty is still open: in the primal form where there are more rows than columns, else
/// in the dual.
struct System {
    x: Dense,
    gram: Dense,
    /// The right side: `Xᵀ y`, or `y` in the dual.
    right: Vec<f64>,
    dual: bool,
    /// The mean squared length of a row.
    unit: f64,
}

impl System {
    fn new(x: Dense, y: Vec<f64>) -> Self {
        let dual = x.columns > x.rows;
        let gram = if dual { x.gram() } else { x.transposed().gram() };
        let right = if dual { y } else { x.transposed_times(&y) };
        let unit = dot(&x.values, &x.values) / x.rows as f64;
        Self { x, gram, right, dual, unit }
    }

    /// `(Xᵀ X + λI)⁻¹ Xᵀ y`, which is `Xᵀ (X Xᵀ + λI)⁻¹ y`.
    fn weights(&self, lambda: f64) -> Option<Vec<f64>> {
        let solved = solve(&self.gram, lambda * self.unit, &self.right)?;
        Some(if self.dual { self.x.transposed_times(&solved) } else { solved })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_give_the_weights_worked_by_hand() {
        // Mean squared length 3 with one row (1 1 1), λ = 1/3 · 3 = 1: w = y / (3 + 1) each.
        let x = Dense { rows: 1, columns: 3, values: vec![1.0; 3] };
        let dual = System::new(x, vec![8.0]);
        assert!(dual.dual);
        assert!(dual.weights(1.0 / 3.0).unwrap().iter().all(|weight| (weight - 2.0).abs() < 1e-12));
        // Three rows of one column: the gram is 3, the mean squared length 1: w = 12 / (3 + 1).
        let x = Dense { rows: 3, columns: 1, values: vec![1.0; 3] };
        let primal = System::new(x, vec![4.0; 3]);
        assert!(!primal.dual);
        assert!((primal.weights(1.0).unwrap()[0] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_dual_is_the_primal() {
        let values: Vec<f64> = (0..30).map(|k| f64::from((k * 31 + 7) % 17) - 8.0).collect();
        let y: Vec<f64> = (0..6).map(f64::from).collect();
        let wide = System::new(Dense { rows: 5, columns: 6, values: values.clone() }, y[..5].to_vec());
        let x = Dense { rows: 5, columns: 6, values };
        let primal = System {
            gram: x.transposed().gram(),
            right: x.transposed_times(&y[..5]),
            dual: false,
            unit: wide.unit,
            x,
        };
        let (one, other) = (wide.weights(0.1).unwrap(), primal.weights(0.1).unwrap());
        assert!(one.iter().zip(&other).all(|(one, other)| (one - other).abs() < 1e-9), "{one:?} {other:?}");
    }
}
