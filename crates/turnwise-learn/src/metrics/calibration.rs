//! Whether scores are probabilities: the Brier score and what is said against what comes to be.

use serde::{Deserialize, Serialize};

use super::Scored;

/// How many bins there are, of equal width.
const BINS: u8 = 10;

/// The samples whose score lies in one tenth of [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// How many there are.
    pub count: usize,
    /// Their mean score; none without samples.
    pub mean: Option<f64>,
    /// The share of them of which it was true.
    pub share: Option<f64>,
}

/// The Brier score, the mean of (score − label)²; NaN without samples.
pub fn brier(scored: &[Scored]) -> f64 {
    let squares = scored.iter().map(|it| (it.score - f64::from(u8::from(it.label))).powi(2));
    squares.sum::<f64>() / scored.len() as f64
}

/// The reliability diagram: ten bins of equal width over the score, the last with 1 in it.
pub fn bins(scored: &[Scored]) -> Vec<Bin> {
    let bin = |number: u8| {
        let within = || {
            scored
                .iter()
                .filter(move |it| (it.score * f64::from(BINS)).clamp(0.0, 9.0).floor() == f64::from(number))
        };
        let count = within().count();
        let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
        Bin {
            count,
            mean: mean(within().map(|it| it.score).sum()),
            share: mean(within().map(|it| f64::from(u8::from(it.label))).sum()),
        }
    };
    (0..BINS).map(bin).collect()
}

/// The expected calibration error, Σ n_b/n · |share_b − mean_b| (Guo et al. 2017, eq. 3); 0 without samples.
pub fn expected_calibration_error(bins: &[Bin]) -> f64 {
    let all: usize = bins.iter().map(|bin| bin.count).sum();
    let off = bins.iter().filter_map(|bin| Some(bin.count as f64 * (bin.share? - bin.mean?).abs()));
    off.sum::<f64>() / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let rows = [(0.25, false), (0.25, true), (0.75, true), (1.0, true)];
        let rows = rows.map(|(score, label)| Scored { score, label, run: 0 });
        assert_eq!(brier(&rows), (0.0625 + 0.5625 + 0.0625 + 0.0) / 4.0);
        let bins = bins(&rows);
        assert_eq!(bins.len(), 10);
        assert_eq!(bins[2], Bin { count: 2, mean: Some(0.25), share: Some(0.5) });
        assert_eq!(bins[7], Bin { count: 1, mean: Some(0.75), share: Some(1.0) });
        assert_eq!(bins[9], Bin { count: 1, mean: Some(1.0), share: Some(1.0) });
        assert_eq!(bins[0], Bin { count: 0, mean: None, share: None });
        // (2 · 0.25 + 1 · 0.25 + 1 · 0) / 4
        assert_eq!(expected_calibration_error(&bins), 0.1875);
        assert_eq!(expected_calibration_error(&[]), 0.0);
        assert!(brier(&[]).is_nan());
    }
}
