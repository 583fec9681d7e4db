//! The largest local slope of a probe: how far a small change of the features can move its score.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// How long a change is, in standardised features.
const STEP: f32 = 0.1;

/// How many changes of all features at once are drawn.
const DRAWS: usize = 8;

/// The largest |Δscore| / ‖Δfeatures‖ over pairs of this row and a changed one, in standardised space, where
/// a feature's deviation is 1. It is the check that one odd feature cannot flip a decision.
///
/// Changed are: every feature alone; eight drawn changes of all of them; and, as such draws are hardly ever
/// steep among many features, the direction that the features alone say is the steepest, up and down.
pub fn local_slope(row: &[f32], rng: &mut ChaCha8Rng, score: &mut dyn FnMut(&[f32]) -> f64) -> f64 {
    let here = score(row);
    let mut changed = row.to_vec();
    let mut slope = |changed: &[f32]| {
        let length = changed.iter().zip(row).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 { (score(changed) - here) / length } else { 0.0 }
    };

    let mut alone = Vec::with_capacity(row.len());
    for at in 0..row.len() {
        changed[at] += STEP;
        alone.push(slope(&changed));
        changed[at] = row[at];
    }
    let mut steepest = alone.iter().fold(0.0, |most: f64, slope| most.max(slope.abs()));

    for _ in 0..DRAWS {
        let signs: Vec<f64> = row.iter().map(|_| if rng.random::<bool>() { 1.0 } else { -1.0 }).collect();
        steepest = steepest.max(slope(&moved(row, &signs, STEP)).abs());
    }
    for step in [STEP, -STEP] {
        steepest = steepest.max(slope(&moved(row, &alone, step)).abs());
    }
    steepest
}

/// The row, this far along a direction of any length.
fn moved(row: &[f32], direction: &[f64], step: f32) -> Vec<f32> {
    let length = direction.iter().map(|part| part.powi(2)).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "a part of a unit vector")]
    let along = |(value, part): (&f32, &f64)| value + step * (part / length) as f32;
    row.iter().zip(direction).map(along).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn slope(row: &[f32], score: &mut dyn FnMut(&[f32]) -> f64) -> f64 {
        local_slope(row, &mut ChaCha8Rng::seed_from_u64(1), score)
    }

    #[test]
    fn of_a_plane_it_is_the_length_of_its_normal() {
        let mut plane = |x: &[f32]| 3.0 * f64::from(x[0]) - 4.0 * f64::from(x[1]);
        assert!((slope(&[1.0, 2.0], &mut plane) - 5.0).abs() < 1e-4);
    }

    #[test]
    fn of_a_constant_it_is_0() {
        assert_eq!(slope(&[1.0; 40], &mut |_| 0.7), 0.0);
        assert_eq!(slope(&[], &mut |_| 0.7), 0.0);
    }

    #[test]
    fn a_cliff_that_one_feature_can_cross_is_found() {
        let mut row = vec![0.0; 100];
        row[17] = -0.05;
        assert!(slope(&row, &mut |x: &[f32]| f64::from(u8::from(x[17] > 0.0))) > 9.9);
    }
}
