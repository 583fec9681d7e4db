//! The figures of a probe's card, on runs that it did not learn from.

use std::collections::BTreeSet;

use rand::{SeedableRng as _, seq::index};
use rand_chacha::ChaCha8Rng;

use super::Probe;
use crate::{
    Figures, Run,
    metrics::{Scored, auroc, bins, brier, expected_calibration_error, local_slope},
};

/// At how many samples the slope is measured.
const SLOPES: usize = 16;

/// Scores runs from their beginning, and holds the scores against the labels.
pub(super) fn figures(probe: &Probe, runs: &[&Run], seed: u64) -> Figures {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count = runs.iter().map(|run| run.samples.len()).sum::<usize>();
    let steep: BTreeSet<usize> = index::sample(&mut rng, count, count.min(SLOPES)).into_iter().collect();

    let (mut scored, mut slope, mut place) = (Vec::new(), 0.0_f64, 0);
    for (run, samples) in runs.iter().map(|run| &run.samples).enumerate() {
        let mut scorer = probe.begin();
        for sample in samples {
            if steep.contains(&place) {
                let row = scorer.standardised(&sample.features);
                slope = slope.max(local_slope(&row, &mut rng, &mut |row| scorer.score_instead(row)));
            }
            place += 1;
            let score = scorer.score(&sample.features);
            scored.extend(sample.label.map(|label| Scored { score, label, run }));
        }
    }

    let area = auroc(&scored, seed);
    let bins = bins(&scored);
    Figures {
        auroc: area.map(|area| area.value),
        auroc_lo: area.map(|area| area.lo),
        auroc_hi: area.map(|area| area.hi),
        brier: brier(&scored),
        ece: expected_calibration_error(&bins),
        slope,
        bins,
    }
}
